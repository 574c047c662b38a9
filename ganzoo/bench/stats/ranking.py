"""Ranking of recipes, as far as a few seeds can tell: tests of all pairs, ranks, ties."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

from .moderated import NOTHING_KNOWN, Prior, moderated_test, prior_of
from .t_tests import ALPHA, Comparison, Moments, detectable, holm, moments

Scores = Mapping[int, float | None]
Scale = Literal["log", "linear"]

FAR = 100.0
"""Times the floor, above which a distance is of something else than the data, and is no tie with another."""
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

    @property
    def told_apart(self) -> bool:
        """True if the data can tell the two apart."""
        return self.p < self.alpha

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
        far: the recipes of more than 100 times the floor: they rank behind the others, and are no ties.
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
        if not alike or recipe in self.far:
            return str(rank)
        apart = _told_apart_from(recipe, self.pairs)  # Holm's correction allows it where equally many are better
        return f"{rank}=" if alike - apart else str(rank)

    @property
    def ties(self) -> list[Pair]:
        """The pairs that are not told apart, without those of a recipe that is far from the data.

        A pair of which no value departs from its mean is left out: there is no telling what would have been found.
        """
        return [
            pair
            for pair in self.pairs
            if not pair.told_apart and pair.comparison.standard_error and not self.far & {pair.a, pair.b}
        ]

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
        floor: the metric between two halves of the real data. A recipe whose geometric mean is above 100 times that
            ranks behind all that are not, whatever the tests say, and is tied with none.
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
    pairs = tuple(_pairs(tested, failed, prior, alpha))
    far = _far(filled, scale, floor if better == "lower" else None)
    losses = _losses(tested, pairs, far, better)
    ranks: dict[str, int | None] = {name: losses[name] + 1 if name in losses else None for name in scores}
    if tested:
        ranks |= {name: len(filled) + 1 for name, row in scores.items() if row and name not in filled}
    best = [name for name in tested if not losses[name] and _beats_all(name, filled, pairs, far)]
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


def _losses(tested: Mapping[str, Moments], pairs: Sequence[Pair], far: frozenset[str], better: str) -> dict[str, int]:
    """Return how many recipes are better than each."""
    losses = {name: len(tested.keys() - far) if name in far else 0 for name in tested}
    for pair in pairs:
        if pair.told_apart and (pair.a in far) == (pair.b in far):
            a_wins = (pair.comparison.difference < 0) == (better == "lower")
            losses[pair.b if a_wins else pair.a] += 1
    return losses


def _beats_all(name: str, filled: Mapping[str, Sequence[float]], pairs: Sequence[Pair], far: frozenset[str]) -> bool:
    """Return whether ``name``, which nobody beats, is told apart from every other recipe that has a number.

    Those that are far from the data rank behind it untested.
    """
    behind = frozenset() if name in far else far
    return len(filled) > 1 and _told_apart_from(name, pairs) | behind == filled.keys() - {name}


def _told_apart_from(name: str, pairs: Sequence[Pair]) -> set[str]:
    """List the recipes that the tests tell apart from one."""
    return {pair.b if pair.a == name else pair.a for pair in pairs if pair.told_apart and name in (pair.a, pair.b)}
