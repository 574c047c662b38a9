"""Ranking of recipes, as far as a few seeds can tell: tests of all pairs, ranks, ties."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Literal

from .moderated import NOTHING_KNOWN, Prior, moderated_test, prior_of
from .t_tests import ALPHA, Comparison, Moments, detectable, holm, moments

Scores = Mapping[int, float | None]
Scale = Literal["log", "linear"]

FAR = 100.0
"""Times the floor, above which a distance is of something else than the data; two such recipes are no ties."""
BEYOND = 10.0
"""Times the mean of a recipe that is better with every seed: one so far from it, and from the data, needs no test."""
ENOUGH_SEEDS = 5
"""Seeds of each recipe below which ranks are marked as liberal; benchmarks/ranking_error.py measures how they err."""


@dataclass(frozen=True)
class Pair:
    """Two recipes and the test between them.

    Attributes:
        a: the one.
        b: the other.
        comparison: of their values on the ranking's scale; the difference is a's mean minus b's.
        p: of the two-sided test, corrected after Holm.
        level: that the uncorrected p had to stay below.
        alpha: that the corrected p had to stay below.
        failures: how many runs of the two count as the worst one.
        seeds: how many each has.
        variances: of one value of each, moderated.
        beyond: one of them is so far behind that no test is needed.
    """

    a: str
    b: str
    comparison: Comparison
    p: float
    level: float
    alpha: float
    failures: int
    seeds: tuple[int, int]
    variances: tuple[float, float]
    beyond: bool = False

    @property
    def told_apart(self) -> bool:
        """True if the test tells the two apart."""
        return self.p < self.alpha

    @property
    def decided(self) -> bool:
        """True if one is better: by the test, or since the other is beyond it."""
        return self.told_apart or self.beyond

    def detectable(self) -> float:
        """Return the true difference that would have been found with a probability of 80 %, on the ranking's scale."""
        return detectable(self.comparison, self.level)


@dataclass(frozen=True)
class Ranking:
    """The ranking of the recipes in one metric.

    Attributes:
        ranks: 1 and the number of those that are better, by recipe; it is None where there are no tests.
        pairs: the tests.
        best: the recipe that is better than every other; None for a tie.
        failures: how many runs count as the worst one.
        scale: what the tests compare: the logs of the numbers, whose differences are ratios, or the numbers.
        prior: what the variances of all recipes say of each, on that scale.
        far: the recipes of more than 100 times the floor, which are no ties of each other.
        seeds: the fewest that a tested recipe has; 0 without tests.
        tested: how many recipes are.
        alpha: the level of all tests together.
    """

    ranks: Mapping[str, int | None]
    pairs: tuple[Pair, ...] = ()
    best: str | None = None
    failures: int = 0
    scale: Scale = "linear"
    prior: Prior = NOTHING_KNOWN
    far: frozenset[str] = frozenset()
    seeds: int = 0
    tested: int = 0
    alpha: float = ALPHA

    @property
    def liberal(self) -> bool:
        """True if a recipe has fewer than five seeds, so that the tests may err more often than they say."""
        return bool(self.pairs) and self.seeds < ENOUGH_SEEDS

    def written(self, recipe: str) -> str:
        """``2``; ``2=`` where it is tied with another one of the same rank; empty where there is none."""
        rank = self.ranks[recipe]
        if rank is None:
            return ""
        alike = {other for other, its in self.ranks.items() if its == rank} - {recipe}
        if recipe in self.far:
            alike -= self.far
        apart = _decided_with(recipe, self.pairs)  # Holm's correction allows it where equally many are better
        return f"{rank}=" if alike - apart else str(rank)

    @property
    def undecided(self) -> list[Pair]:
        """The pairs of which neither is better, as far as the data can tell.

        A pair of which no value departs from its mean is left out: there is no telling what would have been found.
        """
        return [pair for pair in self.pairs if not pair.decided and pair.comparison.standard_error]

    @property
    def ties(self) -> list[Pair]:
        """The pairs that are undecided, without those of two recipes that are far from the data."""
        return [pair for pair in self.undecided if not {pair.a, pair.b} <= self.far]

    def closest(self) -> Pair | None:
        """Return the tie of the smallest difference, those without failed runs first; None without ties."""
        return min(self.ties, key=lambda pair: (pair.failures > 0, abs(pair.comparison.difference)), default=None)

    def to_json(self) -> dict[str, Any]:
        """Plain data: the ranks, and the tests with all that they give."""
        return {
            "ranks": {recipe: self.written(recipe) or None for recipe in self.ranks},
            "best": self.best,
            "scale": self.scale,
            "prior": {"df": self.prior.df, "variance": self.prior.variance},
            "far": sorted(self.far),
            "level": self.alpha,
            "liberal": self.liberal,
            "tests": [
                {
                    "a": pair.a,
                    "b": pair.b,
                    "test": "moderated t" if self.prior.df else "Welch",
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


def scale_of(values: Sequence[float], positive: bool | None) -> Scale:
    """Return the scale on which recipes are compared: the log for a metric whose numbers are all above zero.

    Args:
        values: of all runs.
        positive: whether the metric declares that its numbers are above zero; None where it is not known, as in files
            from before metrics declared it: the numbers themselves then tell.
    """
    return "log" if positive is not False and all(value > 0 for value in values) else "linear"


def rank(
    scores: Mapping[str, Scores],
    better: Literal["lower", "higher"] | str,
    *,
    positive: bool | None = None,
    floor: float | None = None,
    alpha: float = ALPHA,
) -> Ranking:
    """Rank the recipes by a metric's final values, as far as the data can tell them apart.

    All pairs are tested, corrected after Holm, with variances that are moderated over the recipes. A recipe's rank is 1
    and the number of recipes that are better than it. To be tested takes two seeds; a recipe that has one alone gets no
    rank, and stands in the way of a best one.

    Args:
        scores: by recipe and by seed; None for a run that failed, which counts as the worst value that there is. A
            recipe of which no run has a number is last, without any test.
        better: the good end of the metric, ``lower`` or ``higher``.
        positive: whether the metric's numbers are above zero, see :func:`scale_of`.
        floor: the metric between two sets of the real data of the size that was judged. A recipe whose geometric mean
            is above 100 times that is far from the data. It is worse than one of a tenth of its mean or less whose
            values are all below its own, whatever the test says; and two of them are no ties.
        alpha: the level of all tests together.
    """
    known = [value for row in scores.values() for value in row.values() if value is not None]
    if not known:
        return Ranking(dict.fromkeys(scores))
    scale = scale_of(known, positive)
    worst = max(known) if better == "lower" else min(known)
    filled = {
        name: [_on(scale, worst if value is None else value) for value in row.values()]
        for name, row in scores.items()
        if any(value is not None for value in row.values())
    }
    failed = {name: sum(value is None for value in scores[name].values()) for name in filled}
    tested = {name: moments(values) for name, values in filled.items() if len(values) > 1}
    prior = prior_of([found for name, found in tested.items() if not failed[name]])
    far = _far(filled, scale, floor if better == "lower" else None)
    pairs = tuple(replace(pair, beyond=_beyond(pair, filled, far)) for pair in _pairs(tested, failed, prior, alpha))
    losses = _losses(tested, pairs, better)
    ranks: dict[str, int | None] = {name: losses[name] + 1 if name in losses else None for name in scores}
    if tested:
        ranks |= {name: len(filled) + 1 for name, row in scores.items() if row and name not in filled}
    best = [name for name in tested if not losses[name] and _beats_all(name, filled, pairs)]
    return Ranking(
        ranks,
        pairs,
        best=best[0] if best else None,
        failures=sum(failed.values()),
        scale=scale,
        prior=prior,
        far=far,
        seeds=min((found.n for found in tested.values()), default=0),
        tested=len(tested),
        alpha=alpha,
    )


def _on(scale: Scale, value: float) -> float:
    return math.log(value) if scale == "log" else value


def _pairs(tested: Mapping[str, Moments], failed: Mapping[str, int], prior: Prior, alpha: float) -> Iterator[Pair]:
    total = sum(found.n - 1 for found in tested.values())
    found = [(a, b, moderated_test(tested[a], tested[b], prior, total)) for a, b in combinations(tested, 2)]
    corrected = holm([comparison.p for *_, comparison in found])
    # Holm goes on to a pair only once those with a smaller p are told apart: it then is one of those that are left.
    level = alpha / max(1, sum(p >= alpha for p in corrected))
    for (a, b, comparison), p in zip(found, corrected, strict=True):
        of = tested[a], tested[b]
        yield Pair(
            a,
            b,
            comparison,
            p,
            level,
            alpha,
            failures=failed[a] + failed[b],
            seeds=(of[0].n, of[1].n),
            variances=(prior.moderated(of[0]), prior.moderated(of[1])),
        )


def _far(filled: Mapping[str, Sequence[float]], scale: Scale, floor: float | None) -> frozenset[str]:
    """Return the recipes whose geometric mean is above 100 times the floor."""
    if floor is None or floor <= 0 or scale != "log":
        return frozenset()
    limit = math.log(FAR * floor)
    return frozenset(name for name, values in filled.items() if math.fsum(values) / len(values) > limit)


def _beyond(pair: Pair, filled: Mapping[str, Sequence[float]], far: frozenset[str]) -> bool:
    """Return whether one of a pair is far from the data, and so far behind the other that no test is needed."""
    behind, before = (pair.a, pair.b) if pair.comparison.difference > 0 else (pair.b, pair.a)
    if behind not in far or before in far:
        return False
    return abs(pair.comparison.difference) >= math.log(BEYOND) and min(filled[behind]) > max(filled[before])


def _losses(tested: Mapping[str, Moments], pairs: Sequence[Pair], better: str) -> dict[str, int]:
    """Return how many recipes are better than each."""
    losses = dict.fromkeys(tested, 0)
    for pair in pairs:
        if pair.decided:
            a_wins = (pair.comparison.difference < 0) == (better == "lower")
            losses[pair.b if a_wins else pair.a] += 1
    return losses


def _beats_all(name: str, filled: Mapping[str, Sequence[float]], pairs: Sequence[Pair]) -> bool:
    """Return whether ``name``, which nobody beats, is better than every other recipe that has a number."""
    return len(filled) > 1 and _decided_with(name, pairs) == filled.keys() - {name}


def _decided_with(name: str, pairs: Sequence[Pair]) -> set[str]:
    """List the recipes that are known to be better or worse than one."""
    return {pair.b if pair.a == name else pair.a for pair in pairs if pair.decided and name in (pair.a, pair.b)}
