"""Trackers that report to a service, with modules in place of the packages; the packages themselves need accounts."""

import importlib.util
import sys

import pytest
from click.testing import CliRunner
from PIL import Image
from pretended_services import SERVICES
from recording_trackers import Killed, stopped_after
from small_benches import rows_in, specs, start_run, start_runs

from ganzoo.bench.execution.interleaved import StoppedError
from ganzoo.bench.runs.monitoring.tracking import check_trackers
from ganzoo.cli import cli
from ganzoo.errors import SetupError
from ganzoo.interfaces import Tracker
from ganzoo.registry.discovery import load_zoo

# how the run of this page ended each time: stopped in order, gone on, killed, gone on, done
ENDS = {
    "wandb": [1, 0],
    "mlflow": ["RUNNING", "KILLED", "RUNNING", "RUNNING", "FINISHED"],
    "trackio": ["the run was stopped", "finished", "finished"],
}
TIMES = ("seconds", "cpu_seconds", "images_per_second")  # another process takes other times


@pytest.fixture(params=SERVICES)
def service(request, monkeypatch):
    """The service that the tracker of this name reports to."""
    made = SERVICES[request.param]()
    made.name = request.param
    for name in ("WANDB_PROJECT", "MLFLOW_EXPERIMENT_NAME", "TRACKIO_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    for name, module in made.modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: made if name == made.name else find(name))
    return made


def small(service, **changes):
    length = {"kimg": 0.5, "evaluations": 2, "extractor": "digits", "checkpoint_seconds": 1e9}
    made = specs(**length | changes)
    return [spec.changed(trackers=(service.name,)) for spec in made]


def recorded(folder):
    rows = rows_in(folder / "metrics.jsonl")
    numbers = {(name, row["step"]): value for row in rows for name, value in Tracker.numbers(row).items()}
    pictures = {("samples", row["step"]): row["grid"] for row in rows if row["kind"] == "evaluation"}
    pictures["interpolation", rows[-1]["step"]] = "samples/interpolation.png"
    return numbers, {key: folder / place for key, place in pictures.items()}


def without_times(numbers):
    return {key: value for key, value in numbers.items() if not key[0].endswith(TIMES)}


def content(service, path):
    if service.name != "mlflow":
        return path.read_bytes()
    with Image.open(path) as picture:
        return picture.convert("RGB").tobytes()


def test_a_run_is_there_once_and_whole_however_often_it_was_stopped(tmp_path, service):
    (spec,) = small(service)
    for count, killed in ((3, True), (5, False), (14, True)):  # the first before there was a checkpoint
        with pytest.raises((Killed, StoppedError)):
            start_run(tmp_path / "run", spec, stopped_after(count, killed=killed)).play()
    assert start_run(tmp_path / "run", spec).play()["status"] == "done"
    (there,) = service.runs.values()
    numbers, pictures = recorded(tmp_path / "run")
    assert there.numbers.keys() == numbers.keys()
    assert without_times(there.numbers) == without_times(numbers)
    assert there.pictures == {key: content(service, path) for key, path in pictures.items()}
    assert there.ends == ENDS[service.name]


def test_rows_of_before_there_was_a_tracker_are_told_as_well(tmp_path, service):
    (spec,) = small(service)
    with pytest.raises(StoppedError):
        start_run(tmp_path / "run", spec.changed(trackers=()), stopped_after(20, killed=False)).play()
    assert service.runs == {}
    start_run(tmp_path / "run", spec).play()
    (there,) = service.runs.values()
    numbers, pictures = recorded(tmp_path / "run")
    assert (there.numbers.keys(), there.pictures.keys()) == (numbers.keys(), pictures.keys())


def test_what_the_run_is(tmp_path, service):
    runs = small(service, seeds=2, kimg=0.1, evaluations=1)
    start_runs([tmp_path / "a", tmp_path / "b"], runs).play_all()
    assert len(service.runs) == 2  # side by side in one process
    for seed, there in enumerate(service.runs.values()):
        assert there.about["name"].startswith(f"dcgan seed {seed}")
        config = there.about["config"]
        if service.name == "mlflow":
            assert (config["seed"], config["recipe.generator.width"]) == (str(seed), "4")
            assert config["settings.budget.kimg"] == "0.1"
            config = there.notes["run.json"] | there.notes["run.json"]["settings"]
            assert service.experiments == {"ganzoo": "0"} and there.about["tags"] == {"ganzoo.key": runs[seed].key}
        else:
            assert there.about["project"] == "ganzoo"
        assert (config["seed"], config["recipe"]["generator"]["width"]) == (seed, 4)
        assert config["budget"] == {"kimg": 0.1}


def test_another_run_in_the_same_folder_is_another_run_there(tmp_path, service):
    for seed in (0, 1):
        (spec,) = small(service, kimg=0.1, evaluations=1)
        folder = tmp_path / f"run{seed}"
        if seed:  # what the first one has left beside its record
            folder.mkdir()
            kept = tmp_path / "run0" / f"{service.name}-run.json"
            (folder / kept.name).write_bytes(kept.read_bytes())
        start_run(folder, spec.changed(seed=seed)).play()
    assert len(service.runs) == 2


def test_how_a_run_failed_is_told(tmp_path, service):
    tracker = load_zoo(third_party=False).registry.get("tracker", service.name).load()()
    about = {"name": "gan", "seed": 0, "key": "k", "folder": tmp_path, "step": 0, "kimg": 0.0}
    tracker.begin(about | {"recipe": {}, "settings": {}, "parameters": {}})
    tracker.end({"status": "diverged", "reason": "losses are not finite"})
    (there,) = service.runs.values()
    assert "diverged" in str((there.ends, there.notes)) and there.ends[-1] in (1, "FAILED", "finished")


def test_it_passes_its_check(service):
    check_trackers(load_zoo().registry, [service.name])
    assert service.runs == {}  # nothing is begun before a run is
    result = CliRunner().invoke(cli, ["check", f"{service.name}-tracker"])
    assert result.exit_code == 0, result.output
    assert "FAILED" not in result.output
    assert len(service.runs) == 4


@pytest.mark.parametrize("name", SERVICES)
def test_without_its_package_it_names_the_command(monkeypatch, name):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SetupError, match=rf'run `pip install "ganzoo-core\[{name}\]"`'):
        check_trackers(load_zoo(third_party=False).registry, [name])
