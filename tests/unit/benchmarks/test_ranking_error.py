import importlib

import numpy as np
import pytest
from repository import ROOT

from ganzoo.bench.stats.ranking import rank

VARIANCES = (
    "equal",
    "unequal: inverse chi-squared, 4 df",
    "unequal: inverse chi-squared, 1.8 df, as the zoo's",
    "unequal: every second 10 times",
    "unequal: every second 100 times",
    "unequal: one 100 times",
)


@pytest.fixture(scope="module")
def ranking_error():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "benchmarks"))
        yield importlib.import_module("ranking_error")


def ranked(values):
    rows = {str(i): dict(enumerate(row)) for i, row in enumerate(values.tolist())}
    return rank(rows, "lower", positive=False)


@pytest.mark.parametrize(("recipes", "seeds"), [(2, 3), (6, 3), (12, 5)])
@pytest.mark.parametrize("kind", VARIANCES)
def test_the_simulated_tests_are_those_of_the_tables(ranking_error, recipes, seeds, kind):
    rng = np.random.default_rng(recipes)
    values = rng.standard_normal((4, recipes, seeds)) * np.sqrt(
        ranking_error.VARIANCES[kind](rng, 4, recipes)[..., None]
    )
    values[1] += 2.0 * np.arange(recipes)[:, None]  # a table of recipes that differ
    found = ranking_error.tests_of(values, ranking_error.OURS)
    for i, table in enumerate(values):
        pairs = ranked(table).pairs
        ours = [abs(pair.comparison.difference) / pair.comparison.standard_error for pair in pairs]
        assert found.t[i] == pytest.approx(ours, rel=1e-5)
        assert found.df[i] == pytest.approx([pair.comparison.df for pair in pairs], rel=1e-5)
        told = sum(pair.told_apart for pair in pairs)
        assert ranking_error.told_apart(table, ranking_error.OURS) == told
        assert ranking_error.errs(table[None], ranking_error.OURS)[0] == bool(told)


def test_the_variances_are_those_that_are_named(ranking_error):
    rng = np.random.default_rng(0)
    assert tuple(ranking_error.VARIANCES) == VARIANCES
    drawn = {name: of(rng, 3, 5) for name, of in ranking_error.VARIANCES.items()}
    assert (drawn["equal"] == 1).all()
    assert drawn["unequal: every second 10 times"][1].tolist() == [10, 1, 10, 1, 10]
    assert drawn["unequal: one 100 times"][2].tolist() == [100, 1, 1, 1, 1]
