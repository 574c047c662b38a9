"""Arrays of a program, read back as runs read them."""

import numpy as np
import pytest
import torch

from ganzoo import data
from ganzoo.api.runs.given import placed
from ganzoo.errors import DataError
from ganzoo.interfaces import Rows
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (12, 1, 8, 8), dtype=np.uint8)
COLOUR = RNG.integers(0, 256, (6, 3, 8, 8), dtype=np.uint8)


@pytest.fixture
def read(tmp_path):
    cache, registry = Cache(tmp_path / "cache"), load_zoo(third_party=False).registry

    def read(given):
        images = data.resolve(registry, placed(given, cache), cache=cache)
        return (images, *data.load_images(images))

    return read


WIDE = RNG.integers(0, 256, (5, 3, 8, 16), dtype=np.uint8)


@pytest.mark.parametrize("pixels", [GREY, COLOUR, WIDE], ids=["grey", "colour", "wide"])
@pytest.mark.parametrize("form", [lambda x: x, torch.from_numpy, lambda x: torch.from_numpy(x)[:, :, :]])
def test_they_are_what_runs_read(read, pixels, form):
    images, found, labels = read(form(pixels))
    assert torch.equal(found, torch.from_numpy(pixels))
    assert labels is None
    assert (images.name, images.classes) == ("array", ())


@pytest.mark.parametrize("form", [np.asarray, torch.tensor, lambda y: torch.tensor(y, dtype=torch.int32)])
def test_with_labels(read, form):
    given = [0, 2, 1, 0, 2, 1]
    images, found, labels = read((COLOUR, form(given)))
    assert torch.equal(found, torch.from_numpy(COLOUR))
    assert labels.tolist() == given
    assert len(images.classes) == 3


def test_a_view_is_read_as_it_is(read):
    """In memory the images are strided, and of every second row of a batch."""
    strided = torch.from_numpy(np.ascontiguousarray(COLOUR.transpose(0, 2, 3, 1))).permute(0, 3, 1, 2)[::2]
    assert torch.equal(read(strided)[1], torch.from_numpy(COLOUR[::2]))


def test_equal_contents_lie_in_one_place_and_others_in_another(tmp_path):
    cache = Cache(tmp_path)
    places = [placed(one, cache) for one in (GREY, torch.from_numpy(GREY), GREY + 1, (GREY, np.zeros(12, dtype=int)))]
    assert places[0] == places[1]
    assert len(set(places)) == 3


def test_names_and_paths_stay(tmp_path):
    assert placed("digits", Cache(tmp_path)) == "digits"
    assert placed(tmp_path, Cache(tmp_path)) == str(tmp_path)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (torch.zeros(2, 3, 8, 8), r"float32, where uint8.*127\.5"),
        (np.zeros((2, 8, 8), dtype=np.uint8), r"shape \(2, 8, 8\), where \(N, C, H, W\)"),
        (np.zeros((2, 8, 8, 3), dtype=np.uint8), r"8 channels.*permute\(0, 3, 1, 2\)"),
        (np.zeros((0, 3, 8, 8), dtype=np.uint8), r"shape \(0, 3, 8, 8\)"),
        ((GREY, np.zeros(11, dtype=int)), "12 images and 11 labels"),
        ((GREY, np.full(12, -1)), "whole numbers from 0"),
        ((GREY, np.zeros(12)), "float64 of shape"),
        ((GREY, GREY, GREY), "a tuple of 3"),
        ([[1, 2], [3, 4]], "the images are list"),
        (7, "the images are int"),
    ],
)
def test_anything_else_is_refused_in_a_sentence(tmp_path, given, said):
    with pytest.raises(DataError, match=said):
        placed(given, Cache(tmp_path))


def test_large_labels_are_named_by_those_that_occur(read):
    labels = np.array([7, 10**15] * 6)
    images, _, found = read((GREY, labels))
    assert images.classes == ("7", "1000000000000000") and found.tolist() == [0, 1] * 6


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (torch.zeros(2, 1, 8, 8, dtype=torch.bfloat16), "bfloat16"),
        (torch.zeros(2, 1, 8, 8, dtype=torch.uint8, device="meta"), "meta tensor.*give a dense tensor of the CPU"),
        ((GREY, np.full(12, 2**63, dtype=np.uint64)), "whole numbers from 0"),
    ],
)
def test_tensors_that_hold_no_images_or_labels_are_one_sentence(read, given, said):
    with pytest.raises(DataError, match=said):
        read(given)


def test_rows_of_any_modality(read, tmp_path):
    registry = load_zoo(third_party=False).registry
    table = registry.get("modality", "table").load()()
    x = torch.tensor([[0.5, 0.0], [-1.0, 2.0], [1.0, 1.0]])
    given = Rows(table, {"x": x, "y": np.arange(3)})
    cache = Cache(tmp_path / "cache")
    assert placed(given, cache) == placed(given, cache)
    found = data.resolve(registry, placed(given, cache), cache=cache)
    assert (found.name, found.modality_name, found.n) == ("rows", "table", 3)
    assert found.modality(registry) == table
    fields = data.load(found)
    assert torch.equal(fields["x"], x) and fields["y"].tolist() == [0, 1, 2]


def test_rows_of_images_are_images(read):
    images = load_zoo(third_party=False).registry.get("modality", "images").load()
    found, pixels, labels = read(Rows(images(8, 1, 3), {"x": GREY, "y": np.arange(12) % 3}, ("0", "1", "2")))
    assert torch.equal(pixels, torch.from_numpy(GREY)) and labels.tolist() == [0, 1, 2] * 4
    assert found.hash == read((GREY, np.arange(12) % 3))[0].hash


def test_rows_that_are_broken_are_refused(tmp_path):
    table = load_zoo(third_party=False).registry.get("modality", "table").load()()
    with pytest.raises(DataError, match="hold NaN"):
        placed(Rows(table, {"x": torch.full((2, 2), torch.nan)}), Cache(tmp_path))
    with pytest.raises(DataError, match="the rows of field 'x' are list"):
        placed(Rows(table, {"x": [[1.0, 2.0]]}), Cache(tmp_path))
