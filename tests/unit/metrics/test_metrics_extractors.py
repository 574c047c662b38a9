import json

import numpy as np
import pytest
import safetensors.torch
import tiny_extractor
import torch
from ganzoo_plugins.digits.dataset import Digits
from ganzoo_plugins.digits.extractor import DigitsExtractor
from ganzoo_plugins.fidelity.inception_score import InceptionScore
from ganzoo_plugins.mnist.extractor import MnistExtractor
from safetensors import safe_open

from ganzoo.errors import SetupError

BOTH = pytest.mark.parametrize("extractor", [DigitsExtractor, MnistExtractor])


@pytest.fixture(scope="module")
def real():
    found = Digits().read({})
    return torch.from_numpy(found.pixels), torch.from_numpy(found.labels)


def _made(extractor):
    with safe_open(extractor.weights_path(None), "pt") as file:
        return json.loads(file.metadata()["made"])


def _right(extractor, pixels, labels):
    with torch.no_grad():
        return float((extractor(pixels)["logits"].argmax(1) == labels).double().mean())


def test_the_digits_extractor_is_right_on_the_fifth_of_each_class_that_was_held_out(real):
    pixels, labels = real
    held_out = np.concatenate([np.flatnonzero(labels.numpy() == label)[::5] for label in range(10)])
    made = _made(DigitsExtractor)
    assert made["n"] == len(held_out) == 364
    assert made["trained_on"] == 1797 - 364
    found = _right(DigitsExtractor(), pixels[held_out], labels[held_out])
    assert found >= 0.97
    assert found == pytest.approx(made["accuracy"], abs=0.003)


def test_the_mnist_extractor_says_how_often_it_is_right_on_the_test_images():
    made = _made(MnistExtractor)
    assert made["accuracy"] >= 0.99
    assert (made["n"], made["trained_on"]) == (10_000, 60_000)


def test_the_mnist_extractor_reads_digits_that_it_never_saw(real):
    # MNIST leaves a margin around its digits; the other set's fill their frame.
    pixels, labels = real
    framed = torch.nn.functional.pad(pixels[:500], (2, 2, 2, 2))
    assert _right(MnistExtractor(), framed, labels[:500]) > 0.7


@BOTH
def test_the_shipped_file_is_small_and_says_where_it_comes_from(extractor):
    path = extractor.weights_path(None)
    assert path.stat().st_size < 300_000
    made = _made(extractor)
    assert made["script"] == "benchmarks/train_extractor.py"
    assert {"seed", "data", "torch"} < set(made)
    assert len(made["data_sha256"]) == 64


def test_the_features_have_the_scale_that_is_stated(real):
    pixels, labels = real
    held_out = np.concatenate([np.flatnonzero(labels.numpy() == label)[::5] for label in range(10)])
    rest = np.setdiff1d(np.arange(1797), held_out)
    with torch.no_grad():
        features = DigitsExtractor()(pixels[rest])["features"].double()
    assert float(features.var(dim=0).sum()) == pytest.approx(100, rel=1e-3)


def test_the_real_digits_have_nearly_the_highest_score_there_is(real):
    metric = InceptionScore()
    with torch.no_grad():
        seen = DigitsExtractor()(real[0])
    assert 9.6 < metric.compare(metric.summarise(seen), {}) <= 10


@BOTH
def test_images_of_any_size_and_colour_give_64_features_and_10_logits(extractor):
    network = extractor()
    assert network.weights is None
    assert not network.training
    for size, channels in ((8, 1), (28, 3), (32, 1), (10, 3)):
        with torch.no_grad():
            seen = network(tiny_extractor.images(5, size=size, channels=channels))
        assert seen["features"].shape == (5, 64)
        assert seen["logits"].shape == (5, 10)
        assert seen["features"].dtype == seen["logits"].dtype == torch.float32


@BOTH
def test_colour_is_averaged_and_enlarged_images_are_shrunk_again(extractor):
    network = extractor()
    grey = tiny_extractor.images(20, size=network.size, channels=1)
    colour = grey.repeat(1, 3, 1, 1)
    large = grey.repeat_interleave(4, 2).repeat_interleave(4, 3)
    with torch.no_grad():
        seen, coloured, shrunk = (network(x)["features"] for x in (grey, colour, large))
    torch.testing.assert_close(coloured, seen, rtol=1e-4, atol=1e-4)
    spread = (seen - seen.mean(0)).norm(dim=1).mean()
    assert (shrunk - seen).norm(dim=1).mean() < 0.5 * spread


@BOTH
def test_a_weights_file_of_another_network_is_refused(extractor, tmp_path):
    path = tmp_path / "other.safetensors"
    safetensors.torch.save_file({"a": torch.zeros(2)}, path)
    with pytest.raises(SetupError, match=r"other\.safetensors does not hold the weights of the extractor"):
        extractor(path)
    path.write_bytes(b"nothing")
    with pytest.raises(SetupError, match=r"other\.safetensors"):
        extractor(path)
