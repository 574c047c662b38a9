"""A run that goes on: from which checkpoint, with which rows, and what it says of what is lost."""

import json
import os
import shutil
import sys
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from safetensors.torch import load, save
from small_benches import result_in, rows_in, specs, start_run

from ganzoo.bench.execution.interleaved import StoppedError
from ganzoo.bench.runs.keeping.pace import CheckpointPace
from ganzoo.errors import CheckpointError
from ganzoo.training.checkpoints import checkpoint


@pytest.fixture(scope="module")
def spec():
    (found,) = specs(kimg=1.0, evaluations=4, checkpoint_seconds=1e9)
    return found


@pytest.fixture(scope="module")
def stopped(tmp_path_factory, spec):
    """A run with checkpoints of its evaluation after step 32 and of its stop after step 40."""
    folder, steps = tmp_path_factory.mktemp("runs") / "stopped", []
    with pytest.MonkeyPatch.context() as patch, pytest.raises(StoppedError):
        patch.setattr("ganzoo.bench.runs.keeping.pace.FIRST_SECONDS", 1e9)  # on no machine one in between
        start_run(folder, spec, lambda: steps.append(1) or len(steps) > 40).play()
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory, spec):
    folder = tmp_path_factory.mktemp("runs") / "whole"
    start_run(folder, spec).play()
    return folder


@pytest.fixture
def folder(tmp_path, stopped):
    shutil.copytree(stopped, tmp_path / "run")
    return tmp_path / "run"


def places(folder):
    return checkpoint.checkpoints(folder / "checkpoints")


def counted(path):
    return json.loads((path / "state.json").read_text())["run"]["record"]


def last(folder):
    return json.loads((places(folder)[0] / "manifest.json").read_text())["state.safetensors"]


def timeless(rows):
    times = ("seconds", "cpu_seconds", "timed_kimg", "images_per_second")
    return [{key: value for key, value in row.items() if key not in times} for row in rows]


def goes_on(folder, spec):
    """Play the run to its end; gives the sentences that the bench is told of it."""
    events = []
    assert start_run(folder, spec, events=events).play()["status"] == "done"
    return [event["text"] for event in events if event["kind"] == "warning"]


def cut(content, keep):
    return content[:keep]


def zeroed(content, keep):
    return content[:keep] + bytes(len(content) - keep)


def flipped(content, keep):
    return content[:keep] + bytes([content[keep] ^ 1]) + content[keep + 1 :]


@pytest.mark.parametrize("damage", [cut, zeroed, flipped])
def test_rows_that_a_crash_took_are_played_again_from_the_checkpoint_before(folder, spec, whole, said, damage):
    """The rest comes out as if nothing had happened, bit for bit."""
    newest, before = places(folder)
    record = folder / "metrics.jsonl"
    record.write_bytes(damage(record.read_bytes(), (counted(newest) + counted(before)) // 2))
    (told,) = goes_on(folder, spec)
    assert told in said
    assert newest.name in told and f"{before.name} is taken instead" in told and "metrics.jsonl" in told
    assert timeless(rows_in(record)) == timeless(rows_in(whole / "metrics.jsonl"))
    assert last(folder) == last(whole)


@pytest.mark.parametrize("damage", [cut, zeroed, flipped, None])
def test_where_no_checkpoint_fits_the_record_one_sentence_says_what_is_lost(folder, spec, whole, said, damage):
    newest, before = places(folder)
    record = folder / "metrics.jsonl"
    content = record.read_bytes()
    rows = content[: counted(newest)].splitlines(keepends=True)
    there = len(rows)
    at = len(b"".join(rows[:5])) + 3
    assert at < counted(before)
    if damage is None:
        record.unlink()
    else:
        record.write_bytes(damage(content, at))
    (told,) = goes_on(folder, spec)
    left = {cut: 5, zeroed: 5, flipped: there - 1, None: 0}[damage]
    assert told in said
    assert f"has {left:,} of the {there:,} rows that were written up to step 40" in told
    kept = record.read_bytes().splitlines(keepends=True)
    if damage is flipped:
        rows = rows[:5] + rows[6:]
    assert kept[:left] == rows[:left]
    assert len(kept) - left == len(rows_in(whole / "metrics.jsonl")) - there
    assert len(rows_in(record)) == len(kept)  # every line can be read
    assert last(folder) == last(whole)


def changed(path, change):
    tensors, values = load((path / "state.safetensors").read_bytes()), json.loads((path / "state.json").read_text())
    change(tensors, values["run"])
    state, plain = save(tensors), json.dumps(values).encode()
    (path / "state.safetensors").write_bytes(state)
    (path / "state.json").write_bytes(plain)
    signed = {"state.safetensors": sha256(state).hexdigest(), "state.json": sha256(plain).hexdigest()}
    (path / "manifest.json").write_text(json.dumps({"schema": 1, **signed}))


@pytest.mark.parametrize(
    "change",
    [
        *[(lambda t, run, key=key: run.pop(key)) for key in ("clock", "evaluations", "final", "best", "row", "looked")],
        *[(lambda t, run, key=key: run.pop(key)) for key in ("alarms", "record")],
        lambda t, run: run.update(evaluations=[]),
        lambda t, run: run.update(record=True),
        lambda t, run: run.update(row="7"),
        lambda t, run: run["clock"].update(seconds=None),
        lambda t, run: run["alarms"].update(open={"collapse": 3}),
        lambda t, run: run.update(best={"kimg": 0.5, "metrics": {"fid": 3.0}}),
        lambda t, run: t.pop("rng.noise"),
    ],
    ids=lambda change: "",
)
def test_a_checkpoint_that_lacks_values_of_the_run_is_passed_over(folder, spec, said, change):
    newest, before = places(folder)
    changed(newest, change)
    run = start_run(folder, spec)._make(0)
    assert run.trainer.steps == 32
    (told,) = [line for line in said if "left out" in line]
    assert newest.name in told and before.name in told and "\n" not in told
    run.log.end(None)


def test_where_no_checkpoint_can_be_gone_on_from_the_run_does_not_begin_anew(folder, spec):
    for path in places(folder):
        changed(path, lambda tensors, run: tensors.pop("G.net.0.weight"))
    before = (folder / "metrics.jsonl").read_bytes()
    result = start_run(folder, spec).play()
    assert result["status"] == "failed" and "generator 'dcgan' of plugin 'dcgan' needs" in result["reason"]
    assert len(places(folder)) == 2 and (folder / "metrics.jsonl").read_bytes() == before


def test_a_run_that_diverges_at_once_leaves_a_good_checkpoint_of_before(tmp_path):
    (spec,) = specs(kimg=2.0, evaluations=1, overrides=("g_optimizer.lr=1e30", "d_optimizer.lr=1e30"))
    result = start_run(tmp_path / "run", spec).play()
    assert result["status"] == "diverged" and result_in(tmp_path / "run")["status"] == "diverged"
    tensors, values = checkpoint.newest(tmp_path / "run" / "checkpoints")
    assert values["trainer"]["steps"] < result["d_steps"]
    assert all(tensor.isfinite().all() for tensor in tensors.values() if tensor.is_floating_point())


def test_weights_that_are_no_numbers_are_not_kept(tmp_path, spec):
    started = start_run(tmp_path / "run", spec, lambda: True)
    make = started._make

    def with_nan(number):
        run = make(number)
        begin = run.begin

        def begun():
            begin()
            with torch.no_grad():
                next(run.trainer.parts.G.parameters()).view(-1)[0] = float("nan")  # and no loss has seen it yet

        run.begin = begun
        return run

    started._make = with_nan
    with pytest.raises(StoppedError):
        started.play()
    assert result_in(tmp_path / "run")["reason"].startswith("weights of G became NaN")
    assert [path.name for path in places(tmp_path / "run")] == ["step-000000000"]


def test_the_time_to_the_next_checkpoint_is_doubled_up_to_what_is_asked_for(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("ganzoo.bench.runs.keeping.pace.time.monotonic", lambda: now[0])
    pace, waited = CheckpointPace(5.0), []
    for took in (0.0, 0.0, 0.0, 0.0, 0.3, 1.0):
        waited.append(pace.next - now[0])
        now[0] = pace.next
        with pace.writing():
            now[0] += took
    assert waited == pytest.approx([1, 1, 2, 4, 5, 5])
    slow = CheckpointPace(60.0)
    with slow.writing():
        now[0] += 2.0
    assert slow.next - now[0] == pytest.approx(20.0)
    slow.resumed()
    assert slow.next - now[0] == pytest.approx(60.0)


@pytest.mark.skipif(sys.platform != "linux", reason="names of open files are read from /proc")
def test_a_checkpoint_counts_on_rows_that_are_on_the_disk(tmp_path, spec, monkeypatch):
    """The record is flushed to the disk after its last row, and before the checkpoint that counts on it is written."""
    order = []
    fsync = os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda file: order.append(str(Path(f"/proc/self/fd/{file}").readlink())) or fsync(file)
    )
    start_run(tmp_path / "run", spec).play()
    names = [path.rsplit("/", 1)[1] for path in order if path.endswith(("metrics.jsonl", "state.json"))]
    assert set(names) == {"metrics.jsonl", "state.json"}
    assert all(before == "metrics.jsonl" for before, name in pairwise(["", *names]) if name == "state.json")


def test_all_damaged_is_an_error_of_sample_too(folder):
    for path in places(folder):
        (path / "state.json").write_text("{}")
    with pytest.raises(CheckpointError, match="can be gone on from"):
        checkpoint.newest(folder / "checkpoints")
