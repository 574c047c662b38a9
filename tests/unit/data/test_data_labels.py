import numpy as np
import pytest

from ganzoo.data.image_sets.labels import compact, from_one_hot, of_values


@pytest.mark.parametrize(
    ("values", "indices", "classes", "noted"),
    [
        ([0, 2, 1, 0], [0, 2, 1, 0], ("0", "1", "2"), False),
        ([1, 2, 3, 1], [0, 1, 2, 0], ("1", "2", "3"), True),
        ([0, 99_999, 0], [0, 1, 0], ("0", "99999"), True),
        ([7, 7], [0, 0], ("7",), True),
    ],
)
@pytest.mark.parametrize("dtype", [np.int64, np.uint32, np.uint64])
def test_each_value_that_occurs_is_a_class(values, indices, classes, noted, dtype):
    found, names, notes = of_values(np.array(values, dtype))
    assert found.dtype == np.int64 and found.tolist() == indices
    assert names == classes
    assert bool(notes) == noted


def test_the_note_tells_the_values():
    assert of_values(np.array([0, 99_999]))[2] == [
        "the labels have 2 different values from 0 to 99,999, and each is a class, called by its value"
    ]


def test_a_value_beyond_64_bits_with_a_sign_is_a_class_too():
    found, names, _ = of_values(np.array([2**64 - 1, 0], np.uint64))
    assert found.tolist() == [1, 0] and names == ("0", str(2**64 - 1))


def test_classes_without_an_image_are_left_out_and_told():
    labels, classes, notes = compact(np.array([2, 0, 2]), ("cat", "dog", "eel"))
    assert labels.tolist() == [1, 0, 1] and classes == ("cat", "eel")
    assert notes == ["1 class without an image left out (dog)"]


def test_classes_that_all_have_images_stay_as_they_are():
    labels, classes, notes = compact(np.array([1, 0]), ("cat", "dog"))
    assert labels.tolist() == [1, 0] and classes == ("cat", "dog") and notes == []


def test_one_hot_rows_are_labels():
    labels = np.array([2, 0, 1, 2])
    for dtype in (np.uint8, np.float32, bool):
        assert from_one_hot(np.eye(3)[labels].astype(dtype)).tolist() == labels.tolist()


@pytest.mark.parametrize(
    "rows", [[[1, 1], [0, 1]], [[0, 0], [0, 1]], [[0.5, 0.5]], [[2, -1]], [[1], [1]], [["1", "0"]]]
)
def test_other_rows_are_none(rows):
    assert from_one_hot(np.array(rows)) is None
