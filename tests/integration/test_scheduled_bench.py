"""A bench of a recipe whose values change: what it writes down, says of the budget, and refuses."""

import json
import math

import pytest
from small_benches import ganzoo_here, rows_in

FALLING = "g_optimizer.lr={shape: cosine, start: 2e-3, end: 1e-3, over: 50%}"
AVERAGE = "schedule.ema={halflife: {shape: linear, start: 0, end: 0.2}, warmup: false}"
SMALL = ("generator.width=4", "discriminator.width=4", "schedule.batch=16")
OPTIONS = ["--data", "digits", "--extractor", "none", "--seeds", "1", "--device", "cpu", "--evaluations", "1"]


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """The changing recipe, and one whose average is never what it is asked to be: 50 steps of 16 images."""
    folder = tmp_path_factory.mktemp("bench")
    recipes = [f"dcgan:{FALLING}:{AVERAGE}", "dcgan:schedule.ema=0.999"]
    small = [word for edit in SMALL for word in ("-o", edit)]
    done = ganzoo_here("bench", *recipes, *OPTIONS, *small, "--budget", "0.8kimg", "--out", "out", cwd=folder)
    return folder / "out", done


def test_rows_hold_the_values_that_the_last_step_was_played_with(played):
    out, _ = played
    results = json.loads((out / "results.json").read_text())
    changing, plain = (rows_in(out / run["folder"] / "metrics.jsonl") for run in results["runs"])
    rows = [row for row in changing if row["kind"] == "train"]
    assert len(rows) > 10
    for row in rows:
        images = 16 * (row["step"] - 1)
        falling = 1e-3 + 1e-3 * (1 + math.cos(math.pi * min(images / 400, 1))) / 2
        halflife = 200 * images / 800
        kept = 0.5 ** (16 / halflife) if halflife else 0.0
        assert row["values"] == pytest.approx({"g_optimizer.lr": falling, "schedule.ema.decay": kept}, rel=1e-9)
    assert not any("values" in row for row in plain)
    page = (out / "report.html").read_text()
    assert "Values that change: dcgan:g_optimizer.lr=" in page and "Values that change: dcgan:schedule.ema" not in page


def test_what_the_budget_is_too_short_for_is_said_before_and_below_the_table(played):
    out, done = played
    said = (
        "schedule.ema: the average of the generator's weights is still in its warm-up when the run ends: its decay, "
        "(1 + t) / (10 + t), is 0.8475 after 50 steps, and 0.999 or any higher one gives the same"
    )
    results = json.loads((out / "results.json").read_text())
    changing, plain = results["recipes"].values()
    assert (changing["unreached"], plain["unreached"]) == ([], [said])
    assert f"dcgan:schedule.ema=0.999: {said}." in " ".join(done.stderr.split())
    assert f"dcgan:schedule.ema=0.999: {said}." in " ".join(done.stdout.split())


def test_shares_of_minutes_are_refused(tmp_path):
    done = ganzoo_here("bench", f"dcgan:{FALLING}", *OPTIONS, "--budget", "1min", cwd=tmp_path, check=False)
    assert done.returncode == 2
    assert "g_optimizer.lr: it changes by shares of the budget, which has no number of images" in done.stderr
