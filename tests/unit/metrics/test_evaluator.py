import json
import random

import numpy as np
import pytest
import tiny_extractor
import torch
from fidelity_extractor import known_to_torch_fidelity
from tiny_extractor import SEEN, drawing, images, weights_at

from ganzoo import seeds
from ganzoo.errors import MetricError, PluginError, UnknownName
from ganzoo.metrics import Evaluator, MetricColumn
from ganzoo.storage.cache import Cache

pytestmark = pytest.mark.usefixtures("silence")  # nothing here is worth a line to the user

ALL = ["fid", "is", "kid", "precision", "recall"]


@pytest.fixture(scope="module")
def registry():
    return tiny_extractor.registry()


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


@pytest.fixture
def open_judge(registry, cache, tmp_path, monkeypatch):
    monkeypatch.setattr(tiny_extractor.TinyExtractor, "shipped", weights_at(tmp_path / "tiny.safetensors"))

    def opened(metrics=ALL, extractor="tiny", **given):
        return Evaluator.open(registry, extractor, metrics, **{"cache": cache, **given})

    SEEN.clear()
    return opened


@pytest.fixture(scope="module")
def theirs():
    """torch-fidelity's own numbers for 60 generated and 50 real images, under the tiny network."""
    import torch_fidelity
    from torch.utils.data import Dataset

    class Set(Dataset):
        def __init__(self, pixels):
            self.pixels = pixels

        def __len__(self):
            return len(self.pixels)

        def __getitem__(self, at):
            return self.pixels[at]

    with known_to_torch_fidelity("ganzoo-test") as extractor:
        return torch_fidelity.calculate_metrics(
            input1=Set(images(60, seed=1)),
            input2=Set(images(50, seed=2)),
            feature_extractor=extractor,
            isc=True,
            fid=True,
            kid=True,
            prc=True,
            kid_subset_size=50,
            cuda=False,
            cache=False,
            save_cpu_ram=True,
            verbose=False,
        )


@pytest.mark.parametrize(
    ("key", "their_key"),
    [
        ("fid", "frechet_inception_distance"),
        ("is", "inception_score_mean"),
        ("kid", "kernel_inception_distance_mean"),
        ("precision", "precision"),
        ("recall", "recall"),
    ],
)
def test_scores_equal_those_of_torch_fidelity(open_judge, theirs, key, their_key):
    evaluator = open_judge()
    reference = evaluator.reference(images(50, seed=2), "real", batch=17)
    ours = evaluator.score(drawing(images(60, seed=1)), 60, reference, batch=25)[key]
    assert ours == pytest.approx(theirs[their_key], rel=1e-6, abs=0)
    assert type(ours) is float
    assert abs(theirs[their_key]) > 0.01  # nothing that any constant would meet


def test_the_extractor_sees_each_image_once_for_all_metrics(open_judge):
    evaluator = open_judge()
    reference = evaluator.reference(images(50, seed=2), "real", batch=20)
    assert SEEN == [20, 20, 10]
    SEEN.clear()
    asked = []

    def draw(k):
        asked.append(k)
        return images(k, seed=len(asked))

    evaluator.score(draw, 45, reference, batch=20)
    assert asked == SEEN == [20, 20, 5]


def test_a_score_repeats_to_the_bit(open_judge):
    evaluator = open_judge()
    reference = evaluator.reference(images(50, seed=2), "real")
    first, second = (evaluator.score(drawing(images(60, seed=1)), 60, reference) for _ in range(2))
    assert first == second


def test_nothing_draws_from_the_global_streams_or_leaves_a_setting_changed(open_judge):
    def state():
        cudnn = torch.backends.cudnn
        return (
            torch.get_rng_state().tolist(),
            str(np.random.get_state()),
            random.getstate(),
            torch.is_grad_enabled(),
            (cudnn.benchmark, cudnn.deterministic),
        )

    before = state()
    evaluator = open_judge()
    evaluator.check(60, 50)
    evaluator.score(drawing(images(60, seed=1)), 60, evaluator.reference(images(50, seed=2), "real"))
    assert state() == before


def test_images_are_seen_in_full_float32_without_gradients(open_judge):
    evaluator = open_judge(["mean"])
    found = {}

    def watch(module, given):
        found.update(
            autocast=torch.is_autocast_enabled("cpu"),
            gradients=torch.is_grad_enabled(),
            deterministic=torch.backends.cudnn.deterministic,
            training=module.training,
            product=(torch.ones(2, 2) @ torch.ones(2, 2)).dtype,
        )
        if torch.__version__ >= "2.9":
            found.update(tf32=torch.backends.cuda.matmul.fp32_precision, conv=torch.backends.cudnn.conv.fp32_precision)

    evaluator.extractor.register_forward_pre_hook(watch)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        evaluator.reference(images(8), "real")
        assert torch.is_autocast_enabled("cpu")
    assert (found["autocast"], found["gradients"], found["deterministic"], found["training"]) == (
        False,
        False,
        True,
        False,
    )
    assert found["product"] == torch.float32
    assert {found.get("tf32", "ieee"), found.get("conv", "ieee")} == {"ieee"}


def test_columns_keep_the_word_fid_for_inception(open_judge):
    evaluator = open_judge(["is", "fid"], "digits")
    assert evaluator.columns == [MetricColumn("is", "IS[digits]", "higher"), MetricColumn("fid", "FD[digits]", "lower")]


def test_weights_of_the_users_own_change_the_title_and_the_identity(open_judge, tmp_path):
    given = weights_at(tmp_path / "given.safetensors", head=torch.ones(12, 5))
    own, other = open_judge(["fid"]), open_judge(["fid"], weights=given)
    assert own.columns[0].label == "FD[tiny]"
    assert other.columns[0].label == f"FD[tiny-{other.identity['sha256'][:8]}]"
    assert own.identity["sha256"] != other.identity["sha256"]
    same = open_judge(["fid"], weights=weights_at(tmp_path / "copy.safetensors"))
    assert same.columns[0].label == "FD[tiny]"


def test_the_identity_says_what_a_number_depends_on(open_judge):
    identity = open_judge(["kid", "is"]).identity
    assert identity["extractor"] == "tiny"
    assert identity["version"] == "7"
    assert identity["torch_fidelity"]
    assert len(identity["sha256"]) == 64
    assert identity["metrics"]["kid"]["max_subset_size"] == 1000
    assert identity["metrics"]["is"]["splits"] == 10
    assert json.loads(json.dumps(identity)) == identity


def test_the_floor_is_the_metric_between_two_random_halves(open_judge):
    evaluator = open_judge(["mean"])
    pixels = images(51, seed=2)
    reference = evaluator.reference(pixels, "real")
    with torch.no_grad():
        first = tiny_extractor.Network()(pixels)[0].double()[:, 0]
    order = torch.randperm(51, generator=torch.Generator().manual_seed(seeds.stream(0, "evaluation")))
    by_hand = first[order[:25]].mean() - first[order[25:50]].mean()
    assert reference.floor == {"mean": pytest.approx(float(by_hand), rel=1e-9)}
    assert abs(float(by_hand)) > 1e-4
    assert (reference.n, reference.floor_n) == (51, 25)
    assert reference.real == {"mean": 0.0}


def test_a_metric_that_needs_more_images_than_half_leaves_the_floor_open(open_judge):
    reference = open_judge(["is", "fid"]).reference(images(30, seed=2), "real")
    assert reference.floor["is"] is None
    assert reference.real["is"] > 1
    assert reference.floor["fid"] > 0


def test_the_reference_is_kept_by_content_not_by_name(open_judge, tmp_path):
    first = open_judge().reference(images(50, seed=2), "real")
    assert SEEN == [50]
    again = open_judge().reference(images(50, seed=2), "real")
    assert SEEN == [50]
    assert (again.n, again.floor, again.real) == (first.n, first.floor, first.real)
    for name, measured in first.measured.items():
        for key, tensor in measured.summary.items():
            assert torch.equal(again.measured[name].summary[key], tensor)

    open_judge().reference(images(50, seed=3), "other")
    assert SEEN == [50, 50]
    given = weights_at(tmp_path / "given.safetensors", head=torch.ones(12, 5))
    open_judge(weights=given).reference(images(50, seed=2), "real")
    assert SEEN == [50, 50, 50]


def test_a_new_version_of_the_extractor_is_another_entry(open_judge, monkeypatch):
    open_judge(["fid"]).reference(images(50, seed=2), "real")
    monkeypatch.setattr(tiny_extractor.TinyExtractor, "version", "8")
    open_judge(["fid"]).reference(images(50, seed=2), "real")
    assert SEEN == [50, 50]


def test_only_missing_metrics_are_computed_and_features_are_kept_once(open_judge, cache):
    open_judge(["kid"]).reference(images(50, seed=2), "real")
    open_judge(["precision", "recall", "kid"]).reference(images(50, seed=2), "real")
    assert len(list((cache.root / "references").iterdir())) == 3
    assert len(list((cache.root / "reference-tensors").iterdir())) == 1


def _flip(path, at):
    content = bytearray(path.read_bytes())
    content[at] ^= 4
    path.write_bytes(content)


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: _flip(next(folder.glob("reference-tensors/*/tensor.safetensors")), -3),
        lambda folder: _flip(next(folder.glob("reference-tensors/*/tensor.safetensors")), 2),
        lambda folder: next(folder.glob("reference-tensors/*/tensor.safetensors")).write_bytes(b""),
        lambda folder: next(folder.glob("reference-tensors/*/tensor.safetensors")).unlink(),
        lambda folder: next(folder.glob("references/*/reference.json")).write_text('{"entry": 3}'),
        lambda folder: next(folder.glob("references/*/reference.json")).write_bytes(b"\xff\x00"),
        lambda folder: next(folder.glob("references/*/reference.json")).unlink(),
    ],
    ids=["bit", "header", "empty tensor", "no tensor", "nonsense", "no text", "no json"],
)
def test_a_damaged_entry_is_computed_again(open_judge, cache, damage):
    first = open_judge(["fid"]).reference(images(50, seed=2), "real")
    damage(cache.root)
    again = open_judge(["fid"]).reference(images(50, seed=2), "real")
    assert SEEN == [50, 50]
    assert again.floor == first.floor
    assert torch.equal(again.measured["fid"].summary["sigma"], first.measured["fid"].summary["sigma"])
    open_judge(["fid"]).reference(images(50, seed=2), "real")
    assert SEEN == [50, 50]


def test_a_number_changed_in_the_cache_is_noticed(open_judge, cache):
    first = open_judge(["fid"]).reference(images(50, seed=2), "real")
    (path,) = cache.root.glob("references/*/reference.json")
    sealed = json.loads(path.read_text())
    sealed["entry"]["floor"] = 0.5
    path.write_text(json.dumps(sealed))
    assert open_judge(["fid"]).reference(images(50, seed=2), "real").floor == first.floor != {"fid": 0.5}


def test_an_entry_under_another_ones_key_is_not_taken(open_judge, cache):
    open_judge(["fid"]).reference(images(50, seed=2), "real")
    (path,) = cache.root.glob("references/*")
    other = open_judge(["fid"]).reference(images(50, seed=3), "other")
    (wanted,) = set(cache.root.glob("references/*")) - {path}
    (wanted / "reference.json").write_bytes((path / "reference.json").read_bytes())
    assert open_judge(["fid"]).reference(images(50, seed=3), "other").floor == other.floor
    assert SEEN == [50, 50, 50]


@pytest.mark.parametrize(
    ("metric", "n_samples", "n_real"),
    [("is", 19, 50), ("fid", 1, 50), ("kid", 1, 50), ("kid", 50, 1), ("precision", 3, 50), ("recall", 50, 3)],
)
def test_too_few_images_are_refused_before_training(open_judge, metric, n_samples, n_real):
    with pytest.raises(MetricError, match=r"at least \d+ images"):
        open_judge([metric]).check(n_samples, n_real)


def test_enough_images_pass_the_check(open_judge):
    open_judge().check(20, 4)
    open_judge().check(50_000, 60_000)


def test_a_score_of_too_few_images_is_an_error(open_judge):
    evaluator = open_judge(["is"])
    reference = evaluator.reference(images(50, seed=2), "real")
    with pytest.raises(MetricError, match="at least 20 images"):
        evaluator.score(drawing(images(12)), 12, reference)
    with pytest.raises(MetricError, match="no images"):
        evaluator.score(drawing(images(12)), 0, reference)


def test_features_that_are_not_finite_are_an_error(open_judge):
    with pytest.raises(MetricError, match="NaN or infinite features for 2 of 20 images"):
        open_judge(["fid"], "blind").reference(images(20), "real", batch=10)


def test_a_number_that_is_not_finite_is_an_error(open_judge):
    evaluator = open_judge(["endless"])
    reference = evaluator.reference(images(20), "real")
    assert reference.floor == {"endless": None}
    with pytest.raises(MetricError, match=r"mean\[tiny\] is (nan|inf): `compare` of .* must give a finite number"):
        evaluator.score(drawing(images(20)), 20, reference)


@pytest.mark.parametrize(
    "draw", [lambda k: images(k).float(), lambda k: images(k)[0], lambda k: images(k + 1)], ids=["dtype", "shape", "n"]
)
def test_draws_that_are_no_images_are_an_error(open_judge, draw):
    evaluator = open_judge(["fid"])
    reference = evaluator.reference(images(20), "real")
    with pytest.raises(MetricError):
        evaluator.score(draw, 8, reference)


def test_an_extractor_without_logits_cannot_serve_the_inception_score(open_judge):
    with pytest.raises(PluginError, match="features-only gives no logits, only features"):
        open_judge(["is"], "features-only").reference(images(20), "real")
    assert open_judge(["fid"], "features-only").reference(images(20), "real").n == 20


def test_what_is_no_extractor_is_refused_by_name(open_judge):
    with pytest.raises(PluginError, match="tiny_extractor:Network as the extractor no-extractor"):
        open_judge(["fid"], "no-extractor")
    with pytest.raises(UnknownName):
        open_judge(["fid"], "no-such")
    with pytest.raises(UnknownName):
        open_judge(["no-such"])
