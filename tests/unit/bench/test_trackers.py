"""Trackers are told all that the record is told, once, and cannot touch the run."""

import importlib.util
import json

import pytest
import recording_trackers as tracked
import small_benches as benches
from recording_trackers import TOLD, Killed, stopped_after
from run_files import ON_POINTS, last_weights, timeless
from small_benches import ganzoo_here, request, result_in, rows_in, specs, start_run, start_runs

from ganzoo.bench.execution.interleaved import StoppedError
from ganzoo.bench.plan import prepare
from ganzoo.bench.results.run_files.spec import RunSpec
from ganzoo.bench.runs.monitoring.tracking import Tracking, check_trackers
from ganzoo.bench.runs.run import Run
from ganzoo.errors import PluginError, SetupError, UnknownName
from ganzoo.interfaces import Loss, Tracker
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache


@pytest.fixture(autouse=True)
def told(monkeypatch):
    """What the trackers of ``tracked`` are told, in a zoo that has them."""
    monkeypatch.setattr(benches, "load_zoo", lambda third_party: tracked.zoo())
    TOLD.clear()
    yield TOLD
    TOLD.clear()


def spec_with(*trackers, recipe="dcgan", **changes):
    (spec,) = specs(recipe, **{"kimg": 0.5, "evaluations": 2, **changes})
    return spec.changed(trackers=trackers)


def rows_of(told):
    return [row for method, row in told if method == "row"]


def pictures_of(told):
    return [words for method, words in told if method == "picture"]


def recorded(folder):
    return [{**row, "metrics": row.get("metrics", {})} for row in rows_in(folder / "metrics.jsonl")]


def test_a_tracker_is_told_what_the_record_is_told(tmp_path, told):
    spec = spec_with("notes", extractor="digits")
    result = start_run(tmp_path, spec).play()
    assert (told[0][0], told[-1][0]) == ("begin", "end")
    assert rows_of(told) == recorded(tmp_path)
    assert {row["kind"] for row in rows_of(told)} == {"train", "look", "evaluation"}

    (_, run), *_ = told
    assert (run["name"], run["seed"], run["key"]) == ("dcgan", 0, spec.key)
    assert (run["step"], run["kimg"], run["seconds"]) == (0, 0.0, 0.0)
    assert run["folder"] == tmp_path.resolve()
    assert run["parameters"] == result["parameters"] and run["environment"] == result["environment"]
    settings = json.loads((tmp_path / "run.json").read_text())
    assert run["settings"].keys() | {"recipe", "seed"} == settings.keys() - {"schema", "key"}
    assert settings["recipe"]["name"] == "dcgan"  # though the tracker cleared its own
    json.dumps({key: value for key, value in run.items() if key != "folder"})

    evaluations = [row for row in rows_of(told) if row["kind"] == "evaluation"]
    assert [(name, path, row) for name, path, _, row in pictures_of(told)][:2] == [
        ("samples", tmp_path / row["grid"], row) for row in evaluations
    ]
    assert all(magic == b"\x89PNG" for _, _, magic, _ in pictures_of(told))
    assert told[-1][1] == result == result_in(tmp_path)


def test_pictures_of_metrics_and_of_the_end_are_told(tmp_path, told):
    points = spec_with("notes", recipe="ns-gan", dataset="ring", extractor=None, samples=500, overrides=ON_POINTS)
    start_run(tmp_path / "points", points).play()
    assert [name for name, *_ in pictures_of(told)] == ["samples", "modes", "samples", "modes"]
    assert len({path for _, path, *_ in pictures_of(told)}) == 4
    told.clear()
    closer = spec_with("notes", extractor="digits", examinations=("memorisation",), evaluations=1)
    result = start_run(tmp_path / "closer", closer).play()
    (last,) = (row for row in rows_of(told) if row["kind"] == "evaluation")
    first, *final = pictures_of(told)
    assert first[0] == "samples" and [method for method, _ in told][-1] == "end"
    assert {name: path for name, path, *_ in final} == {
        name: tmp_path / "closer" / place for name, place in result["pictures"].items()
    }
    assert "memorisation" in result["pictures"] and all(row == last for *_, row in final)


def played_in_parts(folder, spec, stops):
    """Stop, or be killed, after so many steps of each process; gives what was told in each."""
    parts = []
    for count, killed in [*stops, (10**9, False)]:
        TOLD.clear()
        try:
            result = start_run(folder, spec, stopped_after(count, killed=killed)).play()
        except (StoppedError, Killed):
            result = None
        parts.append(list(TOLD))
    return parts, result


@pytest.mark.parametrize("name", ["notes", "retold"])
def test_a_run_that_goes_on_tells_no_row_twice(tmp_path, name):
    spec = spec_with(name, extractor="digits", checkpoint_seconds=1e9)
    (first, second, third), result = played_in_parts(tmp_path, spec, [(5, False), (14, True)])
    rows = recorded(tmp_path)
    assert first[-1] == ("end", None)  # it stops, to be gone on with
    assert [part[0][1]["step"] for part in (first, second, third)] == [0, 5, 16]
    assert second[0][1]["seconds"] > 0 and second[0][1]["kimg"] == pytest.approx(5 * 0.016)
    # the second was killed in its 20th step; its last checkpoint was that of the evaluation, after the 16th
    assert second[-1][0] == "row" and rows_of(second)[-1]["step"] == 19
    if name == "retold":
        assert rows_of(third) == rows
        assert [name for name, *_ in pictures_of(third)] == ["samples", "samples", "interpolation"]
        again = [row for row in rows if row["step"] <= 5]
        assert rows_of(second)[: len(again)] == rows_of(first) == again
    else:
        assert rows_of(first) + [r for r in rows_of(second) if r["step"] <= 16] + rows_of(third) == rows
        assert min(row["step"] for row in rows_of(third)) == 17
    assert third[-1] == ("end", result)


def test_a_run_that_had_ended_but_for_its_result_is_told_to_the_end(tmp_path, told):
    spec = spec_with("retold", extractor="digits", examinations=("memorisation",), evaluations=1)
    result = start_run(tmp_path, spec).play()
    before = list(told)
    (tmp_path / "result.json").unlink()
    told.clear()
    again = start_run(tmp_path, spec).play()
    assert again["metrics"] == result["metrics"]
    assert told[1:-1] == before[1:-1]
    assert told[-1] == ("end", again)


def test_what_a_tracker_draws_changes_nothing(tmp_path):
    settings = {"recipe": "tutorial-dcgan", "kimg": 0.3, "overrides": ("schedule.batch=16", "generator.width=4")}
    start_run(tmp_path / "alone", spec_with(**settings)).play()
    start_run(tmp_path / "drawn", spec_with("drawing", "notes", **settings)).play()
    assert last_weights(tmp_path / "alone") == last_weights(tmp_path / "drawn")
    alone, drawn = (rows_in(tmp_path / name / "metrics.jsonl") for name in ("alone", "drawn"))
    assert timeless(alone) == timeless(drawn)


def test_no_clock_goes_while_a_tracker_is_told(tmp_path, monkeypatch):
    playing, clocks = [], []
    begin, row = Run.begin, Tracking.row
    monkeypatch.setattr(Run, "begin", lambda run: (playing.append(run), begin(run)))
    monkeypatch.setattr(
        Tracking, "row", lambda self, told: (clocks.append([run.clock._since for run in playing]), row(self, told))
    )
    runs = [spec.changed(trackers=("notes",)) for spec in specs(kimg=0.2, seeds=(0, 1))]
    start_runs([tmp_path / "0", tmp_path / "1"], runs).play_all()
    assert len(clocks) > 20 and all(since is None for of_all in clocks for since in of_all)


def test_runs_in_one_process_have_trackers_of_their_own(tmp_path, told):
    runs = [spec.changed(trackers=("notes",)) for spec in specs(kimg=0.2, seeds=(0, 1))]
    folders = [tmp_path / "0", tmp_path / "1"]
    results = start_runs(folders, runs).play_all()
    assert [run["seed"] for method, run in told if method == "begin"] == [0, 1]
    both = sorted(recorded(folders[0]) + recorded(folders[1]), key=str)
    assert sorted(rows_of(told), key=str) == both
    ends = [result for method, result in told if method == "end"]
    assert ends == results


@pytest.mark.parametrize(("status", "message"), [("failed", "KeyError: 'broken' (see log.txt"), ("diverged", "NaN")])
def test_how_a_run_ends_is_told(tmp_path, told, monkeypatch, status, message):
    def look(run):
        if run.trainer.steps == 3:
            if status == "failed":
                raise KeyError("broken")
            run.trainer.sums.fill_(float("nan"))
        run.session.require_finite_losses()

    monkeypatch.setattr(Run, "look", look)
    result = start_run(tmp_path, spec_with("notes")).play()
    assert told[-1] == ("end", result)
    assert result["status"] == status and message in result["reason"]


# -- trackers that fail --------------------------------------------------------------------------------------


def tracking(tmp_path, said, *names):
    return Tracking(names, tracked.zoo().registry, tmp_path, said.append)


ROW = {"kind": "evaluation", "step": 1, "kimg": 0.1, "metrics": {}, "grid": "a.png"}


@pytest.mark.parametrize("how", [ValueError("no\nway"), SystemExit(1), MemoryError()], ids=["error", "exit", "memory"])
@pytest.mark.parametrize("at", ["begin", "row", "picture", "end"])
def test_one_that_raises_is_switched_off(tmp_path, told, said, monkeypatch, at, how):
    monkeypatch.setattr(tracked.Failing, "at", at)
    monkeypatch.setattr(tracked.Failing, "how", how)
    (tmp_path / "a.png").write_bytes(b"\x89PNG")
    both = tracking(tmp_path, said, "failing", "notes")
    both.begin({"recipe": {}}, [])
    both.row(ROW)
    both.row(ROW)
    both.end(None)
    assert len(said) == 1
    assert said[0].startswith(f"tracker 'failing' is switched off for the rest of this run: {type(how).__name__}")
    assert "\n" not in said[0] and ("no way" in said[0]) == isinstance(how, ValueError)
    of_notes = [method for method, words in told if method != "end" and words is not None]
    assert of_notes == ["begin", "row", "picture", "row", "picture"]
    heard = {"begin": 1, "row": 2, "picture": 3, "end": 6}  # by the one that fails, up to and with its failure
    assert len(told) == 6 + heard[at]
    assert not both


def test_one_that_cannot_be_had_is_switched_off(tmp_path, told, said):
    both = tracking(tmp_path, said, "unmakable", "never", "notes")
    assert both
    both.end(None)
    assert told == [("end", None)]
    assert said[0].endswith("rest of this run: RuntimeError: gone")
    assert said[1].startswith("tracker 'never' is switched off for the rest of this run: UnknownName: no tracker named")


def test_ctrl_c_is_not_a_trackers_failure(tmp_path, said, monkeypatch):
    monkeypatch.setattr(tracked.Failing, "how", KeyboardInterrupt())
    one = tracking(tmp_path, said, "failing")
    with pytest.raises(KeyboardInterrupt):
        one.row({**ROW, "kind": "train"})
    assert said == []


def test_a_run_outlives_its_trackers(tmp_path, told):
    events = []
    result = start_run(tmp_path, spec_with("failing", "unmakable", "nobodys"), events=events).play()
    assert result["status"] == "done"
    warned = [event["text"] for event in events if event["kind"] == "warning"]
    assert [text.split()[1] for text in warned] == ["'unmakable'", "'nobodys'", "'failing'"]
    assert [method for method, _ in told] == ["begin", "row"]


# -- what is asked for ---------------------------------------------------------------------------------------


def test_trackers_are_asked_for_before_anything_is_trained():
    registry = tracked.zoo().registry
    check_trackers(registry, ["notes", "retold"])
    with pytest.raises(UnknownName, match="no tracker named 'note'; did you mean 'notes'"):
        check_trackers(registry, ["notes", "note"])
    with pytest.raises(RuntimeError, match="gone"):
        check_trackers(registry, ["unmakable"])
    zoo = load_zoo(third_party=False)
    with pytest.raises(UnknownName, match="no tracker named 'tensorbord'; did you mean 'tensorboard'"):
        prepare(request(trackers=("tensorbord",)), zoo, Cache.open())


def test_a_class_that_is_no_tracker_is_refused(monkeypatch):
    registry = tracked.zoo().registry
    monkeypatch.setattr(tracked, "Notes", Loss)
    with pytest.raises(PluginError, match=r"is not a subclass of ganzoo\.interfaces\.Tracker"):
        check_trackers(registry, ["notes"])


def test_trackers_are_no_part_of_what_a_run_is(tmp_path):
    plan = prepare(request(trackers=("tensorboard",)), load_zoo(third_party=False), Cache.open())
    (spec,) = plan.specs
    assert spec.trackers == ("tensorboard",)
    assert spec.key == specs(kimg=1.0)[0].key
    spec.write(tmp_path)
    assert RunSpec.read(tmp_path) == spec
    old = json.loads((tmp_path / "run.json").read_text())
    del old["trackers"]
    (tmp_path / "run.json").write_text(json.dumps(old))
    assert RunSpec.read(tmp_path).trackers == ()


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--tracker", "tensorbord"], 2, "no tracker named 'tensorbord'; did you mean 'tensorboard'?"),
        (["--tracker", "tensorboard", "--profile"], 2, "leave --tracker out"),
        (["--tracker", "tensorboard"], 3, "install ganzoo-core[tensorboard]"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_had_is_one_sentence_and_trains_nothing(tmp_path, monkeypatch, words, code, message):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "tensorboard" else find(name))
    monkeypatch.chdir(tmp_path)
    done = ganzoo_here("bench", "dcgan", *words, cwd=tmp_path, check=False)
    assert (done.returncode, list(tmp_path.iterdir())) == (code, [])
    assert message in " ".join(done.stderr.split())


def test_a_missing_package_is_a_lack_of_this_machine(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SetupError, match=r"install ganzoo-core\[tensorboard\]"):
        check_trackers(load_zoo(third_party=False).registry, ["tensorboard"])


def test_the_numbers_of_a_row():
    at = {"step": 3, "kimg": 0.1}
    train = {"kind": "train", **at, "d_loss": 1.5, "g_gradient": None, "seconds": 2, "replayed": True, "why": "words"}
    assert Tracker.numbers(train) == {"train/d_loss": 1.5, "train/seconds": 2.0}
    evaluation = {"kind": "evaluation", **at, "d_steps": 3, "metrics": {"fid": 2.0, "is": 1}, "grid": "samples/a.png"}
    assert Tracker.numbers(evaluation) == {"evaluation/fid": 2.0, "evaluation/is": 1.0}
    assert evaluation["metrics"] == {"fid": 2.0, "is": 1} and Tracker.numbers({"kind": "look", **at}) == {}
