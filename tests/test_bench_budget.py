import pytest

from ganzoo.bench.budget import Budget, parse_seeds
from ganzoo.errors import GanzooError


@pytest.mark.parametrize(
    ("text", "kimg", "minutes"),
    [
        ("100kimg", 100, None),
        ("0.5 kimg", 0.5, None),
        ("5min", None, 5),
        ("90s", None, 1.5),
        ("1.5h", None, 90),
        ("2KIMG", 2, None),
    ],
)
def test_budget(text, kimg, minutes):
    budget = Budget.parse(text)
    assert (budget.kimg, budget.minutes) == (kimg, minutes)
    assert Budget.from_json(budget.to_json()) == budget


@pytest.mark.parametrize("text", ["", "100", "0kimg", "-5min", "kimg", "5 minutes", "1e3kimg", "nan kimg", "infs"])
def test_budget_that_is_none(text):
    with pytest.raises(GanzooError, match=r"write it as 100kimg, 5min, 90s or 1.5h"):
        Budget.parse(text)


def test_share_of_a_budget():
    assert Budget(kimg=200).used(kimg=50, seconds=1e9) == 0.25
    assert Budget(minutes=2).used(kimg=1e9, seconds=30) == 0.25
    assert (str(Budget(kimg=200)), str(Budget(minutes=2))) == ("200 kimg", "2 min")


@pytest.mark.parametrize(
    ("text", "seeds"), [("3", (0, 1, 2)), ("1", (0,)), ("0,1,5", (0, 1, 5)), ("5,", (5,)), ("7, 2", (7, 2))]
)
def test_seeds(text, seeds):
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize("text", ["", "0", "-1", "a", "1,b", ",", "1.5", "-1,2"])
def test_seeds_that_are_none(text):
    with pytest.raises(GanzooError, match="write a count such as 3, or a list such as 0,1,2"):
        parse_seeds(text)


def test_a_seed_twice():
    with pytest.raises(GanzooError, match="name one seed twice"):
        parse_seeds("1,1")
