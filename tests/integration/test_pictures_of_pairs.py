"""A run of a game whose samples belong to something given: its pictures, and what ganzoo sample writes of it."""

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from small_benches import specs, start_run

from ganzoo.bench.results.run_files.spec import RunSpec
from ganzoo.bench.runs.evaluation.loaded import LoadedGenerator
from ganzoo.bench.runs.evaluation.pictures import interpolations_of, picture_of
from ganzoo.cli import cli
from ganzoo.drawing import description_of
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The folder of a run of two steps, on left halves of digits."""
    folder = tmp_path_factory.mktemp("pairs")
    asked = {"dataset": "digits", "modality": "left-half", "extractor": "none", "samples": None, "hold_out": 0.05}
    (spec,) = specs("pix2pix", kimg=0.008, overrides=("schedule.batch=4",), **asked)
    start_run(folder, spec).play()
    return folder


def session_of(run, **how):
    return LoadedGenerator(run, RunSpec.read(run), load_zoo(third_party=False), Cache.open(), **how)


def test_a_picture_shows_given_made_and_true_of_the_rows_held_out(run):
    session = session_of(run, needs_data=True)
    held_out = session.held_out["x"]
    n = len(held_out)
    assert 80 < n < 100  # of 1,797
    real, y = session.real(n + 3), session.conditions_shown(n + 3)
    assert torch.equal(real[:n], held_out) and torch.equal(real[n:], held_out[:3])
    assert torch.equal(y, session.modality.condition({"x": real}))
    assert description_of(picture_of(session)) == "shows given | made | true, side by side"
    assert interpolations_of(session) is None, "it has no latents"


def test_what_is_written_of_it_are_the_samples_of_those_rows(run, tmp_path):
    session = session_of(run, needs_data=True)
    done = CliRunner().invoke(cli, ["sample", str(run), "--out", str(tmp_path / "x.npz"), "--n", "70"])
    assert done.exit_code == 0, done.output
    with np.load(tmp_path / "x.npz") as arrays:
        assert sorted(arrays.files) == ["x", "y"]
        assert np.array_equal(arrays["y"], session.conditions_shown(70).numpy())
        assert np.array_equal(arrays["x"][:64], session.pictures(64).numpy())
