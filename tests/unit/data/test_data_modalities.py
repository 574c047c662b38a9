"""Modalities asked for data: the images first, then whichever reads a path, and one that takes data of another."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import torch
from image_files import Entry, Registry, fill, png

from ganzoo import data
from ganzoo.errors import DataError, PluginError, UnknownName
from ganzoo.interfaces.data import Dataset, Images
from ganzoo.interfaces.modality import Modality, Rows
from ganzoo.storage.cache import Cache


@dataclass(frozen=True)
class Numbers(Modality):
    """Lines of numbers in a file ``.txt``."""

    length: int = 2
    name: ClassVar[str] = "numbers"
    extractor: ClassVar[str] = "sums"
    metrics: ClassVar[tuple[str, ...]] = ("mean",)
    asked: ClassVar[list[Path]] = []

    def offers(self, *, conditional):
        return {"length": self.length}

    def play(self, row, *, flips, rng, noise=None):
        return row["x"], None

    def example(self, n=2):
        return {"x": torch.zeros(n, self.length)}

    @classmethod
    def read(cls, path):
        cls.asked.append(path)
        if path.suffix != ".txt":
            return None
        try:
            x = np.loadtxt(path, dtype=np.float32, ndmin=2)
        except ValueError as error:
            raise DataError(f"{path.name}: {error}") from None
        return Rows(cls(x.shape[1]), {"x": x})


@dataclass(frozen=True)
class Others(Numbers):
    name: ClassVar[str] = "others"


@dataclass(frozen=True)
class Halves(Numbers):
    """The upper half of an image of whichever the lower is asked."""

    name: ClassVar[str] = "halves"
    read = Modality.read

    @classmethod
    def of(cls, rows):
        if rows.modality.name != "images":
            return None
        x = rows.fields["x"]
        if x.shape[2] % 2:
            raise DataError("images of an odd height have no halves")
        return Rows(cls(x.shape[2] // 2), dict(rows.fields), rows.classes)


@dataclass(frozen=True)
class Broken(Numbers):
    name: ClassVar[str] = "broken"

    @classmethod
    def read(cls, path):
        raise ZeroDivisionError("at once")


@dataclass(frozen=True)
class Pictures(Numbers):
    image_size: int = 4
    channels: int = 1
    num_classes: int = 0
    name: ClassVar[str] = "images"
    read = Modality.read


class Grey(Dataset):
    side = 4

    def read(self, paths):
        return Images(np.zeros((6, 1, self.side, self.side), np.uint8), np.arange(6) % 2, ("a", "b"))

    def read_held_out(self, paths):
        return Images(np.ones((2, 1, self.side, self.side), np.uint8), np.array([0, 1]), ("a", "b"))


class Odd(Grey):
    side = 5


@pytest.fixture
def resolve(tmp_path):
    Numbers.asked.clear()
    cache = Cache(tmp_path / "cache")

    def run(source, *others, **options):
        kinds = [Pictures, Numbers, Halves, *others]
        entries = [Entry("grey", Grey), Entry("odd", Odd), *(Entry(kind.name, kind) for kind in kinds)]
        return data.resolve(Registry(*entries), str(source), cache=cache, **options)

    return run


@pytest.fixture
def lines(tmp_path):
    path = tmp_path / "Two Lines.txt"
    path.write_text("1 2 3\n4 5 6\n")
    return path


def test_a_file_is_read_by_the_modality_that_knows_it(resolve, lines):
    found = resolve(lines)
    assert (found.name, found.modality_name, found.values) == ("two-lines", "numbers", {"length": 3})
    assert found.source == f"{lines}, read as numbers"
    assert (found.extractor, found.metrics) == ("sums", ("mean",))  # the modality's own
    assert data.load(found)["x"].tolist() == [[1, 2, 3], [4, 5, 6]]
    assert resolve(lines) == found


def test_images_are_asked_for_nobody(resolve, tmp_path):
    found = resolve(fill(tmp_path / "set", {"0.png": png(0), "1.png": png(1)}))
    assert found.modality_name == "images" and Numbers.asked == []
    assert (found.extractor, found.metrics) == ("inception", ("fid", "is"))


def test_where_nobody_reads_a_path_the_images_are_refused_as_ever(resolve, tmp_path):
    path = tmp_path / "a.xyz"
    path.write_text("1")
    with pytest.raises(DataError, match=r"is neither a folder of images, an .npz, nor one of"):
        resolve(path)
    assert Numbers.asked == [path]


def test_two_that_read_a_path_are_told(resolve, lines):
    with pytest.raises(DataError, match=r"Lines\.txt' can be read as numbers and others; name one, such as --mod"):
        resolve(lines, Others)
    assert resolve(lines, Others, modality="others").modality_name == "others"


def test_one_that_fails_is_passed_over_and_told(resolve, lines, said):
    assert resolve(lines, Broken).modality_name == "numbers"
    (line,) = said
    assert line.startswith("modality 'broken' of plugin 'a-plugin' fails while it reads ")
    assert "ZeroDivisionError: at once; it is not asked for" in line
    with pytest.raises(PluginError, match="modality 'broken' of plugin 'a-plugin' fails while it reads"):
        resolve(lines, Broken, modality="broken")


def test_a_broken_file_is_told_by_whoever_knows_it(resolve, lines):
    lines.write_text("1 2\n3\n")
    with pytest.raises(DataError, match=r"^Two Lines\.txt: "):
        resolve(lines)


def test_a_modality_that_was_asked_for_and_does_not_read_the_path(resolve, tmp_path):
    path = tmp_path / "a.xyz"
    path.write_text("1")
    with pytest.raises(DataError, match=r"neither a folder of images, .*; nor does modality 'numbers' read .*a\.xyz"):
        resolve(path, modality="numbers")
    with pytest.raises(UnknownName, match="no modality named 'sounds'"):
        resolve(path, modality="sounds")


def test_images_are_taken_for_data_of_another_modality(resolve):
    found = resolve("grey", modality="halves")
    assert (found.name, found.modality_name, found.values) == ("grey-halves", "halves", {"length": 2})
    assert found.n == 6 and found.classes == ("a", "b") and found.held_out.n == 2
    assert found.held_out.values == found.values and data.load(found.held_out)["x"].unique().tolist() == [1]
    assert resolve("grey", modality="halves") == found
    assert resolve("grey", modality="images") == resolve("grey")


def test_fitting_comes_before_and_so_does_the_cut(resolve):
    fitting = data.Fitting.asked(size=8)
    assert resolve("grey", modality="halves", fitting=fitting).values == {"length": 4}
    cut = resolve("grey", modality="halves", hold_out=0.4)
    assert (cut.name, cut.n, cut.held_out.n) == ("grey-minus-0.4-halves", 4, 2)


def test_data_that_are_not_taken(resolve, lines):
    with pytest.raises(DataError, match="images of an odd height have no halves"):
        resolve("odd", modality="halves")
    with pytest.raises(DataError, match="grey is of images, which modality 'numbers' does not take; leave --mod"):
        resolve("grey", modality="numbers")


def test_fields_may_be_loaded_as_writable_memory(resolve):
    fields = data.load(resolve("grey", modality="halves"))
    fields["x"].fill_(9)  # copy on write
    assert data.load(resolve("grey", modality="halves"))["x"].unique().tolist() == [0]
    assert json.dumps(resolve("grey").to_json())


@dataclass(frozen=True)
class Split(Numbers):
    """Holds out what lies in ``test.txt`` beside the file."""

    name: ClassVar[str] = "split"

    @classmethod
    def read_held_out(cls, path):
        beside = path.with_name("test.txt")
        return cls.read(beside) if beside.exists() else None


def test_what_a_path_holds_out_of_its_own(resolve, lines):
    found = resolve(lines, Split, modality="split")
    assert found.held_out is None
    lines.with_name("test.txt").write_text("7 8 9\n")
    found = resolve(lines, Split, modality="split")
    assert (found.n, found.held_out.n) == (2, 1)
    assert data.load(found.held_out)["x"].tolist() == [[7, 8, 9]]


@dataclass(frozen=True)
class Seen(Halves):
    """Judged as images are."""

    name: ClassVar[str] = "seen"
    judged_as: ClassVar[str] = "images"


def test_what_is_judged_as_the_data_are_keeps_their_extractor(resolve):
    assert resolve("grey", modality="halves").extractor != "inception"
    assert resolve("grey", Seen, modality="seen").extractor == Grey.extractor == "inception"
