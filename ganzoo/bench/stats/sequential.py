"""Seeds in rounds: a test that is looked at several times, and errs no more often than one that is looked at once.

Whoever adds seeds until a difference is found finds one that is none in far more than 5 % of cases. Here the number of
looks is fixed before the first, and each tests at 5 % divided by it, so that all of them together err in 5 % of benches
at the most, whenever they stop (Bonferroni's inequality; nothing is assumed of how the looks depend on each other).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .ranking import Ranking
from .t_tests import ALPHA

Until = Literal["best", "all"]
GROWTH = 2  # times the seeds of a look, the next one has


@dataclass(frozen=True)
class Looks:
    """The looks at a bench whose seeds are added in rounds.

    Attributes:
        counts: how many seeds each recipe has at each, rising.
    """

    counts: tuple[int, ...]

    @property
    def level(self) -> float:
        """The level of all tests of one look together."""
        return ALPHA / len(self.counts)


def looks_of(first: int, most: int) -> Looks:
    """Return the looks from ``first`` seeds to ``most``, each of twice as many as the one before.

    Raises:
        ValueError: there are more first seeds than there may be at all, or none.
    """
    if not 0 < first <= most:
        raise ValueError(f"no looks from {first} seeds to {most}")
    counts = [first]
    while counts[-1] < most:
        counts.append(min(most, GROWTH * counts[-1]))
    return Looks(tuple(counts))


def decided(ranking: Ranking, until: Until) -> bool:
    """Return whether a ranking answers what was asked.

    Args:
        ranking: at the level of a look.
        until: ``best``: one recipe is better than every other; ``all``: every two are told apart.
    """
    if until == "best":
        return ranking.best is not None
    return bool(ranking.pairs) and not ranking.undecided
