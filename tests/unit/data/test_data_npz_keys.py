import numpy as np
import pytest
from image_files import Registry

from ganzoo import data
from ganzoo.data.image_sets.npz_keys import Header, choose
from ganzoo.errors import DataError
from ganzoo.storage.cache import Cache

RNG = np.random.default_rng(0)
X = RNG.integers(0, 256, (6, 8, 8), dtype=np.uint8)
Y = np.array([0, 1, 2, 0, 1, 2])
TEST = X[:2] ^ 255


@pytest.fixture
def read(tmp_path, said):
    def run(part="", **arrays):
        np.savez(tmp_path / "set.npz", **arrays)
        images = data.resolve(Registry(), f"{tmp_path}/set.npz{part}", cache=Cache(tmp_path / "cache"))
        pixels, labels = data.load_images(images)
        return images, pixels.numpy()[:, 0], None if labels is None else labels.tolist()

    return run


MEDMNIST = {
    "train_images": X,
    "val_images": TEST[:1],
    "test_images": TEST,
    "train_labels": Y[:, None],
    "val_labels": np.array([[0]]),
    "test_labels": np.array([[0], [1]]),
}
KERAS = {"x_test": TEST, "x_train": X, "y_train": Y.astype(np.uint8), "y_test": np.array([0, 1])}


@pytest.mark.parametrize(
    "arrays",
    [
        {"images": X, "labels": Y},
        {"y": Y, "x": X},
        {"X": X, "Y": Y},
        {"image": X, "label": Y},
        {"data": X, "targets": Y},
        {"arr_0": X, "arr_1": Y},
        {"arr_0": Y, "arr_1": X},
        {"arr_0": X, "arr_1": Y[:, None]},
        {"arr_0": X, "labels": Y},
        {"x": X, "y": np.eye(3)[Y]},
        MEDMNIST,
        KERAS,
        {"X_train": X, "Y_train": Y, "X_val": TEST},
    ],
    ids=lambda arrays: "-".join(arrays),
)
def test_the_images_and_labels_to_train_on_are_found(read, arrays):
    images, pixels, labels = read(**arrays)
    assert np.array_equal(pixels, X) and labels == Y.tolist()
    assert images.classes == ("0", "1", "2") and images.counts == (2, 2, 2)


def test_what_is_not_read_is_told(read, said):
    images, _, _ = read(**MEDMNIST)
    assert images.left_out == (
        "the arrays val_images (1, 8, 8), test_images (2, 8, 8), val_labels (1, 1), test_labels (2, 1) "
        "(only train_images and train_labels are used)",
    )
    assert f"left out: {images.left_out[0]}" in said[0]


def test_reference_statistics_beside_unnamed_images_are_told(read):
    images, _, labels = read(arr_0=X, mu=np.zeros(5), sigma=np.zeros((5, 5)))
    assert labels is None and images.left_out == ("the arrays mu (5), sigma (5, 5) (only arr_0 is used)",)


@pytest.mark.parametrize("second", [np.zeros(6), np.zeros(5, int), np.zeros((6, 4), int), TEST])
def test_a_second_unnamed_array_that_is_no_labels_is_told_and_not_used(read, second):
    images, pixels, labels = read(arr_0=X, arr_1=second)
    assert np.array_equal(pixels, X) and labels is None
    assert images.left_out[0].startswith("the array arr_1 (")


def test_volumes_are_told(read):
    images, _, _ = read(images=np.zeros((2, 28, 28, 28), np.uint8))
    assert images.channels == 28 and images.notes == ("of three equal sides the first is taken for 28 channels",)


def test_several_labels_an_image_name_no_classes(read):
    images, _, labels = read(train_images=X, train_labels=np.tile([1, 1, 0], (6, 1)))
    assert labels is None and images.classes == ()
    assert images.notes == ("the labels are rows of 3 numbers, which name no classes: none are used",)


@pytest.mark.parametrize(("arrays", "part"), [(MEDMNIST, "/test"), (KERAS, "/test"), (KERAS, "/Test")])
def test_another_part_is_taken_when_it_is_named(read, arrays, part):
    images, pixels, labels = read(part, **arrays)
    assert np.array_equal(pixels, TEST) and labels == [0, 1]
    assert images.name == f"set-{part[1:].lower()}"


def test_a_part_that_is_not_there_is_refused_with_those_that_are(read):
    with pytest.raises(DataError, match=r"of the part 'dev', only .* or --data set\.npz/train takes one part$"):
        read("/dev", **KERAS)


def test_a_test_part_alone_is_not_trained_on_unasked(read):
    with pytest.raises(DataError, match=r"only 'x_test'; --data set\.npz/test takes one part$"):
        read(x_test=TEST)
    assert np.array_equal(read("/test", x_test=TEST)[1], TEST)


def test_arrays_as_before_win_over_splits():
    headers = {name: Header((6, 8, 8), "u") for name in ("x_train", "arr_0", "x", "images")}
    assert choose(headers, "'s'").images == "images"
    del headers["images"]
    assert choose(headers, "'s'").images == "x"
    del headers["x"]
    assert choose(headers, "'s'").images == "arr_0"
    del headers["arr_0"]
    assert choose(headers, "'s'").images == "x_train"
