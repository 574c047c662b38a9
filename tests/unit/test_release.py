"""The release script: what it refuses, and what it writes, in small repositories."""

import datetime
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from repository import ROOT

DAY = datetime.date(2027, 2, 3)


def script():
    spec = importlib.util.spec_from_file_location("next_version", ROOT / ".ci" / "next_version.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


NEXT = script()
FILES = [*NEXT.PLACES, NEXT.CHANGELOG]


@pytest.fixture
def root(tmp_path):
    """The files that have the version, and one change to release."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    text = "# Changelog\n\n## [Unreleased]\n\nA word.\n\n- A change.\n\n## [0.1.0] - 2026-11-22\n\n- The first.\n"
    (tmp_path / "CHANGELOG.md").write_text(text)
    return tmp_path


def test_the_version_is_set_in_every_file(root):
    assert NEXT.main(["91.2.3", DAY.isoformat()], root) == 0
    assert tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"] == "91.2.3"
    assert '\n__version__ = "91.2.3"\n' in (root / "ganzoo/__init__.py").read_text()
    citation = yaml.safe_load((root / "CITATION.cff").read_text())
    assert (citation["version"], citation["date-released"]) == ("91.2.3", DAY)
    assert "version = {91.2.3}, year = {2027}}" in (root / "README.md").read_text()
    assert (root / "CHANGELOG.md").read_text() == (
        "# Changelog\n\n## [Unreleased]\n\n## [91.2.3] - 2027-02-03\n\nA word.\n\n- A change.\n\n"
        "## [0.1.0] - 2026-11-22\n\n- The first.\n"
    )
    assert NEXT.present(root) == "91.2.3"


def test_nothing_else_is_changed(root):
    before = {name: (root / name).read_text() for name in NEXT.PLACES}
    now = tomllib.loads(before["pyproject.toml"])["project"]["version"]
    NEXT.main(["91.2.3", DAY.isoformat()], root)
    differing = [
        (old, new)
        for name, text in before.items()
        for old, new in zip(text.splitlines(), (root / name).read_text().splitlines(), strict=True)
        if old != new
    ]
    assert len(differing) == 5
    assert all(now in old or old.startswith("date-released") for old, _ in differing)


def test_a_version_that_is_set_and_not_released_is_dated_anew(root):
    NEXT.main(["91.2.3", "2027-01-01"], root)
    before = {name: (root / name).read_text() for name in FILES}
    assert NEXT.main(["91.2.3", "2027-02-03"], root) == 0
    assert "## [91.2.3] - 2027-02-03\n" in (root / "CHANGELOG.md").read_text()
    assert before == {name: (root / name).read_text().replace("2027-02-03", "2027-01-01") for name in FILES}


def test_a_change_above_the_heading_of_a_version_that_is_set_is_refused(root, capsys):
    NEXT.main(["91.2.3", "2027-01-01"], root)
    path = root / "CHANGELOG.md"
    path.write_text(path.read_text().replace("## [Unreleased]\n", "## [Unreleased]\n\n- A late one.\n"))
    assert NEXT.main(["91.2.3", "2027-02-03"], root) == 2
    assert (
        "if 91.2.3 is not released yet, move the changes under Unreleased below its heading" in capsys.readouterr().err
    )


@pytest.mark.parametrize("version", ["1", "v1.0.0", "1.0", "01.0.0", "1.0.0.dev1", "1.0.0-rc1", ""])
def test_what_is_no_version_is_refused(root, version, capsys):
    assert NEXT.main([version, DAY.isoformat()], root) == 2
    assert "is no version; write three numbers" in capsys.readouterr().err


@pytest.mark.parametrize("version", ["0.0.9", NEXT.present(ROOT), NEXT.present(ROOT) + "rc1"])
def test_a_version_that_is_not_greater_is_refused(root, version, capsys):
    assert NEXT.main([version, DAY.isoformat()], root) == 2
    assert f"{version} is not greater than" in capsys.readouterr().err


def test_files_that_disagree_are_refused(root, capsys):
    path = root / "CITATION.cff"
    path.write_text(re.sub(r"(?m)^version: .*$", "version: 0.0.1", path.read_text()))
    assert NEXT.main(["91.0.0"], root) == 2
    assert "different versions" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("## [Unreleased]\n\n### Added\n\n## [0.1.0]\n\n- The first.\n", "nothing under Unreleased"),
        ("## [0.1.0]\n\n- The first.\n", "no heading"),
    ],
)
def test_a_release_of_nothing_is_refused(root, text, said, capsys):
    (root / "CHANGELOG.md").write_text(text)
    before = {name: (root / name).read_text() for name in FILES}
    assert NEXT.main(["91.0.0", DAY.isoformat()], root) == 2
    assert said in capsys.readouterr().err
    assert before == {name: (root / name).read_text() for name in FILES}


def test_without_a_date_nothing_is_written(root):
    before = {name: (root / name).read_text() for name in FILES}
    assert NEXT.main(["91.0.0"], root) == 0
    assert before == {name: (root / name).read_text() for name in FILES}


@pytest.fixture
def repository(root):
    """A repository of these files and the scripts."""
    shutil.copytree(ROOT / ".ci", root / ".ci")
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for words in (("init", "-q"), ("add", "-A"), (*identity, "commit", "-q", "-m", "begun")):
        subprocess.run(["git", *words], cwd=root, check=True)
    return root


def released(repository, *words, python=Path(sys.executable)):
    there = os.environ | {"PATH": f"{python.parent}:{os.environ['PATH']}"}
    return subprocess.run(
        [repository / ".ci" / "release", *words], capture_output=True, text=True, timeout=20, env=there
    )


def test_the_script_refuses_in_one_sentence_before_it_makes_anything(repository):
    for words, said in ((("91.0.0", "--now"), "usage: "), (("0.0.1",), "is not greater")):
        done = released(repository, *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert said in done.stderr and done.stderr.count("\n") == 1
    (repository / "README.md").write_text("changed")
    done = released(repository, "91.0.0", "--dry-run")
    assert done.returncode == 2
    assert done.stderr == (
        "release: the tree has changes that are not committed:  M README.md; commit them, or git stash\n"
    )


def test_a_python_without_the_dependencies_is_refused_before_anything_is_made(repository, tmp_path_factory):
    bare = tmp_path_factory.mktemp("bin") / "python"
    bare.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')
    bare.chmod(0o755)
    done = released(repository, "91.0.0", "--dry-run", python=bare)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (
        f"release: {bare} cannot generate the docs, for it lacks what ganzoo needs; "
        "pip install -e '.[test]' in an environment, and activate it\n"
    )


def test_an_sdist_has_all_that_a_wheel_is_built_from():
    """A walk by links left two of the three folders out, and nothing told of it."""
    sdist = pytest.importorskip("hatchling.builders.sdist")
    packed = {one.relative_path for one in sdist.SdistBuilder(str(ROOT)).recurse_included_files()}
    for folder in ("ganzoo", "plugins", "configs", "tests", ".ci"):
        files = {
            path.relative_to(ROOT).as_posix()
            for path in (ROOT / folder).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        assert files and files - packed == set()


WORKFLOW = (ROOT / ".github" / "workflows" / "release.yml").read_text()


def test_only_the_job_that_publishes_may_and_it_runs_nothing_of_the_repository():
    told = yaml.safe_load(WORKFLOW)
    assert told["permissions"] == {"contents": "read"}
    build, publish = told["jobs"]["build"], told["jobs"]["publish"]
    assert "permissions" not in build
    assert publish["permissions"] == {"id-token": "write"}
    assert not any("checkout" in step.get("uses", "") or ".ci/" in step.get("run", "") for step in publish["steps"])
    (played,) = (step["run"] for step in build["steps"] if "run" in step)
    assert played == '.ci/release "${GITHUB_REF_NAME#v}" --no-upload'


def test_its_actions_are_named_by_their_commit():
    used = re.findall(r"uses: (.*)", WORKFLOW)
    assert len(used) == 5
    for action in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)
