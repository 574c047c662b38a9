"""A bench of images that are not square: played, ended early, gone on with, sampled and reported."""

import json
import shutil

import numpy as np
import pytest
from small_benches import SMALL, ganzoo_here

from ganzoo import load
from ganzoo.training.checkpoints import checkpoint

HEIGHT, WIDTH = 16, 8
SMALLER = [word for key in (*SMALL, "schedule.batch=8") for word in ("-o", key)]
QUICK = [
    "--seeds",
    "1",
    "--budget",
    "0.1kimg",
    "--samples",
    "16",
    "--evaluations",
    "2",
    "--device",
    "cpu",
    "--threads",
    "1",
    *SMALLER,
]


def states(bench):
    """The digest of each run's newest checkpoint."""
    newest = {run.parents[1].name: checkpoint.checkpoints(run)[0] for run in bench.glob("*/seed*/checkpoints")}
    return {name: json.loads((at / "manifest.json").read_text())["state.safetensors"] for name, at in newest.items()}


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    """A bench of three recipes; gives where it was made and the words that made it."""
    here = tmp_path_factory.mktemp("here")
    images = np.random.default_rng(0).integers(0, 256, (40, HEIGHT, WIDTH, 3), dtype=np.uint8)
    np.savez(here / "upright.npz", images=images)
    cache = str(tmp_path_factory.mktemp("cache"))
    named = "bench dcgan wgan-gp ssgan --data upright.npz --extractor mnist --metrics fid --out out"
    words = [*named.split(), *QUICK]
    return here, words, cache, ganzoo_here(*words, cwd=here, GANZOO_CACHE=cache)


def test_recipes_play_and_what_needs_squares_is_left_out_in_a_sentence(bench):
    here, _, _, done = bench
    results = json.loads((here / "out" / "results.json").read_text())
    assert [(run["recipe"], run["status"]) for run in results["runs"]] == [
        ("dcgan", "done"),
        ("wgan-gp", "done"),
        ("ssgan", "skipped"),
    ]
    assert "these are 16x8, not square: --size 8 --crop center makes them square" in results["runs"][2]["reason"]
    assert (results["dataset"]["height"], results["dataset"]["width"]) == (HEIGHT, WIDTH)
    assert "40 images of 16x8x3" in done.stderr
    assert "16×8×3" in (here / "out" / "report.html").read_text()


def test_a_run_goes_on_to_the_same_state(bench, tmp_path):
    here, words, cache, _ = bench
    before = states(here / "out")
    shutil.copytree(here / "out", here / "again")
    run = here / "again" / "dcgan" / "seed0"
    newest, earlier, *_ = checkpoint.checkpoints(run / "checkpoints")
    assert newest.name > earlier.name
    shutil.rmtree(newest)
    (run / "result.json").unlink()
    ganzoo_here(*[word if word != "out" else "again" for word in words], cwd=here, GANZOO_CACHE=cache)
    assert states(here / "again") == before and set(before) == {"dcgan", "wgan-gp"}


def test_what_it_trained_draws_rectangles(bench):
    here, *_ = bench
    run = here / "out" / "wgan-gp" / "seed0"
    model = load(run)
    assert model.image_size == (HEIGHT, WIDTH) and model.sample(5).data.shape == (5, 3, HEIGHT, WIDTH)
