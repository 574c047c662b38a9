import json

import numpy as np
import pytest
from image_files import Registry, fill, make_zip, picture, png

from ganzoo import data
from ganzoo.errors import DataError
from ganzoo.storage.cache import Cache

# As dataset_tool.py of NVlabs/stylegan2-ada-pytorch and stylegan3 names them, in folders of 1,000.
NAMES = [f"{index // 4:05d}/img{index:08d}.png" for index in range(12)]
IMAGES = {name: png(index) for index, name in enumerate(NAMES)}
LABELS = [index % 3 for index in range(12)]


@pytest.fixture
def read(tmp_path, said):
    def run(files, how="zip", part=""):
        path = make_zip(tmp_path / "set.zip", files) if how == "zip" else fill(tmp_path / "set", files)
        images = data.resolve(Registry(), f"{path}{part}", cache=Cache(tmp_path / "cache"))
        pixels, labels = data.load_images(images)
        expected = [np.asarray(picture(index)).transpose(2, 0, 1) for index in range(images.n)]
        assert np.array_equal(pixels.numpy(), expected)
        return images, None if labels is None else labels.tolist()

    return run


def table(labels, *, names=NAMES):
    return json.dumps(
        {"labels": None if labels is None else [[n, v] for n, v in zip(names, labels, strict=True)]}
    ).encode()


@pytest.mark.parametrize("how", ["zip", "folder"])
@pytest.mark.parametrize("above", ["", "photos/"])
def test_the_labels_of_the_file_are_the_classes(read, how, above):
    files = {above + name: image for name, image in (IMAGES | {"dataset.json": table(LABELS)}).items()}
    images, labels = read(files, how)
    assert labels == LABELS and images.classes == ("0", "1", "2") and images.counts == (4, 4, 4)
    assert images.notes == (f"the classes are those of {above}dataset.json, and not the folders",)


def test_without_labels_the_folders_are_no_classes_either(read, said):
    images, labels = read(IMAGES | {"dataset.json": table(None)})
    assert labels is None and images.classes == ()
    assert "dataset.json holds no labels, so there are no classes, and folders are not classes either" in said[0]


def test_one_hot_vectors_are_labels(read):
    assert read(IMAGES | {"dataset.json": table(np.eye(3)[LABELS].tolist())})[1] == LABELS


def test_other_vectors_name_no_classes(read):
    images, labels = read(IMAGES | {"dataset.json": table(np.random.default_rng(0).normal(size=(12, 25)).tolist())})
    assert labels is None
    assert images.notes == ("the labels in dataset.json are vectors of 25 numbers, which name no classes",)


def test_whole_numbers_that_are_written_as_fractions_and_gaps(read):
    images, labels = read(IMAGES | {"dataset.json": table([5.0 + 3 * value for value in LABELS])})
    assert labels == LABELS and images.classes == ("5", "8", "11")


def test_names_with_backslashes_in_the_file(read):
    assert read(IMAGES | {"dataset.json": table(LABELS, names=[n.replace("/", "\\") for n in NAMES])})[1] == LABELS


def test_one_shard_alone_has_the_labels_of_none(read):
    # dataset.json lies above it, and its own folder is all that was asked for
    assert read(IMAGES | {"dataset.json": table(LABELS)}, part="/00000")[1] is None


@pytest.mark.parametrize("content", [{}, {"labels": {"a": 1}}, {"labels": ["a", "b"]}, [1], {"title": "flickr"}])
def test_a_file_of_another_kind_says_nothing(read, content):
    images, _ = read(IMAGES | {"dataset.json": json.dumps(content).encode()})
    assert images.classes == ("00000", "00001", "00002") and images.notes == ()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (table(LABELS[:-2], names=NAMES[:-2]), "has no label for '00002/img00000010.png', nor for 1 more of 12 images"),
        (table([-1] * 12), "are not one whole number from 0 for each image"),
        (table([0.5] * 12), "are not one whole number from 0 for each image"),
        (table(["cat"] * 12), "are not one whole number from 0 for each image"),
        (table([None] * 12), "are not one whole number from 0 for each image"),
        (table([[1, 0]] * 11 + [[1]]), "are not one whole number from 0 for each image"),
        (table([10**30] * 12), "are not one whole number from 0 for each image"),
        (table([float("nan")] * 12), "are not one whole number from 0 for each image"),
        (b"{", "holds labels as a rule, and is no JSON"),
        (b"\xff\xfe", "holds labels as a rule, and is no JSON"),
        (b"[" * 100_000, "holds labels as a rule, and is no JSON"),
    ],
)
def test_labels_that_cannot_be_used_are_one_sentence(read, content, message):
    with pytest.raises(
        DataError,
        match=rf"^'set.zip': .*dataset\.json'? {message}; (add them|mend it), or take it out, and folders are",
    ):
        read(IMAGES | {"dataset.json": content})
