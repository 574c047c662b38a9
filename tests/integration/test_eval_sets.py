"""``ganzoo eval`` on the command line: two sets, and a run against its data and against others."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from evaluated_sets import files, mixed
from image_files import fill
from small_benches import ganzoo

import ganzoo as ganzoo_package
from ganzoo.cli import cli


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run of a moment, and what its last evaluation gave."""
    folder = tmp_path_factory.mktemp("bench")
    small = "-o generator.width=4 -o discriminator.width=4 -o schedule.batch=16"
    words = f"bench cgan dcgan --seeds 1 --budget 1kimg --samples 500 --evaluations 1 --device cpu --threads 1 {small}"
    ganzoo(*words.split(), "--quiet", "--replicates", "0", "--out", "bench", cwd=folder)
    results = json.loads((folder / "bench" / "results.json").read_text())
    return {one["recipe"]: (folder / "bench" / one["recipe"] / "seed0", one["metrics"]) for one in results["runs"]}


def called(*words):
    return CliRunner().invoke(cli, ["--no-plugins", "eval", *map(str, words)])


@pytest.mark.parametrize("recipe", ["dcgan", "cgan"])
def test_a_run_against_its_data_gives_its_own_numbers(run, recipe):
    """Unconditional and conditional: the same noise, labels and images as those of its evaluations."""
    folder, metrics = run[recipe]
    done = called(folder, "digits", "--samples", "500", "--device", "cpu", "--json", "--no-pairs")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert {name: one["value"] for name, one in found["metrics"].items()} == metrics
    assert found["generated"]["kind"] == "run"
    alone = called(folder, "--device", "cpu", "--json")
    assert json.loads(alone.stdout)["metrics"] == metrics


def test_another_seed_draws_other_samples(run):
    folder, _ = run["dcgan"]
    words = (folder, "digits", "--samples", "500", "--device", "cpu", "--json", "--no-pairs", "--seed")
    one, again, other = (json.loads(called(*words, seed).stdout)["generated"]["hash"] for seed in (5, 5, 6))
    assert one == again != other


@pytest.mark.parametrize("recipe", ["dcgan", "cgan"])
def test_a_model_is_evaluated_by_its_samples(run, recipe):
    """Equal to the evaluation of the same samples as a tensor."""
    model = ganzoo_package.load(run[recipe][0])
    labels = model.training_labels(300, 3)
    samples = model.sample(300, labels, seed=3, batch=500, noise="drawn").data
    options = {"metrics": ("fid",), "device": "cpu", "pairs": False}
    found = ganzoo_package.evaluate(model, "digits", samples=300, seed=3, **options)
    same = ganzoo_package.evaluate(samples, "digits", **options)
    assert (found["fid"].value, found.generated.hash) == (same["fid"].value, same.generated.hash)
    assert found.generated.kind == "model"


def test_two_folders_are_compared_on_a_terminal(tmp_path):
    fill(tmp_path / "fake", files(mixed(12, seed=1)))
    fill(tmp_path / "real", files(mixed(15, seed=2)))
    done = called(
        tmp_path / "fake", tmp_path / "real", "--extractor", "digits", "--metrics", "fid, kid", "--device", "cpu"
    )
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines[:3]] == ["metric", "FD[digits]@12", "KID[digits]@12"]
    assert any("12 images of 8x8x3 (4), 10x14x3 (4), 16x6x3 (4)" in line for line in lines)
    assert lines[-1].split()[1].endswith(".png")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["SET"], 2, "holds no run: name the real images, too"),
        (["SET", "--replicates", "5"], 2, "--replicates says how two sets are compared; name the real one, too"),
        (["SET", "nowhere"], 2, "is no path, and no data set"),
        (["SET", "digits", "--metrics", "fidd"], 2, "did you mean 'fid'"),
        (["SET", "digits", "--extractor", "ring"], 2, "the extractor ring sees points"),
        (["SET", "digits", "--replicates", "1"], 2, "two|2 random halves"),
        (["SET", "ring"], 2, "not both images"),
        (["SET", "digits", "--extractor-weights", "gone"], 3, "gone does not exist"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(tmp_path, words, code, said):
    np.savez(tmp_path / "set.npz", images=np.zeros((30, 8, 8), np.uint8))
    done = called(*[str(tmp_path / "set.npz") if word == "SET" else word for word in words])
    assert done.exit_code == code, done.output
    assert any(part in done.output for part in said.split("|"))
    assert "Traceback" not in done.output
