"""Data of any modality: checked, kept by the field, found again, and held out."""

import hashlib
import json
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
import torch
from image_files import Entry, Registry

from ganzoo import data
from ganzoo.data import DataSet
from ganzoo.data.packed import Decoded, Source, pack
from ganzoo.errors import DataError, PluginError
from ganzoo.interfaces.data import Dataset, Images
from ganzoo.interfaces.modality import Modality, Rows, Shuffled
from ganzoo.storage.cache import Cache


@dataclass(frozen=True)
class Pairs(Modality):
    """Two sides that are dealt apart, and a list of all names."""

    scale: float = 2.0
    names: tuple[str, ...] = ("a", "b")
    name: ClassVar[str] = "pairs-of-rows"
    whole: ClassVar[frozenset[str]] = frozenset({"names"})

    def offers(self, *, conditional):
        return {}

    def play(self, row, *, flips, rng, noise=None):
        return row["x"], None

    def example(self, n=2):
        return {"x": torch.zeros(n, 3)}

    def deal(self, fields, seed):
        by = {"x": "left", "y": "left", "right": "right", "names": "names"}
        return Shuffled({name: len(tensor) for name, tensor in fields.items()}, seed, by)


X = np.arange(30, dtype=np.float32).reshape(10, 3)
FIELDS = {
    "x": X,
    "y": np.arange(10, dtype=np.int64) % 2,
    "right": np.arange(20, dtype=np.uint8).reshape(20, 1),
    "names": np.arange(2, dtype=np.int64),
}
CLASSES = ("even", "odd")


def rows(**changed):
    return Rows(Pairs(), FIELDS | changed, CLASSES)


class Given(Dataset):
    def read(self, paths):
        return rows()


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


@pytest.fixture
def registry():
    return Registry(Entry("some", Given), Entry("pairs-of-rows", Pairs))


def test_fields_are_kept_and_loaded_as_they_are(registry, cache):
    found = data.resolve(registry, "some", cache=cache)
    assert (found.n, found.modality_name, found.counts) == (10, "pairs-of-rows", (5, 5))
    assert found.values == {"scale": 2.0, "names": ["a", "b"]}
    assert {path.name for path in found.folder.iterdir()} == {f"{name}.npy" for name in FIELDS}
    fields = data.load(found)
    assert {name: tensor.numpy().tobytes() for name, tensor in fields.items()} == {
        name: array.tobytes() for name, array in FIELDS.items()
    }
    assert {name: tensor.dtype for name, tensor in fields.items()} == {
        "x": torch.float32,
        "y": torch.int64,
        "right": torch.uint8,
        "names": torch.int64,
    }
    assert found.described == "20 pairs-of-rows" and found.told == "20 pairs-of-rows in 2 classes of 5 each (even, odd)"


def test_the_digest_is_over_the_modality_its_values_and_every_field(registry, cache):
    shapes = {"names": [[2], "int64"], "right": [[20, 1], "uint8"], "x": [[10, 3], "float32"], "y": [[10], "int64"]}
    head = {
        "classes": ["even", "odd"],
        "fields": shapes,
        "modality": "pairs-of-rows",
        "values": {"names": ["a", "b"], "scale": 2.0},
    }
    digest = hashlib.sha256(json.dumps(head).encode() + b"\n")
    for name in ("names", "right", "x", "y"):
        digest.update(FIELDS[name].astype(FIELDS[name].dtype.newbyteorder("<")).tobytes())
    assert data.resolve(registry, "some", cache=cache).hash == digest.hexdigest()


@pytest.mark.parametrize(
    "other",
    [
        Rows(Pairs(scale=3.0), FIELDS, CLASSES),
        Rows(Pairs(), FIELDS, ("odd", "even")),
        rows(right=FIELDS["right"] + 1),
        rows(x=X.astype(np.float64)),
        rows(x=X.reshape(10, 3, 1)),
    ],
    ids=["values", "classes", "content", "type", "shape"],
)
def test_other_content_has_another_digest(other, cache):
    hashes = {pack(Source("s", "e", "t", None, lambda one=one: Decoded(one)), cache).hash for one in (rows(), other)}
    assert len(hashes) == 2


def test_the_record_survives_json_and_gives_the_modality_again(registry, cache):
    found = data.resolve(registry, "some", cache=cache, hold_out=0.5)
    again = DataSet.from_json(json.loads(json.dumps(found.to_json())))
    assert again == found and again.held_out == found.held_out is not None
    assert again.modality(registry) == Pairs()


def test_a_known_fingerprint_is_not_read_again(cache, said):
    read = []

    def source():
        return Source(
            "s", "e", "t", "f" * 64, lambda: read.append(1) or Decoded(rows(), ("one",), ("note",), ("left",))
        )

    first, second = pack(source(), cache), pack(source(), cache)
    assert read == [1] and first == second
    assert said == 2 * ["t: note", "t: left out: left", "t: 1 bad image left out, the first: one"]
    assert (second.skipped, second.notes, second.left_out) == (("one",), ("note",), ("left",))


@pytest.mark.parametrize("damage", ["changed", "gone"])
def test_damaged_files_are_made_anew(cache, damage):
    source = Source("s", "e", "t", "f" * 64, lambda: Decoded(rows()))
    found = pack(source, cache)
    file = found.folder / "right.npy"
    if damage == "gone":
        file.unlink()
        with pytest.raises(DataError, match=r"the decoded rows of s in .* are gone or damaged .*; repeat the command"):
            data.load(found)
    else:
        file.write_bytes(file.read_bytes()[:-1] + b"\xff")
    assert data.load(pack(source, cache))["right"].numpy().tobytes() == FIELDS["right"].tobytes()


def test_what_is_dealt_together_is_held_out_together(registry, cache):
    found = data.resolve(registry, "some", cache=cache, hold_out=0.2)
    rest, out = data.load(found), data.load(found.held_out)
    assert {name: (len(rest[name]), len(out[name])) for name in FIELDS} == {
        "x": (8, 2),
        "y": (8, 2),
        "right": (16, 4),
        "names": (2, 2),
    }
    for part in (rest, out):  # y is the parity of the row's number, which x begins with three times
        assert torch.equal(part["y"], (part["x"][:, 0] / 3).long() % 2)
    assert sorted(torch.cat([rest["x"], out["x"]])[:, 0].tolist()) == X[:, 0].tolist()
    assert sorted(torch.cat([rest["right"], out["right"]])[:, 0].tolist()) == list(range(20))
    assert out["y"].bincount().tolist() == [1, 1]


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (Rows(Pairs(), {}), "of no field at all"),
        (Rows(Pairs(), {"../x": X}), "a field named '../x'"),
        (Rows(Pairs(), {"x": np.array(["a"])}), "a field 'x' of <U1"),
        (Rows(Pairs(), {"x": X[:0]}), r"a field 'x' of float32 and shape \(0, 3\)"),
        (rows(x=np.where(X == 4, np.nan, X)), "1 of the 10 rows of field 'x' hold NaN"),
        (rows(y=FIELDS["y"] + 1), "label 2 is none of the 2 classes"),
        (rows(y=FIELDS["y"].astype(float)), "no field 'y' of one int64"),
    ],
)
def test_what_cannot_be_kept_is_refused(broken, message, cache):
    with pytest.raises(DataError, match=message):
        pack(Source("s", "e", "some data", None, lambda: Decoded(broken)), cache)


def test_a_modality_of_other_things_than_plain_values_is_refused(cache):
    broken = Rows(Pairs(names={"a": 1}), FIELDS, CLASSES)
    with pytest.raises(PluginError, match="modality 'pairs-of-rows' holds a dict in 'names'"):
        pack(Source("s", "e", "some data", None, lambda: Decoded(broken)), cache)


def test_images_that_come_as_rows_are_the_images_of_version_1(cache):
    @dataclass(frozen=True)
    class Pictures(Pairs):
        name: ClassVar[str] = "images"

    pixels = np.arange(32, dtype=np.uint8).reshape(2, 1, 4, 4)
    given = Rows(Pictures(), {"x": pixels, "y": np.array([0, 1])}, CLASSES), Images(pixels, np.array([0, 1]), CLASSES)
    first, second = (pack(Source("s", "e", "t", None, lambda one=one: Decoded(one)), cache) for one in given)
    assert first == second and "modality" not in first.to_json()
    assert [*first.to_json()][:8] == ["name", "folder", "hash", "n", "channels", "height", "width", "classes"]


@pytest.mark.parametrize("option", ["size", "grey_to_rgb"])
def test_fitting_is_for_images(registry, cache, option):
    fitting = data.Fitting.asked(**{option: {"size": 8, "grey_to_rgb": True}[option]})
    with pytest.raises(DataError, match="are for images, and these are pairs-of-rows; leave them out"):
        data.resolve(registry, "some", cache=cache, fitting=fitting)
