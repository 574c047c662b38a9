"""Arguments of any kind: made plain values, or refused in one sentence that names them."""

from pathlib import Path

import numpy as np
import pytest
import torch

from ganzoo.api.arguments import number, path_text, plain, whole
from ganzoo.errors import GanzooError
from ganzoo.seeds import LARGEST_SEED


@pytest.mark.parametrize("given", [3, np.int64(3), np.uint8(3), np.array(3), torch.tensor(3)])
def test_whole_numbers_of_every_library_are_taken(given):
    assert whole(given, "n") == 3 and type(whole(given, "n")) is int


@pytest.mark.parametrize("given", [True, np.bool_(True), 3.0, np.float32(3), "3", None, [3], torch.tensor(3.0), 3j])
def test_what_is_no_whole_number_is_refused_by_name(given):
    with pytest.raises(GanzooError, match=r"^n is a whole number from 1 to 9, not "):
        whole(given, "n", 1, 9)


@pytest.mark.parametrize(("given", "said"), [(0, "from 1 on, not 0"), (-(2**70), "from 1 on")])
def test_a_number_out_of_range_is_refused_with_the_range(given, said):
    with pytest.raises(GanzooError, match=said):
        whole(given, "n", 1)
    with pytest.raises(GanzooError, match=r"from 0 to 2\^63 - 1"):
        whole(2**63, "seed", 0, LARGEST_SEED)


@pytest.mark.parametrize("given", [0.5, np.float64(0.5), np.float32(0.5), torch.tensor(0.5)])
def test_numbers_of_every_library_are_taken(given):
    assert number(given, "rate") == 0.5


@pytest.mark.parametrize("given", ["0.5", None, True, float("nan"), float("inf"), [0.5, 1], 1j, torch.ones(2)])
def test_what_is_no_finite_number_is_refused(given):
    with pytest.raises(GanzooError, match="rate is a finite number"):
        number(given, "rate")


@pytest.mark.parametrize("given", ["x/", Path("x")])
def test_a_path_stays_as_it_was_written(given):
    assert path_text(given) == str(given)


@pytest.mark.parametrize("given", [None, 3, b"x", "", "a\0b", "\ud800"])
def test_what_can_be_no_path_is_refused(given):
    with pytest.raises(GanzooError, match=r"^out is a (path|text)"):
        path_text(given, "out")


def test_scalars_within_lists_become_plain():
    found = plain([np.int64(1), (np.float64(0.5), "x"), torch.tensor(2), np.arange(2)])
    assert found[:3] == [1, (0.5, "x"), 2] and list(map(type, found[:3])) == [int, tuple, int]
    assert isinstance(found[3], np.ndarray)
