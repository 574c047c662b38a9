"""Images that nothing is trained on: a dataset's own, or cut from the training images."""

import gzip
import hashlib
import json
from functools import partial

import numpy as np
import pytest
from ganzoo_plugins.cifar.dataset import Cifar10, Cifar100
from ganzoo_plugins.digits.dataset import Digits
from ganzoo_plugins.mixtures.dataset import Grid, Ring
from ganzoo_plugins.mnist.dataset import FashionMnist, Mnist
from ganzoo_plugins.mnist.stacked import StackedMnist
from hypothesis import given
from hypothesis import strategies as st
from image_files import Entry, Registry, fill, make_tar, png
from local_server import CONTENT, no_network, serving

from ganzoo import data
from ganzoo.data import DataSet, named
from ganzoo.data.hold_out import cut
from ganzoo.errors import DataError
from ganzoo.interfaces.data import Dataset, File, Images
from ganzoo.storage.cache import Cache
from ganzoo.storage.download import fetch


class Few(StackedMnist):
    count, held_out_count = 50, 30


class Changed(Dataset):
    """Its held-out images are larger than the others."""

    def read(self, paths):
        return Images(np.zeros((2, 1, 4, 4), np.uint8))

    def read_held_out(self, paths):
        return Images(np.zeros((2, 1, 5, 5), np.uint8))


REGISTRY = Registry(
    Entry("mnist", Mnist),
    Entry("fashion-mnist", FashionMnist),
    Entry("stacked-mnist", Few),
    Entry("cifar10", Cifar10),
    Entry("cifar100", Cifar100),
    Entry("digits", Digits),
    Entry("ring", Ring),
    Entry("grid", Grid),
    Entry("changed", Changed),
)


@pytest.fixture
def resolve(tmp_path, said, monkeypatch):
    no_network(monkeypatch)
    cache = Cache(tmp_path / "cache")

    def run(name, folder=None, share=None):
        return data.resolve(REGISTRY, str(name), data_dir=folder, cache=cache, hold_out=share)

    return run


RNG = np.random.default_rng(0)


def mnist_files(folder, prefix, n, name="{}-ubyte"):
    images, labels = RNG.integers(0, 256, (n, 28, 28), dtype=np.uint8), RNG.integers(0, 10, n, dtype=np.uint8)
    for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
        path = folder / name.format(f"{prefix}-{kind}")
        path.parent.mkdir(parents=True, exist_ok=True)
        head = bytes((0, 0, 8, array.ndim)) + np.array(array.shape, ">u4").tobytes()
        path.write_bytes((gzip.compress if path.suffix == ".gz" else bytes)(head + array.tobytes()))
    return images, labels


@pytest.mark.parametrize(
    ("dataset", "name"),
    [
        ("mnist", "{}-ubyte.gz"),
        ("mnist", "MNIST/raw/{}-ubyte"),
        ("fashion-mnist", "FashionMNIST/raw/{}-ubyte.gz"),
        ("fashion-mnist", "{}-ubyte"),
    ],
)
def test_the_test_images_lie_beside_the_training_images(tmp_path, resolve, said, dataset, name):
    mnist_files(tmp_path / "mine", "train", 30, name)
    alone = resolve(dataset, tmp_path / "mine")
    assert alone.held_out is None and said
    said.clear()
    test_images, test_labels = mnist_files(tmp_path / "mine", "t10k", 20, name)
    both = resolve(dataset, tmp_path / "mine")
    assert both.hash == alone.hash and both.n == 30 and not said
    pixels, labels = data.load_images(both.held_out)
    assert np.array_equal(pixels[:, 0], test_images) and labels.tolist() == test_labels.tolist()
    assert both.held_out.classes == both.classes and both.held_out.held_out is None
    assert DataSet.from_json(json.loads(json.dumps(both.to_json()))) == both
    assert resolve(dataset, tmp_path / "mine") == both


def test_what_was_written_before_images_were_held_out_is_still_read(tmp_path, resolve):
    found = resolve("digits")
    old = {key: value for key, value in found.to_json().items() if key != "held_out"}
    assert DataSet.from_json(old) == found and found.held_out is None


def test_a_held_out_part_that_is_nowhere_is_said_in_one_line(tmp_path, resolve, said):
    mnist_files(tmp_path / "mine", "train", 30)
    assert resolve("mnist", tmp_path / "mine").held_out is None
    downloading, line = said
    assert downloading.startswith("downloading t10k-images-idx3-ubyte.gz")
    for part in ("mnist is played without held-out images", "t10k-images-idx3-ubyte.gz", "--hold-out 0.1", "https://"):
        assert part in line
    assert "\n" not in line


def test_a_held_out_part_that_is_damaged_or_of_other_data_is_refused(tmp_path, resolve):
    mnist_files(tmp_path / "mine", "train", 30)
    mnist_files(tmp_path / "mine", "t10k", 20)
    labels = tmp_path / "mine" / "t10k-labels-idx1-ubyte"
    whole = labels.read_bytes()
    labels.write_bytes(whole[:-1])
    with pytest.raises(DataError, match="'t10k-labels-idx1-ubyte' holds less than the 20 bytes"):
        resolve("mnist", tmp_path / "mine")
    labels.write_bytes(whole[:8] + bytes((9, 2, 1, 1, 6, 1, 4, 6, 5, 7)) + whole[18:])
    with pytest.raises(DataError, match="has the labels of Fashion-MNIST, not of MNIST"):
        resolve("mnist", tmp_path / "mine")
    with pytest.raises(DataError, match=r"changed has 2 images of 4x4x1 .* its held-out part has 2 images of 5x5x1"):
        resolve("changed")


def test_stacks_of_the_test_images_are_held_out(tmp_path, resolve):
    mnist_files(tmp_path / "mine", "train", 30)
    test_images, test_labels = mnist_files(tmp_path / "mine", "t10k", 20)
    pixels, labels = data.load_images(resolve("stacked-mnist", tmp_path / "mine").held_out)
    assert pixels.shape == (30, 3, 28, 28)
    which = {image.tobytes(): int(label) for image, label in zip(test_images, test_labels, strict=True)}
    by_hand = [[which[channel.numpy().tobytes()] for channel in image] for image in pixels]
    assert labels.tolist() == [100 * red + 10 * green + blue for red, green, blue in by_hand]


@pytest.mark.parametrize(("name", "dataset"), [("cifar10", Cifar10), ("cifar100", Cifar100)])
@pytest.mark.parametrize("how", ["archive", "folder", "loose"])
def test_cifars_test_images_lie_in_the_same_place(tmp_path, resolve, said, name, dataset, how):
    rows = RNG.integers(0, 256, (7, dataset.label_bytes + 3072), dtype=np.uint8)
    rows[:, : dataset.label_bytes] %= 10
    names = "\n".join(f"class_{index}" for index in range(dataset.count)).encode()
    files = dict.fromkeys(dataset.parts, bytes(2 * rows.shape[1])) | {dataset.names: names}
    (published,) = dataset.files

    def put(folder, files):
        folder.mkdir()
        if how == "archive":
            make_tar(folder / published.name, {f"x/{name}": content for name, content in files.items()}, "w:gz")
        else:
            fill(folder / published.also[0] if how == "folder" else folder, files)
        return folder

    found = resolve(name, put(tmp_path / "with", files | {dataset.test: rows.tobytes()}))
    pixels, labels = data.load_images(found.held_out)
    assert np.array_equal(pixels.flatten(1), rows[:, dataset.label_bytes :])
    assert labels.tolist() == rows[:, dataset.label_bytes - 1].tolist() and not said
    without = resolve(name, put(tmp_path / "without", files))
    assert without.hash == found.hash and without.held_out is None
    assert said == [f"{name} is played without held-out images: its files lack them (--hold-out 0.1 makes some)"]


@pytest.mark.parametrize(("name", "modes"), [("ring", 8), ("grid", 25)])
def test_mixtures_hold_other_points_out(resolve, said, name, modes):
    found = resolve(name)
    trained, _ = data.load_images(found)
    held_out, labels = data.load_images(found.held_out)
    assert (len(trained), len(held_out)) == (100_000, 10_000) and not said
    both = [points.numpy().reshape(-1, 2).view(np.complex64) for points in (trained, held_out)]
    assert not np.isin(both[1], both[0]).any()
    assert labels.bincount(minlength=modes).min() > 300
    assert (held_out.mean(0) - trained.mean(0)).abs().max() < 0.1


def test_the_held_out_part_is_downloaded_likewise(tmp_path, said, monkeypatch):
    with serving("test.bin") as site:

        class Published(Dataset):
            held_out_files = (File("test.bin", site.url, sha256=hashlib.sha256(CONTENT).hexdigest()),)

            def read(self, paths):
                return Images(np.zeros((3, 1, 4, 4), np.uint8))

            def read_held_out(self, paths):
                return Images(np.fromfile(paths["test.bin"], np.uint8, 2 * 16).reshape(2, 1, 4, 4))

        # Bound in the signature, so that nothing from outside can relax it.
        monkeypatch.setitem(named.locate.__kwdefaults__, "get", partial(fetch, plain_loopback=True))
        registry = Registry(Entry("published", Published))
        cache = Cache(tmp_path / "cache")
        found = [data.resolve(registry, "published", cache=cache) for _ in range(2)]
        assert len(site.asked) == 1 and found[0] == found[1]
        assert data.load_images(found[0].held_out)[0].numpy().tobytes() == CONTENT[:32]
        site.asked.clear()
        cut_from_training = data.resolve(registry, "published", cache=cache, hold_out=0.5)
        assert cut_from_training.held_out.n == 2 and not site.asked  # which needs no download


LABELS = np.array([0] * 10 + [1] * 5 + [3] * 4 + [4])


def test_each_class_gives_its_share_and_keeps_its_last_image():
    stays, held_out = cut(20, LABELS, 0.3)
    # 3, 1.5, 1.2 and 0.3 images: 6 in all, the sixth from the class that lacks most of its share
    assert np.bincount(LABELS[held_out]).tolist() == [3, 2, 0, 1]
    assert sorted([*stays, *held_out]) == [*range(20)] and stays.tolist() == sorted(stays)
    stays, held_out = cut(20, LABELS, 0.95)
    assert np.bincount(LABELS[stays]).tolist() == [1, 1, 0, 1, 1]  # 19 of 20 were asked for
    assert cut(5, None, 0.99)[0].shape == (1,)


def test_the_cut_is_the_same_for_ever():
    # Published numbers hang on it; these are by the stream that numpy has promised never to change.
    stays, held_out = cut(10, None, 0.3)
    assert held_out.tolist() == [2, 8, 4] and stays.tolist() == [0, 1, 3, 5, 6, 7, 9]


@given(st.lists(st.integers(0, 6), min_size=1, max_size=60), st.floats(0.01, 0.99), st.booleans())
def test_every_cut_is_a_partition_of_the_right_size(labels, share, labelled):
    labels = np.array(labels)
    n, sizes = len(labels), np.bincount(labels)
    stays, held_out = cut(n, labels if labelled else None, share)
    assert sorted([*stays, *held_out]) == [*range(n)]
    if not labelled:
        assert len(held_out) == min(round(share * n), n - 1)
        return
    taken = np.bincount(labels[held_out], minlength=len(sizes))
    assert (taken <= np.maximum(sizes - 1, 0)).all() and (np.abs(taken - sizes * share) < 2).all()
    if (taken < sizes - 1)[sizes > 0].all():
        assert len(held_out) == round(n * share)


def test_the_first_held_out_images_are_a_sample_of_all():
    labels = np.repeat(np.arange(10), 100)  # as in a folder with a class after the other
    _, held_out = cut(1000, labels, 0.2)
    assert np.bincount(labels[held_out[:50]], minlength=10).min() >= 1


def test_what_is_left_goes_by_another_name_and_hash(resolve):
    whole, found = resolve("digits"), resolve("digits", share=0.1)
    assert (found.name, found.n, found.held_out.n) == ("digits-minus-0.1", 1617, 180)
    assert found.hash != whole.hash and found.extractor == "digits" and found.classes == whole.classes
    assert resolve("digits", share=0.1) == found != resolve("digits", share=0.2)
    pixels, labels = data.load_images(found)
    rest, rest_labels = data.load_images(found.held_out)
    every, _ = data.load_images(whole)
    assert sorted(image.numpy().tobytes() for image in (*pixels, *rest)) == sorted(i.numpy().tobytes() for i in every)
    assert rest_labels.bincount().tolist() == [18] * 10
    assert (labels.bincount() + rest_labels.bincount()).tolist() == data.load_images(whole)[1].bincount().tolist()
    assert "without the 180 held out" in found.source


def test_a_share_replaces_the_datasets_own_part(resolve):
    own, found = resolve("ring"), resolve("ring", share=0.25)
    assert (found.name, found.n, found.held_out.n, found.points) == ("ring-minus-0.25", 75_000, 25_000, True)
    assert found.held_out.hash != own.held_out.hash and found.metrics == own.metrics and found.samples == own.samples


def test_images_at_a_path_are_cut_as_well(tmp_path, resolve):
    folder = fill(tmp_path / "set", {f"{index}.png": png(index) for index in range(10)})
    found = resolve(folder, share=0.2)
    assert (found.name, found.n, found.held_out.n) == ("set-minus-0.2", 8, 2)
    assert data.load_images(found.held_out)[1] is None
    with pytest.raises(DataError, match=r"a share of 0\.01 of the 10 images of 8x8x3 of set is no image at all"):
        resolve(folder, share=0.01)


@pytest.mark.parametrize("share", [0, 1, -0.1, 1.5, float("nan")])
def test_a_share_that_is_none_is_refused(resolve, share):
    with pytest.raises(DataError, match="must lie between 0 and 1"):
        resolve("digits", share=share)
