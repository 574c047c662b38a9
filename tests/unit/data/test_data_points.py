"""Points as data: float32 from the dataset to the turn, unlike images, which are bytes at rest."""

import hashlib

import numpy as np
import pytest
import tiny_players as tiny
import torch
from ganzoo_plugins.images.points import PointModality
from image_files import Entry, Registry

from ganzoo import data
from ganzoo.data import DataSet
from ganzoo.data.feeds import feeding
from ganzoo.data.feeds.feed import ResidentFeed
from ganzoo.data.feeds.feeding import make_feed
from ganzoo.data.feeds.streamed_feed import StreamedFeed
from ganzoo.data.packed import content_hash
from ganzoo.errors import DataError
from ganzoo.interfaces.data import Dataset, Images
from ganzoo.interfaces.order import Order
from ganzoo.recipes.building.build import Parts
from ganzoo.storage.cache import Cache
from ganzoo.training import Trainer

pytestmark = pytest.mark.usefixtures("silence")  # nothing here is worth a line to the user

VALUES = np.array([[0.5, -3.0], [1e-8, 250.0], [-0.0, 7.25]], np.float32)


class Points(Dataset):
    extractor = "tiny"
    metrics = ("modes", "reverse-kl")
    samples = 77

    def read(self, paths):
        return Images(VALUES[:, :, None, None], np.array([0, 1, 1]), ("a", "b"))


class Bytes(Dataset):
    def read(self, paths):
        return Images(np.zeros((2, 1, 1, 1), np.uint8))


@pytest.fixture
def resolve(tmp_path):
    cache = Cache(tmp_path / "cache")
    return lambda dataset: data.resolve(Registry(Entry("some", dataset)), "some", cache=cache)


def test_points_are_kept_and_loaded_as_they_are(resolve):
    found = resolve(Points)
    assert (found.n, found.channels, found.height, found.width) == (3, 2, 1, 1)
    assert found.points and found.point == 2
    pixels, labels = data.load_images(found)
    assert pixels.dtype == torch.float32
    assert pixels.numpy().tobytes() == VALUES.tobytes()  # the sign of zero too
    assert labels.tolist() == [0, 1, 1]


def test_a_datasets_own_metrics_and_samples_come_along(resolve):
    found = resolve(Points)
    assert (found.extractor, found.metrics, found.samples) == ("tiny", ("modes", "reverse-kl"), 77)
    plain = resolve(Bytes)
    assert (plain.extractor, plain.metrics, plain.samples) == ("inception", ("fid", "is"), None)
    assert not plain.points and plain.point == 0  # one grey pixel is an image


def test_a_set_of_points_survives_json(resolve):
    found = resolve(Points)
    assert DataSet.from_json(found.to_json()) == found


def test_what_was_written_before_there_were_points_is_read(resolve):
    found = resolve(Bytes)
    old = {key: value for key, value in found.to_json().items() if key not in ("points", "metrics", "samples")}
    assert DataSet.from_json(old) == found
    assert data.load_images(DataSet.from_json(old))[0].dtype == torch.uint8


@pytest.mark.parametrize(
    ("pixels", "message"),
    [
        (np.zeros((3, 2, 1, 1)), r"float64 of shape \(3, 2, 1, 1\) is neither N images, which are uint8, nor N points"),
        (np.zeros((3, 2, 1, 1), np.float16), "float16 of shape"),
        (np.zeros((3, 2), np.float32), r"shape \(3, 2\) is neither .* which are float32 of shape \(N, C, 1, 1\)"),
        (np.zeros((3, 1, 2, 2), np.float32), r"shape \(3, 1, 2, 2\) is neither"),
        (np.zeros((0, 2, 1, 1), np.float32), r"shape \(0, 2, 1, 1\) is neither"),
        (np.array([[1, np.nan], [np.inf, 1], [1, 2]], np.float32)[:, :, None, None], "2 of the 3 points hold NaN"),
        (np.zeros((3, 2, 1, 1), np.int64), r"int64 of shape \(3, 2, 1, 1\) is not N uint8 images"),
    ],
)
def test_what_is_neither_is_refused_in_one_sentence(resolve, pixels, message):
    class Wrong(Dataset):
        def read(self, paths):
            return Images(pixels)

    with pytest.raises(DataError, match=f"^some, which ships with the plugin a-plugin: .*{message}") as error:
        resolve(Wrong)
    assert "\n" not in str(error.value)


def test_labels_of_points_are_checked_too(resolve):
    class Wrong(Dataset):
        def read(self, paths):
            return Images(VALUES[:, :, None, None], np.array([0, 1, 2]), ("a", "b"))

    with pytest.raises(DataError, match="label 2 is none of the 2 classes"):
        resolve(Wrong)


def test_the_hash_of_points_is_over_their_type_and_bytes():
    images = Images(VALUES[:, :, None, None], np.array([0, 1, 1]), ("a", "b"))
    head = b'{"images": [3, 2, 1, 1], "labels": true, "classes": ["a", "b"], "dtype": "float32"}\n'
    labels = b"".join(label.to_bytes(8, "little") for label in (0, 1, 1))
    assert content_hash(images) == hashlib.sha256(head + VALUES.astype("<f4").tobytes() + labels).hexdigest()


def test_cached_files_of_the_other_kind_are_not_loaded(resolve):
    with pytest.raises(DataError, match="are float32, not of the type of their set"):
        data.load_images(DataSet.from_json(resolve(Points).to_json() | {"points": False}))
    with pytest.raises(DataError, match="are uint8, not of the type of their set"):
        data.load_images(DataSet.from_json(resolve(Bytes).to_json() | {"points": True}))


# -- on the way to the game, and back -----------------------------------------------------------------------------


def test_points_play_as_they_are_in_a_copy():
    points = torch.from_numpy(VALUES[:, :, None, None].copy())
    played, _ = PointModality().play({"x": points}, flips=False, rng=torch.Generator())
    assert torch.equal(played, points)
    played.add_(1)
    assert points.numpy().tobytes() == VALUES.tobytes()


def test_what_was_generated_rests_as_it_is():
    generated = torch.tensor([-7.0, -1.0, 0.0, 0.3, 1.0]).view(5, 1, 1, 1)
    assert torch.equal(PointModality(channels=1).rest(generated), generated)
    assert PointModality(channels=1).rest(generated.double()).dtype == torch.float32


@pytest.mark.parametrize("kind", [ResidentFeed, StreamedFeed])
def test_points_are_dealt_to_the_bit(kind):
    points = torch.randn(23, 2, 1, 1, generator=torch.Generator().manual_seed(0)) * 1e3
    made = kind(PointModality(2), {"x": points}, batch=5, rows={"D": 2, "G": 1}, seed=4, device=torch.device("cpu"))
    for step in range(9):
        made.load({"D": 2 * step, "G": step})
        for turn in (2 * step, 2 * step + 1):
            dealt = made.deal("D", turn)["x"]
            assert dealt.dtype == torch.float32
            assert torch.equal(dealt, points[Order(23, 4).take(5 * turn, 5)])


@pytest.mark.parametrize(("dtype", "kind"), [(torch.uint8, "resident"), (torch.float32, "streamed")])
def test_the_memory_rule_counts_bytes_not_numbers(monkeypatch, dtype, kind):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (400, 1000))
    monkeypatch.setattr(feeding, "ResidentFeed", lambda *given, **more: "resident")
    monkeypatch.setattr(feeding, "StreamedFeed", lambda *given, **more: "streamed")
    images = torch.zeros(100, 2, 1, 1, dtype=dtype)  # 200 numbers: half of what is free, if each is a byte
    assert make_feed(PointModality(2), {"x": images}, device=torch.device("cuda")) == kind


@pytest.mark.parametrize("given", [None, True])
def test_points_are_never_mirrored(given):
    points = torch.randn(40, 2, 1, 1, generator=torch.Generator().manual_seed(0))
    parts = Parts(tiny.ScalarG(), tiny.ScalarD(), tiny.MeanLoss(), [])
    sgd = {"name": "sgd", "lr": 0.1}
    trainer = Trainer(tiny.recipe(None, sgd, sgd, flips=True), parts, points, None, seed=0, flips=given)
    assert trainer.dealer.flips is False
    real, _ = trainer._deal("D")
    assert torch.equal(real, points[Order(40, 0).take(0, 4)])
