"""The documented tracker for Weights & Biases, with a module in place of wandb that takes what it takes."""

import sys
from pathlib import Path
from types import ModuleType

import pytest
import small_benches as benches
from click.testing import CliRunner
from documents import files
from recording_trackers import Killed, stopped_after
from shown_plugin import installed
from small_benches import rows_in, specs, start_run

from ganzoo.bench.execution.interleaved import StoppedError
from ganzoo.bench.runs.monitoring.tracking import check_trackers
from ganzoo.cli import cli
from ganzoo.interfaces import Tracker
from ganzoo.registry.discovery import load_zoo

PAGE = "docs/plugins/tracker.md"


class Picture:
    def __init__(self, path):
        self.name, self.content = Path(path).name, Path(path).read_bytes()


class RunThere:
    """A run as the service has it. Steps only grow, and what is logged at one step is one row."""

    def __init__(self, settings):
        self.settings, self.rows, self.step, self.ends = settings, {}, 0, []

    def log(self, values, step):
        assert step >= self.step, f"step {step} is less than the current step {self.step}, and is ignored"
        self.step = step
        self.rows.setdefault(step, {}).update(values)

    def finish(self, exit_code):
        self.ends.append(exit_code)


class Service:
    def __init__(self):
        self.runs = {}

    def init(self, *, project, id, name, config, resume, reinit):
        assert resume in (None, "allow") and reinit == "create_new"
        if resume == "allow" and id in self.runs:
            self.runs[id].step += 1  # goes on after the last one
        else:
            self.runs[id] = RunThere({"project": project, "name": name, "config": config})
        return self.runs[id]


@pytest.fixture
def service(tmp_path, monkeypatch):
    """The page's plugin as if it were installed; gives what it reports to."""
    there, module = Service(), ModuleType("wandb")
    module.init, module.Image = there.init, Picture
    monkeypatch.setitem(sys.modules, "wandb", module)
    monkeypatch.setattr(benches, "load_zoo", lambda third_party: load_zoo())
    with installed(PAGE, tmp_path / "site") as name:
        assert name == "my-wandb"
        yield there


def test_it_is_short():
    shown = files(PAGE)
    assert list(shown) == ["my_wandb/__init__.py", "my_wandb/tracker.py"]
    assert sum(bool(line.strip()) for text in shown.values() for line in text.splitlines()) <= 30


def by_step(folder):
    """What the service should have: what a run's record has of each step, and its pictures."""
    found = {}
    for row in rows_in(folder / "metrics.jsonl"):
        at = found.setdefault(row["step"], {})
        at |= {"kimg": row["kimg"], **Tracker.numbers(row)}
        if row["kind"] == "evaluation":
            at["samples"] = Path(row["grid"]).name
    at["interpolation"] = "interpolation.png"
    return found


@pytest.mark.slow
def test_a_run_is_there_once_however_often_it_was_stopped(tmp_path, service):
    (spec,) = specs(kimg=0.5, evaluations=2, extractor="digits", checkpoint_seconds=1e9)
    spec = spec.changed(trackers=("my-wandb",))
    for count, killed in ((3, True), (5, False), (14, True)):  # the first before there was a checkpoint
        with pytest.raises((Killed, StoppedError)):
            start_run(tmp_path / "run", spec, stopped_after(count, killed=killed)).play()
    result = start_run(tmp_path / "run", spec).play()
    assert result["status"] == "done"
    (there,) = service.runs.values()
    shown = {
        step: {name: value.name if isinstance(value, Picture) else value for name, value in row.items()}
        for step, row in there.rows.items()
    }
    wanted = by_step(tmp_path / "run")
    times = {"train/seconds", "train/images_per_second", "evaluation/seconds"}  # another process took other times
    assert [{k: v for k, v in row.items() if k not in times} for row in shown.values()] == [
        {k: v for k, v in row.items() if k not in times} for row in wanted.values()
    ]
    assert list(shown) == list(wanted)
    (grid,) = (
        p.content
        for row in there.rows.values()
        for p in row.values()
        if isinstance(p, Picture) and p.name == "interpolation.png"
    )
    assert grid == (tmp_path / "run" / "samples" / "interpolation.png").read_bytes()
    assert there.ends == [1, 0]
    assert (there.settings["project"], there.settings["name"]) == ("ganzoo", "dcgan seed 0")
    assert there.settings["config"]["recipe"]["generator"]["width"] == 4
    assert there.settings["config"]["budget"] == {"kimg": 0.5}


def test_it_passes_its_check(service):
    check_trackers(load_zoo().registry, ["my-wandb"])
    assert service.runs == {}  # nothing is begun before a run is
    result = CliRunner().invoke(cli, ["check", "my-wandb"])
    assert result.exit_code == 0, result.output
    assert "FAILED" not in result.output
    assert len(service.runs) == 4
