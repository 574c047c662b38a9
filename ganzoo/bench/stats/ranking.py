"""Ranking of recipes, as far as a few seeds can tell: tests of all pairs, ranks, ties."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

from .t_tests import ALPHA, Comparison, detectable, holm, paired, welch

Scores = Mapping[int, float | None]
Filled = Mapping[str, Mapping[int, float]]


@dataclass(frozen=True)
class Pair:
    """Two recipes and the test between them.

    Attributes:
        a: the one.
        b: the other.
        comparison: of their values; the difference is a's mean minus b's.
        p: of the two-sided test, corrected after Holm.
        level: that the uncorrected p had to stay below.
        paired: whether the test is of the differences seed by seed, not Welch's.
        failures: how many runs of the two count as the worst one.
    """

    a: str
    b: str
    comparison: Comparison
    p: float
    level: float
    paired: bool
    failures: int

    @property
    def told_apart(self) -> bool:
        """True if the data can tell the two apart."""
        return self.p < ALPHA

    def detectable(self) -> float:
        """Return the true difference that would have been found with a probability of 80 %."""
        return detectable(self.comparison, self.level)


@dataclass(frozen=True)
class Ranking:
    """The ranking of the recipes in one metric.

    Attributes:
        ranks: 1 and the number of those that are better, by recipe; it is None where there are no tests.
        pairs: the tests.
        best: the recipe that is better than every other; None for a tie.
        failures: how many runs count as the worst one.
    """

    ranks: Mapping[str, int | None]
    pairs: tuple[Pair, ...]
    best: str | None
    failures: int

    def written(self, recipe: str) -> str:
        """``2``; ``2=`` where another one has the same rank; empty where there is none."""
        rank = self.ranks[recipe]
        if rank is None:
            return ""
        return f"{rank}=" if list(self.ranks.values()).count(rank) > 1 else str(rank)

    def closest(self) -> Pair | None:
        """Of the pairs that are not told apart, one of small difference: the smallest, where no run failed.

        A pair of which no value departs from its mean is left out: there is no telling what would have been found.
        """
        ties = [pair for pair in self.pairs if not pair.told_apart and pair.comparison.standard_error]
        return min(ties, key=lambda pair: (pair.failures > 0, abs(pair.comparison.difference)), default=None)

    def to_json(self) -> dict[str, Any]:
        """Plain data: the ranks, and the tests with all that they give."""
        return {
            "ranks": {recipe: self.written(recipe) or None for recipe in self.ranks},
            "best": self.best,
            "tests": [
                {
                    "a": pair.a,
                    "b": pair.b,
                    "test": "paired t" if pair.paired else "Welch",
                    "difference": pair.comparison.difference,
                    "standard_error": pair.comparison.standard_error,
                    "df": pair.comparison.df,
                    "p": pair.comparison.p,
                    "p_holm": pair.p,
                    "told_apart": pair.told_apart,
                }
                for pair in self.pairs
            ],
        }


def rank(scores: Mapping[str, Scores], better: Literal["lower", "higher"] | str) -> Ranking:
    """Rank the recipes by a metric's final values, as far as the data can tell them apart.

    All pairs are tested at 5 %, corrected after Holm: with the paired t-test where both have a number for the same
    seeds, which share the order of the data, else with Welch's. A recipe's rank is 1 and the number of recipes that
    are better than it. To be tested takes two seeds; a recipe that has one alone gets no rank, and stands in the way
    of a best one.

    Args:
        scores: by recipe and by seed; None for a run that failed, which counts as the worst value that there is. A
            recipe of which no run has a number is last, without any test.
        better: the good end of the metric, ``lower`` or ``higher``.
    """
    known = [value for row in scores.values() for value in row.values() if value is not None]
    if not known:
        return Ranking(dict.fromkeys(scores), (), None, 0)
    worst = max(known) if better == "lower" else min(known)
    filled: dict[str, dict[int, float]] = {
        name: {seed: worst if value is None else value for seed, value in row.items()}
        for name, row in scores.items()
        if any(value is not None for value in row.values())
    }
    tested = [name for name, row in filled.items() if len(row) > 1]
    pairs = tuple(_pairs(tested, scores, filled))
    losses = dict.fromkeys(tested, 0)
    for pair in pairs:
        if pair.told_apart:
            a_wins = (pair.comparison.difference < 0) == (better == "lower")
            losses[pair.b if a_wins else pair.a] += 1
    ranks: dict[str, int | None] = {name: losses[name] + 1 if name in losses else None for name in scores}
    if tested:
        ranks |= {name: len(filled) + 1 for name, row in scores.items() if row and name not in filled}
    best = [name for name in tested if not losses[name] and _beats_all(name, filled, pairs)]
    failures = sum(scores[name][seed] is None for name in filled for seed in scores[name])
    return Ranking(ranks, pairs, best[0] if best else None, failures)


def _pairs(
    tested: list[str], scores: Mapping[str, Scores], filled: Mapping[str, Mapping[int, float]]
) -> Iterator[Pair]:
    found: list[tuple[str, str, bool, int, Comparison]] = []
    for a, b in combinations(tested, 2):
        failures = sum(value is None for name in (a, b) for value in scores[name].values())
        if not failures and scores[a].keys() == scores[b].keys():
            comparison = paired([filled[a][seed] for seed in scores[a]], [filled[b][seed] for seed in scores[a]])
            found.append((a, b, True, failures, comparison))
        else:
            found.append((a, b, False, failures, welch([*filled[a].values()], [*filled[b].values()])))
    corrected = holm([comparison.p for *_, comparison in found])
    # Holm goes on to a pair only once those with a smaller p are told apart: it then is one of those that are left.
    level = ALPHA / max(1, sum(p >= ALPHA for p in corrected))
    for (a, b, by_seed, failures, comparison), p in zip(found, corrected, strict=True):
        yield Pair(a, b, comparison, p, level, by_seed, failures)


def _beats_all(name: str, filled: Filled, pairs: tuple[Pair, ...]) -> bool:
    """Return whether ``name``, which nobody beats, is told apart from every other recipe that has a number."""
    beaten = {pair.b if pair.a == name else pair.a for pair in pairs if name in (pair.a, pair.b) and pair.told_apart}
    return len(filled) > 1 and beaten == filled.keys() - {name}
