"""The contract of a modality, on one that exists here alone."""

from dataclasses import dataclass
from typing import ClassVar

import torch

from ganzoo.interfaces.modality import Modality


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
