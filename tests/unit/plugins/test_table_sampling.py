import math

import pytest
import torch
from ganzoo_plugins.tables.sampling import BySampling

# 10 rows; the first column has 8, 1 and 1 of its values, the second 5 and 5, so that values count 0 to 4
CHOSEN = torch.tensor([[0, i % 2] for i in range(8)] + [[1, 0], [2, 1]])
SIZES = (3, 2)


def dealt(n, seed=0):
    return BySampling(CHOSEN, SIZES, seed).take(0, n)


def chi_square(counts, shares):
    n = sum(counts)
    return sum((c - n * p) ** 2 / (n * p) for c, p in zip(counts, shares, strict=True))


def test_frequencies_are_those_of_the_paper():
    """arXiv:1907.00503, sec. 4.3: each column alike, its values by the logarithm of their frequency (plus 1)."""
    logs = [math.log(9), math.log(2), math.log(2), math.log(6), math.log(6)]
    shares = [x / sum(logs[:3]) / 2 for x in logs[:3]] + [x / sum(logs[3:]) / 2 for x in logs[3:]]
    counts = torch.bincount(dealt(20_000)["value"], minlength=5).tolist()
    assert chi_square(counts, shares) < 18.5  # 0.999 of chi-square with 4 degrees of freedom


def test_each_row_has_its_value():
    found = dealt(3000)
    codes = CHOSEN + torch.tensor([0, 3])
    assert (codes[found["row"]] == found["value"][:, None]).any(1).all()


def test_rows_of_a_value_are_alike():
    found = dealt(20_000)
    rows = found["row"][found["value"] == 0]
    counts = torch.bincount(rows, minlength=10).tolist()
    assert counts[8:] == [0, 0]
    assert chi_square(counts[:8], [1 / 8] * 8) < 24.4  # 0.999, 7 degrees of freedom


def test_it_depends_on_the_position_alone():
    for start, count in ((0, 10), (1020, 10), (4090, 3000)):
        whole = BySampling(CHOSEN, SIZES, 3).take(start, count)
        deal = BySampling(CHOSEN, SIZES, 3)
        parts = [deal.take(start, 5), deal.take(start + 5, count - 5)]
        for index in ("row", "value"):
            assert torch.equal(whole[index], torch.cat([part[index] for part in parts]))
            assert whole[index].dtype == torch.int64 and whole[index].shape == (count,)
        back = deal.take(start, 5)
        assert torch.equal(back["row"], parts[0]["row"])


def test_seeds_differ():
    assert not torch.equal(dealt(100, 0)["row"], dealt(100, 1)["row"])


def test_conditions_of_evaluated_rows_are_as_frequent_as_in_the_table():
    found = BySampling(CHOSEN, SIZES, 0).draw(20_000, torch.Generator().manual_seed(0))
    counts = torch.bincount(found["value"], minlength=5).tolist()
    assert chi_square(counts, [0.4, 0.05, 0.05, 0.25, 0.25]) < 18.5
    codes = CHOSEN + torch.tensor([0, 3])
    assert (codes[found["row"]] == found["value"][:, None]).any(1).all()


def test_a_value_that_no_row_has_is_never_dealt():
    deal = BySampling(CHOSEN, (4, 2), 0)
    assert deal.probabilities(0)[3] == pytest.approx(0)
    assert 3 not in deal.take(0, 2000)["value"]
