"""Epsilon: closed forms, the published series, two libraries, and the worst order of rows."""

import math
from fractions import Fraction

import numpy as np
import pytest
from ganzoo_plugins.private.accounting import (
    Release,
    epsilon,
    epsilon_by_loss,
    epsilon_by_renyi,
    releases,
    renyi,
    require_accountant,
)
from scipy.stats import norm

from ganzoo.errors import RecipeError

# noise, rate, times, and epsilon at delta 1e-5 by dp_accounting 0.6.0: Renyi's, and by privacy loss distributions
KNOWN = [
    (1.1, 256 / 60000, 14062, 2.596556, 2.390530),
    (1.0, 0.05, 500, 8.301589, 7.523838),
    (4.0, 1, 30, 6.813318, 6.325716),
    (2.0, 0.2, 1000, 21.177412, 19.445657),
    (0.7, 0.02, 300, 6.386775, 5.435214),
]


def series(s, q, a):
    """A_alpha of a whole order: sum of binom(a, k) (1 - q)^(a - k) q^k exp((k^2 - k) / 2 s^2)."""
    return sum(
        float(math.comb(a, k) * Fraction(1 - q) ** (a - k) * Fraction(q) ** k) * math.exp((k * k - k) / (2 * s * s))
        for k in range(a + 1)
    )


@pytest.mark.parametrize("q", [0.01, 0.3, 0.9])
@pytest.mark.parametrize("s", [0.8, 2.0, 20.0])
@pytest.mark.parametrize("a", [2, 3, 17])
def test_whole_orders_are_the_published_series(s, q, a):
    assert renyi(s, q, a) == pytest.approx(math.log(series(s, q, a)) / (a - 1), rel=1e-9, abs=1e-13)


def test_every_row_each_time_is_the_gaussian_mechanism():
    """alpha / 2 s^2; the sampled one tends to it."""
    assert renyi(3.0, 1, 5) == pytest.approx(5 / 18)
    assert renyi(3.0, 1 - 1e-12, 5) == pytest.approx(5 / 18, rel=1e-6)
    assert renyi(3.0, 0, 5) == 0 and renyi(0, 0.1, 5) == math.inf


@pytest.mark.parametrize(("noise", "times"), [(5.0, 1), (10.0, 40), (1.0, 3)])
def test_epsilon_is_an_upper_bound_of_the_exact_one_of_gaussians(noise, times):
    """delta(eps) = Phi(m / 2 - eps / m) - e^eps Phi(-m / 2 - eps / m), with m = sqrt(times) / noise."""
    found = epsilon_by_renyi([Release(noise, 1, times)], 1e-5)
    m = math.sqrt(times) / noise
    delta = norm.cdf(m / 2 - found / m) - math.exp(found) * norm.cdf(-m / 2 - found / m)
    assert 1e-7 < delta <= 1e-5


@pytest.mark.parametrize(("noise", "rate", "times", "by_renyi", "by_loss"), KNOWN)
def test_it_is_what_a_library_says(noise, rate, times, by_renyi, by_loss):
    found = epsilon_by_renyi([Release(noise, rate, times)], 1e-5)
    assert by_loss < found <= by_renyi * 1.001  # which leaves out orders at which its series does not converge


@pytest.mark.parametrize(("noise", "rate", "times"), [row[:3] for row in KNOWN[:2]])
def test_opacus_says_the_same(noise, rate, times):
    pytest.importorskip("opacus", reason="Opacus is not installed: pip install 'ganzoo-core[private]'")
    from opacus.accountants import RDPAccountant

    accountant = RDPAccountant()
    accountant.history = [(noise, rate, times)]
    found = epsilon_by_renyi([Release(noise, rate, times)], 1e-5)
    assert found == pytest.approx(accountant.get_epsilon(1e-5), rel=1e-3)
    assert 0.5 * found < epsilon_by_loss([Release(noise, rate, times)], 1e-5) < found


def most(rows, batch, turns, seed):
    """How often one row is in a batch once, and twice, of a shuffled order: the worst row."""
    rng = np.random.default_rng(seed)
    places = np.concatenate([rng.permutation(rows) for _ in range(turns * batch // rows + 2)])[: turns * batch]
    counts = np.stack([np.bincount(lot, minlength=rows) for lot in places.reshape(turns, batch)])
    return (counts == 1).sum(0), (counts == 2).sum(0), counts.max()


@pytest.mark.parametrize(("rows", "batch", "turns"), [(6, 3, 9), (7, 3, 9), (5, 5, 4), (7, 4, 1), (11, 4, 23)])
def test_no_order_gives_a_row_more_chances(rows, batch, turns):
    """By what all chances add up to, in squared clips, and by how many there are."""
    found = {round(release.noise, 6): release.times for release in releases(rows, batch, turns, noise=2, keep=1)}
    once, twice = found.get(2, 0), found.get(1, 0)
    worst = 0
    for seed in range(200):
        singles, doubles, top = most(rows, batch, turns, seed)
        assert top <= 2
        assert (doubles <= twice).all() and (singles + 2 * doubles <= once + 2 * twice).all()
        worst = max(worst, int((singles + 4 * doubles).max()))
    assert worst <= once + 4 * twice
    if rows % batch == 0:
        assert twice == 0 and worst == once == math.ceil(turns * batch / rows)


def test_ends_of_epochs_that_cut_a_batch_by_hand():
    """Ends after 3, 6, 9 rows cut batches of 2 at 3 and 9: a row may be twice in both. Of cut ends that follow each
    other, such as those of 11, 22, 33 rows in batches of 4, it has every second: 11, 33, 55, 77.
    """
    assert releases(3, 2, 6, noise=2, keep=0.5) == [Release(1, 0.75, 2)]
    assert releases(11, 4, 23, noise=2, keep=0.5) == [Release(2, 0.5, 1), Release(1, 0.75, 4)]


def test_batches_of_all_rows_are_what_papers_count():
    """One release a turn, at the rate of the coin."""
    assert releases(178, 178, 1000, noise=1.5, keep=0.1) == [Release(1.5, 0.1, 1000)]


def test_a_row_that_comes_twice_costs_more_than_two_that_come_once():
    for keep in (0.05, 0.5, 1.0):
        doubled = epsilon_by_renyi([Release(1.5, 1 - (1 - keep) ** 2, 10)], 1e-5)
        assert doubled > epsilon_by_renyi([Release(3.0, keep, 20)], 1e-5)


def test_more_rows_than_there_are_is_refused():
    with pytest.raises(RecipeError, match=r"write schedule\.batch=10"):
        releases(10, 11, 1, noise=1, keep=1)


def test_a_run_is_told_of_in_order():
    """More noise, fewer turns and fewer rows of a batch are better; none is infinite; nothing played is 0."""

    def of(turns=100, noise=2.0, keep=0.2, rows=100):
        return epsilon(rows, 100, turns, noise=noise, keep=keep, delta=1e-5, accountant="rdp")

    assert of(turns=0) == 0 and of(noise=0) == math.inf
    assert of() < of(turns=200) and of(noise=4.0) < of() and of(keep=0.1) < of()
    assert of(keep=1 - 1e-9) == pytest.approx(of(keep=1), rel=1e-3)
    assert of(noise=0.05, keep=0.9) == math.inf  # what is set apart for cut lots would not do


def test_without_opacus_its_accountant_is_refused(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(RecipeError, match=r"pip install 'ganzoo-core\[private\]'"):
        require_accountant("prv")
    require_accountant("rdp")
