"""Event files, as TensorBoard reads them."""

import io
import json

import numpy as np
import pytest
from PIL import Image
from recording_trackers import Killed, stopped_after
from small_benches import SMALL, ganzoo_here, rows_in, specs, start_run

from ganzoo.bench.execution.interleaved import StoppedError
from ganzoo.interfaces import Tracker

pytest.importorskip("tensorboard", reason="the package tensorboard is missing: install ganzoo-core[tensorboard]")


def shown(folder):
    """What TensorBoard would show of a run: an accumulator that has read it, and goes on doing so."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    everything = {"scalars": 0, "images": 0, "tensors": 0}
    return EventAccumulator(str(folder / "tensorboard"), size_guidance=everything).Reload()


def written(folder):
    """(tag, step) of every number in the event files themselves, whatever TensorBoard makes of them."""
    from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
    from tensorboard.compat.proto.event_pb2 import Event

    found = []
    for path in sorted((folder / "tensorboard").iterdir()):
        for raw in RawEventFileLoader(str(path)).Load():
            event = Event.FromString(raw)
            found += [(value.tag, event.step) for value in event.summary.value]
    return found


def plotted(folder):
    """The same by TensorBoard's other reader, in the form in which it asks its server."""
    from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator

    return EventAccumulator(str(folder / "tensorboard"), tensor_size_guidance={"scalars": 0}).Reload()


def scalars(accumulator):
    return {
        (tag, event.step): event.value for tag in accumulator.Tags()["scalars"] for event in accumulator.Scalars(tag)
    }


def recorded(folder):
    return {
        (name, round(row["kimg"] * 1000)): value
        for row in rows_in(folder / "metrics.jsonl")
        for name, value in Tracker.numbers(row).items()
    }


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    """Two seeds in one process."""
    here = tmp_path_factory.mktemp("bench")
    small = [word for edit in SMALL for word in ("-o", edit)]
    words = ["--budget", "1kimg", "--samples", "64", "--evaluations", "2", "--replicates", "0", "--threads", "1"]
    words += ["--device", "cpu", "--seeds", "2", "--together", "2", "--examine", "none", *small]
    ganzoo_here("bench", "dcgan", *words, "--tracker", "tensorboard", "--out", "b", cwd=here)
    return here / "b" / "dcgan"


@pytest.mark.parametrize("seed", [0, 1])
def test_every_number_of_the_record_is_shown(bench, seed):
    found, wanted = scalars(shown(bench / f"seed{seed}")), recorded(bench / f"seed{seed}")
    assert {"train/d_loss", "train/g_gradient", "look/diversity", "evaluation/fid"} <= {tag for tag, _ in wanted}
    assert found.keys() == wanted.keys()
    for key, value in wanted.items():
        assert found[key] == pytest.approx(value, rel=1e-6), key
    assert len(written(bench / f"seed{seed}")) == len(set(written(bench / f"seed{seed}")))


def test_every_picture_is_shown(bench):
    run, seen = bench / "seed0", shown(bench / "seed0")
    result = json.loads((run / "result.json").read_text())
    assert sorted(seen.Tags()["images"]) == ["interpolation", "samples"]
    places = {("samples", row["kimg"]): row["grid"] for row in result["evaluations"]}
    places["interpolation", 1.008] = result["pictures"]["interpolation"]
    found = {(tag, image.step / 1000): image for tag in ("samples", "interpolation") for image in seen.Images(tag)}
    assert found.keys() == places.keys() and len(places) == 3
    for key, place in places.items():
        with Image.open(io.BytesIO(found[key].encoded_image_string)) as mine, Image.open(run / place) as theirs:
            assert np.array_equal(np.asarray(mine), np.asarray(theirs.convert("RGB")))


def test_what_the_run_is_and_how_it_ended_is_shown(bench):
    seen, result = shown(bench / "seed1"), json.loads((bench / "seed1" / "result.json").read_text())

    def text(name):
        (event,) = seen.Tensors(f"{name}/text_summary")
        return event.tensor_proto.string_val[0].decode()

    run = json.loads((bench / "seed1" / "run.json").read_text())
    assert json.loads(text("recipe")) == run["recipe"]
    assert json.loads(text("settings"))["budget"] == {"kimg": 1.0}
    assert json.loads(text("environment"))["threads"] == 1
    assert json.loads(text("result")) == {name: result[name] for name in ("status", "reason", "metrics", "alarms")}
    assert all(line.startswith("    ") for line in text("recipe").splitlines())  # code, in Markdown


def test_time_is_time_of_training(bench):
    rows = [row for row in rows_in(bench / "seed0" / "metrics.jsonl") if row["kind"] == "train"]
    events = shown(bench / "seed0").Scalars("train/d_loss")
    assert [event.wall_time - events[0].wall_time for event in events] == pytest.approx(
        [row["seconds"] - rows[0]["seconds"] for row in rows], abs=1e-5
    )


def test_a_run_that_goes_on_is_shown_as_one_that_was_not_stopped(tmp_path):
    (spec,) = specs(kimg=0.5, evaluations=2, extractor="digits", checkpoint_seconds=1e9)
    alone, parts = tmp_path / "alone", tmp_path / "parts"
    start_run(alone, spec.changed(trackers=("tensorboard",))).play()
    watching = None
    # stopped before there is a tracker, killed after the evaluation of the 16th step, and killed before any other
    for count, killed, trackers in ((5, False, ()), (14, True, ("tensorboard",)), (2, True, ("tensorboard",))):
        with pytest.raises((Killed, StoppedError)):
            start_run(parts, spec.changed(trackers=trackers), stopped_after(count, killed=killed)).play()
        if trackers and watching is None:
            watching, plotting = shown(parts), plotted(parts)
    assert max(step for _, step in scalars(watching)) == 19 * 16  # steps that were lost, for now
    start_run(parts, spec.changed(trackers=("tensorboard",))).play()
    assert sorted(written(parts)) == sorted(written(alone))
    for reader in (shown(parts), watching.Reload()):  # also one that has been open all the while
        found, wanted = scalars(reader), recorded(parts)
        assert found.keys() == wanted.keys()
        assert all(found[key] == pytest.approx(value, rel=1e-6) for key, value in wanted.items())
        assert len(reader.Scalars("train/d_loss")) == sum(tag == "train/d_loss" for tag, _ in wanted)
        assert [image.step for image in reader.Images("samples")] == [256, 512]
    steps = [event.step for event in plotting.Reload().Tensors("train/d_loss")]
    assert steps == [step for tag, step in recorded(parts) if tag == "train/d_loss"]
    times = [event.wall_time for event in shown(parts).Scalars("train/d_loss")]
    assert times == sorted(times)
