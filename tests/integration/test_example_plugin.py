"""The example of a third party's package: found, trained, checked, and its own tests pass."""

import importlib
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from pretend_gpu import for_checks
from repository import ROOT

import ganzoo
from ganzoo.cli import cli
from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.testing.suite import plugins_called
from ganzoo.training import Trainer

EXAMPLE = ROOT / "tests" / "example_plugin"


@pytest.fixture
def site(tmp_path, monkeypatch):
    """The example as if installed: its source on the path, beside what an installer writes from its pyproject."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    info = tmp_path / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {project['name']}\nVersion: {project['version']}\n")
    points = "".join(f"{name} = {module}\n" for name, module in project["entry-points"]["ganzoo"].items())
    (info / "entry_points.txt").write_text(f"[ganzoo]\n{points}")
    monkeypatch.syspath_prepend(EXAMPLE)
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    return tmp_path


def test_it_depends_on_the_core_and_ships_its_recipe():
    text = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())
    assert text["project"]["dependencies"] == ["ganzoo-core"]
    assert list((EXAMPLE / "ganzoo_example").glob(text["tool"]["setuptools"]["package-data"]["ganzoo_example"][0]))


def test_it_is_found(site):
    zoo = load_zoo()
    (plugin,) = (plugin for plugin in zoo.plugins if plugin.name == "example")
    assert (plugin.status, plugin.reason, plugin.bundled) == ("ok", "", False)
    assert (plugin.distribution, plugin.version) == ("ganzoo-example", "0.1.0")
    assert {(entry.kind, entry.name) for entry in plugin.provides} == {
        ("loss", "arctan"),
        ("recipe", "arctan-dcgan"),
    }
    assert "example" not in {plugin.name for plugin in load_zoo(third_party=False).plugins}


@pytest.mark.parametrize("spec", ["arctan-dcgan", "arctan-dcgan:loss.scale=1:schedule.share_fakes=true"])
def test_it_is_trained(site, spec):
    registry = load_zoo().registry
    recipe = resolve(registry, spec, ["schedule.batch=4"])
    parts = build_parts(recipe, registry, image_size=8, channels=1, num_classes=0, seed=0)
    images = torch.randint(0, 256, (16, 1, 8, 8), dtype=torch.uint8)
    trainer = Trainer(recipe, parts, images, None, seed=0)
    before = [p.detach().clone() for p in parts.G.parameters()]
    losses = [trainer.step() for _ in range(2)]
    assert type(parts.loss).__module__ == "ganzoo_example.arctan"
    assert all(value.isfinite() for step in losses for value in step.values())
    assert any(not torch.equal(a, b) for a, b in zip(before, parts.G.parameters(), strict=True))


@pytest.mark.slow
def test_it_passes_the_check(site, monkeypatch):
    """By the name of its distribution, which means the same as that of its entry point."""
    for_checks(monkeypatch)
    zoo = load_zoo()
    assert plugins_called(zoo, "ganzoo-example") == plugins_called(zoo, "example") != []
    result = CliRunner().invoke(cli, ["check", "ganzoo-example"])
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["plugin", "example", "load", "ok", "registers", "2"]
    assert "FAILED" not in result.stdout
    assert lines[-1] == f"{len(lines) - 1} checks: {len(lines) - 1} ok, 0 failed"


@pytest.mark.slow
def test_its_own_tests_pass(site):
    # Beside this process and not in it: its tests find the zoo when they are collected.
    core = Path(ganzoo.__file__).parents[1]
    path = os.pathsep.join(map(str, [site, EXAMPLE, core]))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=EXAMPLE,
        env={**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed" in done.stdout
