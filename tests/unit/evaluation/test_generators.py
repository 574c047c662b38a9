"""Generators that are no runs as the generated side: exported folders, those that ship, and those of the hub."""

import pytest
import tiny_extractor
from click.testing import CliRunner
from evaluated_sets import files, mixed
from exported_models import exportable
from image_files import fill
from local_hub import signed_in_hub

from ganzoo.cli import cli

REAL = tiny_extractor.images(20, seed=9)
FEW = {"samples": 12, "replicates": 0}


def of_samples(model, judged, seed=0):
    """The evaluation of a model's own samples, as a tensor."""
    labels = model.training_labels(12, seed)
    return judged(model.sample(12, labels, seed=seed, batch=500, noise="drawn").data, REAL, replicates=0)


def test_an_exported_folder_is_judged_by_its_samples(tmp_path, judged):
    model = exportable("cgan-pd", channels=3)
    model.export(tmp_path / "mine")
    for seed in (None, 5):
        found, same = judged(tmp_path / "mine", REAL, seed=seed, **FEW), of_samples(model, judged, seed or 0)
        assert (found.generated.hash, found["fid"].value) == (same.generated.hash, same["fid"].value)
    assert found.generated.kind == "model"
    assert found.generated.source == f"{tmp_path / 'mine'} (cgan-pd, seed 5 of the noise)"


def test_samples_are_fitted_like_any_other_set(judged):
    model = exportable("cgan-pd", channels=3, size=16)
    samples = model.sample(12, model.training_labels(12, 0), seed=0, batch=500, noise="drawn").data
    fitting = {"size": 9, "crop": "none", "pairs": False}
    found, same = judged(model, REAL, **fitting, **FEW), judged(samples, REAL, **fitting)
    assert (found.generated.hash, found["fid"].value) == (same.generated.hash, same["fid"].value)
    assert found.generated.sizes == "9x9x3" and found.generated.name == "cgan-pd-9-none"
    assert "20 images were smaller and are enlarged" in found.real.notes and len(found.generated.notes) == 1


def test_a_generator_of_the_hub_is_judged(tmp_path, judged, monkeypatch):
    pytest.importorskip("huggingface_hub")
    model = exportable("dcgan", channels=3)
    monkeypatch.setattr("warnings.warn", lambda *told, **more: None)  # of the library, about its own HTTP client
    with signed_in_hub(tmp_path, monkeypatch):
        model.push_to_hub("me/mine")
        found = judged("hf://me/mine", REAL, **FEW)
    assert found.generated.hash == of_samples(model, judged).generated.hash
    assert found.generated.source == "hf://me/mine (dcgan, seed 0 of the noise)"


def test_one_that_ships_is_judged_by_name_unless_a_folder_has_that_name(tmp_path, judged, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = judged("digits-dcgan", "digits", extractor="pixels", **FEW).generated
    assert (found.kind, found.n, found.sizes) == ("model", 12, "8x8x1")
    fill(tmp_path / "digits-dcgan", files(mixed(9)))
    found = judged("digits-dcgan", REAL, replicates=0).generated
    assert (found.kind, found.n) == ("folder", 9)


def test_the_command_judges_a_generator_and_asks_for_real_images(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["eval", "ring-ns-gan", "ring", "--samples", "500", "--replicates", "0", "--no-pairs", "--device", "cpu"]
    done = CliRunner().invoke(cli, ["--no-plugins", *words])
    assert done.exit_code == 0, done.output
    (modes,) = [line for line in done.stdout.splitlines() if line.startswith("modes")]
    assert modes.split()[1] == "8"
    alone = CliRunner().invoke(cli, ["--no-plugins", "eval", "ring-ns-gan"])
    assert alone.exit_code == 2
    assert alone.stderr == (
        "Error: ring-ns-gan has no data of its own here: name the real images, too: ganzoo eval ring-ns-gan REAL\n"
    )
