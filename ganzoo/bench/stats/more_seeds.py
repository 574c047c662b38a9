"""The number of seeds that would tell the next two recipes of a ranking apart."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .ranking import Pair, Ranking
from .student_t import power
from .t_tests import POWER

MOST_SEEDS = 10_000  # looked at; beyond that the answer is no number of seeds that anybody plays


@dataclass(frozen=True)
class Next:
    """The two recipes that Holm's correction would come to next.

    Attributes:
        pair: of them.
        seeds: of each, that would tell them apart with a probability of 80 % if they are as far apart, and vary as
            much, as they seem to; None where 10,000 would not.
    """

    pair: Pair
    seeds: int | None


def next_told(ranking: Ranking) -> Next | None:
    """Return the pair that is nearest to being told apart, with its seeds; None where all are told apart.

    Of several it is the one of the smallest p, where no run failed. A pair with a recipe far above the floor is no tie,
    and is not asked for.
    """
    pair = min(ranking.ties, key=lambda one: (one.failures > 0, one.comparison.p), default=None)
    return None if pair is None else Next(pair, _seeds(pair, ranking))


def _seeds(pair: Pair, ranking: Ranking) -> int | None:
    """Search the number of seeds by doubling and halving: more find more."""
    low = min(pair.seeds)
    high = low + 1
    while power_of(pair, ranking, high) < POWER:
        low, high = high, 2 * high
        if high > 2 * MOST_SEEDS:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        if power_of(pair, ranking, middle) < POWER:
            low = middle
        else:
            high = middle
    return high if high <= MOST_SEEDS else None


def power_of(pair: Pair, ranking: Ranking, seeds: int) -> float:
    """Return how likely so many seeds of each tell two recipes apart, at the level that Holm's correction leaves them.

    Args:
        pair: its difference and its moderated variances are taken for the true ones.
        ranking: that it is of; every recipe has as many seeds then.
        seeds: two or more.
    """
    of_a, of_b = (variance / seeds for variance in pair.variances)
    freedom = ranking.prior.df + seeds - 1
    df = (of_a + of_b) ** 2 / (of_a**2 + of_b**2) * freedom
    df = min(df, ranking.tested * (seeds - 1))
    return power(abs(pair.comparison.difference) / math.sqrt(of_a + of_b), df, pair.level)
