import pytest
from small_benches import specs, start_run

from ganzoo.bench.results.terms.budget import Budget, parse_seeds
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


@pytest.mark.parametrize(
    ("text", "steps"), [("5000steps", 5000), ("1 steps", 1), ("1step", 1), ("64STEPS", 64), ("2.0steps", 2)]
)
def test_budget_of_steps(text, steps):
    budget = Budget.parse(text)
    assert (budget.kimg, budget.minutes, budget.steps) == (None, None, steps)
    assert budget.to_json() == {"steps": steps}
    assert Budget.from_json(budget.to_json()) == budget


def test_half_a_step_is_none():
    with pytest.raises(GanzooError, match=r"budget '2.5steps' ends inside a step; write a whole number"):
        Budget.parse("2.5steps")


@pytest.mark.parametrize(
    "text",
    ["", "100", "0steps", "-5steps", "steps", "0kimg", "-5min", "kimg", "5 minutes", "1e3kimg", "nan kimg", "infs"],
)
def test_budget_that_is_none(text):
    said = r"(?:is not understood|has to be more than 0); .*write it as 100kimg, 5000steps, 5min, 90s or 1.5h"
    with pytest.raises(GanzooError, match=said):
        Budget.parse(text)


@pytest.mark.parametrize(("text", "meant"), [("200k", "200kimg"), ("5m", "5min"), ("2 Hours", "2h")])
def test_a_near_unit_is_named(text, meant):
    with pytest.raises(GanzooError, match=rf"did you mean {meant}\? Or write it as"):
        Budget.parse(text)


@pytest.mark.parametrize("amount", ["1000000000001", "9" * 30, "1" + "0" * 400])
@pytest.mark.parametrize("unit", ["kimg", "steps", "min", "h", "s"])
def test_more_than_can_be_played(amount, unit):
    """An amount of 400 digits is infinite as a float, which no step is."""
    with pytest.raises(
        GanzooError, match=rf"is more than can be played; 1,000,000,000,000{unit} are the most$"
    ) as error:
        Budget.parse(amount + unit)
    assert len(str(error.value)) < 300
    budget = Budget.parse(f"1000000000000{unit}")
    assert budget.used(kimg=0.0, d_steps=0, seconds=0.0) == 0.0 and budget.turns(64) > 10**9 and str(budget)


def test_share_of_a_budget():
    assert Budget(kimg=200).used(kimg=50, d_steps=9, seconds=1e9) == 0.25
    assert Budget(minutes=2).used(kimg=1e9, d_steps=9, seconds=30) == 0.25
    assert Budget(steps=200).used(kimg=1e9, d_steps=50, seconds=1e9) == 0.25
    assert (str(Budget(kimg=200)), str(Budget(minutes=2))) == ("200 kimg", "2 min")
    assert (str(Budget(steps=5000)), str(Budget(steps=1))) == ("5,000 turns of D", "1 turn of D")


@pytest.mark.parametrize(("turns", "played"), [(10, 10), (11, 15)])
def test_a_run_ends_with_the_step_that_reaches_its_turns(tmp_path, turns, played):
    """The critic has five turns in a step, and a step is played whole."""
    (spec,) = specs("wgan-gp", budget=Budget(steps=turns), examinations=())
    result = start_run(tmp_path, spec).play()
    assert (result["status"], result["d_steps"], result["g_steps"]) == ("done", played, played // 5)
    assert result["kimg"] == result["evaluations"][-1]["kimg"] == played * 16 / 1000


@pytest.mark.parametrize(
    ("text", "seeds"), [("3", (0, 1, 2)), ("1", (0,)), ("0,1,5", (0, 1, 5)), ("5,", (5,)), ("7, 2", (7, 2))]
)
def test_seeds(text, seeds):
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize("text", ["", "0", "-1", "a", "1,b", ",", "1.5", "-1,2"])
def test_seeds_that_are_none(text):
    with pytest.raises(GanzooError, match="write a count such as 3, or a list such as 0,1,2"):
        parse_seeds(text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("100001", "too many; 100,000 is the most"),
        ("9" * 30, "too many; 100,000 is the most"),
        ("9223372036854775808,", "too large; 9,223,372,036,854,775,807 is the most"),
        ("0," + "9" * 4000, "too large"),
        ("9" * 5000, "not understood"),  # Python reads no whole number of so many digits
    ],
)
def test_seeds_that_are_too_large_or_too_many(text, problem):
    with pytest.raises(GanzooError, match=problem) as error:
        parse_seeds(text)
    assert len(str(error.value)) < 300
    assert len(parse_seeds("100000")) == 100_000 and parse_seeds("9223372036854775807,") == (2**63 - 1,)


def test_a_seed_twice():
    with pytest.raises(GanzooError, match="name one seed twice"):
        parse_seeds("1,1")
