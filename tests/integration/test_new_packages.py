"""The packages and files that ``ganzoo new`` writes: their own tests pass at once, and the style is this project's."""

import importlib.util
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner
from installed_plugins import Site
from small_benches import environment

from ganzoo.cli import cli
from ganzoo.registry.registry import KINDS


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A package of each kind, as if installed: its source on the path, beside what an installer writes."""
    below = tmp_path_factory.mktemp("packages")
    for kind in KINDS:
        result = CliRunner().invoke(cli, ["new", kind, f"fresh-{kind}", "--out", str(below)])
        assert result.exit_code == 0, result.output
        Site(below).install(f"fresh-{kind}", "", entry_points=f"[ganzoo]\nfresh-{kind} = fresh_{kind}\n")
    return below


@pytest.mark.slow
def test_their_own_tests_pass_at_once(folder, tmp_path):
    path = os.pathsep.join([str(folder), *(str(folder / f"fresh-{kind}") for kind in KINDS)])
    ours = environment(GANZOO_CACHE=str(tmp_path))
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", "--rootdir", folder]
        + [str(folder / f"fresh-{kind}" / "tests") for kind in KINDS],
        cwd=folder, env={**ours, "PYTHONPATH": f"{path}{os.pathsep}{ours['PYTHONPATH']}"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert f"{2 * len(KINDS) + 2} passed" in ended.stdout  # both players are tried on two shapes


@pytest.mark.skipif(importlib.util.find_spec("ruff") is None, reason="needs ruff, of the extra `lint`")
def test_they_are_written_in_the_projects_style(folder):
    for words in (["check", "--select", "E,F,I,UP,B,SIM,D1", "--ignore", "D100,D103,D104,D107"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *words, "--isolated", "--no-cache", "--line-length", "120", "."],
            cwd=folder,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
