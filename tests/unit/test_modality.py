"""The contract of a modality, on one that exists here alone."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
import torch

from ganzoo.errors import DataError
from ganzoo.interfaces.modality import Modality, Rows


@dataclass(frozen=True)
class Lengths(Modality):
    """Pairs of named numbers."""

    name: ClassVar[str] = "lengths"

    def offers(self, *, conditional):
        return {}

    def play(self, row, *, flips, rng, noise=None):
        return {name: row[name] for name in ("a", "b")}, None

    def example(self, n=2):
        return {"a": torch.zeros(n, 1), "b": torch.zeros(n, 2)}


def test_a_modality_that_says_nothing_of_it_has_no_picture_no_ways_and_no_file_of_its_own(tmp_path):
    modality = Lengths()
    sample = modality.example()
    assert modality.picture(sample, None, None) is None
    assert modality.picture_of_data(sample, None) is None
    assert modality.ways(sample, 2) is None
    assert modality.as_images(sample) is None
    assert modality.write(sample, tmp_path / "x.csv") is False
    assert (modality.endings, [*tmp_path.iterdir()]) == ((), [])


def test_the_arrays_of_samples_have_their_names_and_those_of_one_tensor_are_called_x():
    sample = Lengths().example()
    assert Lengths().arrays(sample) == sample
    assert [*Lengths().arrays(torch.ones(2, 1))] == ["x"]


def test_a_picture_of_data_shows_them_as_if_they_had_been_generated():
    class Drawn(Lengths):
        def picture(self, fake, real, y):
            return repr((fake["a"].tolist(), real, y)).encode()

    assert Drawn().picture_of_data({"a": torch.ones(1, 1)}, None) == b"([[1.0]], None, None)"


class Renamed(Lengths):
    """Its arrays have other names."""

    def target(self, row):
        return {name: row[name] for name in ("a", "b")}

    def arrays(self, sample):
        return {"first": sample["a"], "second": sample["b"]}


class Doubled(Renamed):
    """Its arrays are more than its samples."""

    def arrays(self, sample):
        return {**super().arrays(sample), "third": sample["a"]}


def test_arrays_are_samples_again():
    sample = {"a": torch.rand(3, 1), "b": torch.rand(3, 2)}
    again = Renamed().of_arrays({**Renamed().arrays(sample), "labels": torch.ones(3)})
    assert [*again] == ["a", "b"] and all(torch.equal(again[name], sample[name]) for name in sample)
    assert Renamed().of_arrays(sample) is None
    assert Doubled().of_arrays(Doubled().arrays(sample)) is None
    with pytest.raises(DataError, match=r"the array second has the shape \(3, 1\), where these lengths have \(N, 2\)"):
        Renamed().of_arrays({"first": torch.ones(3, 1), "second": torch.ones(3, 1)})


@pytest.mark.parametrize(("counts", "n", "read"), [(False, 1, True), (True, 1, False), (False, 2, False)])
def test_a_file_of_other_values_is_read_where_its_numbers_mean_the_same(counts, n, read):
    @dataclass(frozen=True)
    class Read(Lengths):
        scale: float = 1.0
        n: int = 1

        def example(self, n=2):
            return {"x": torch.zeros(n, self.n, dtype=torch.int64 if counts else torch.float32)}

        @classmethod
        def read(cls, path):
            return Rows(cls(2.0, n), {})

    path = Path("x.own")
    assert Read(2.0, n).read_as(path).modality == Read(2.0, n)
    if read:
        assert Read(3.0).read_as(path).modality == Read(2.0)
    else:
        with pytest.raises(DataError, match=r"x\.own holds lengths of other values or of another shape than those"):
            Read(3.0).read_as(path)
    assert Lengths().read_as(path) is None
