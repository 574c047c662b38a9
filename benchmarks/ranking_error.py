"""Simulation of how often the tests behind the ranks find a difference that is none, and of what they find.

    python benchmarks/ranking_error.py                          # some two minutes on one core
    python benchmarks/ranking_error.py --rounds 100             # a quick look
    python benchmarks/ranking_error.py --out                    # and the record, beside the others

The error is simulated: tables of recipes that are all equally good on the log, whose seeds are normal. It is the share
of tables in which a test, with Holm's correction over all pairs, tells any two of them apart. Some tables have recipes
of one variance, others of variances that differ. Besides the moderated tests of ``ganzoo.bench.stats`` there are those
that were tried: Welch's; Smyth's with a prior of four degrees of freedom, and with the estimated one; and with one
variance pooled over all recipes, as Tukey's test has it.

What is found is told of the committed zoo as it is, and of zoos of more seeds that are drawn as it was found: with its
means, and its moderated variances.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from measuring import ROOT, parsed, parser, report, tell
from numpy.typing import NDArray

from ganzoo.bench.stats import moderated
from ganzoo.bench.stats.polygamma import digamma, trigamma
from ganzoo.bench.stats.student_t import both_tails, critical
from ganzoo.bench.stats.t_tests import ALPHA, holm, moments
from ganzoo.bench.tables.joining.compare import read_bench

Array = NDArray[np.float64]
ZOO = "benchmarks/results/cpu/zoo"
RECIPES, SEEDS = (2, 3, 5, 10, 30, 69), (3, 5, 10)
AT_ONCE = 250_000  # pairs in memory
DRAWN = 20  # zoos of each number of seeds
ERROR = ("recipes", "seeds", "variances", "moderated", "Welch", "prior of 4", "prior as estimated", "pooled")
FOUND = ("zoo", "seeds", "pairs", "moderated", "Welch", "prior of 4", "prior as estimated")
OURS = "moderated"

_INVERSE = np.linspace(1e-4, 0.6, 600)  # 1 / df
_HALF = np.exp(np.linspace(np.log(1e-2), np.log(1e4), 4000))
_TRIGAMMA = np.array([trigamma(x) for x in _HALF])


def _inverse_chi2(df: float) -> Callable[[np.random.Generator, int, int], Array]:
    return lambda rng, tables, recipes: df / rng.chisquare(df, (tables, recipes))


def _larger(times: float, every: int) -> Callable[[np.random.Generator, int, int], Array]:
    def drawn(rng: np.random.Generator, tables: int, recipes: int) -> Array:
        row = np.where(np.arange(recipes) % (every or recipes) == 0, times, 1.0)
        return np.broadcast_to(row, (tables, recipes))

    return drawn


VARIANCES: Mapping[str, Callable[[np.random.Generator, int, int], Array]] = {
    "equal": lambda rng, tables, recipes: np.ones((tables, recipes)),
    "unequal: inverse chi-squared, 4 df": _inverse_chi2(4.0),
    "unequal: inverse chi-squared, 1.8 df, as the zoo's": _inverse_chi2(1.8),
    "unequal: every second 10 times": _larger(10.0, 2),
    "unequal: every second 100 times": _larger(100.0, 2),
    "unequal: one 100 times": _larger(100.0, 0),
}


@dataclass(frozen=True)
class Tests:
    """All tests of some tables.

    Attributes:
        t: the statistic of each pair, ``(T, P)``, without its sign.
        df: its degrees of freedom, ``(T, P)``.
    """

    t: Array
    df: Array


def tests_of(values: Array, kind: str) -> Tests:
    """Test all pairs of recipes of tables ``(T, G, n)``."""
    _, recipes, n = values.shape
    own, variance, mean = n - 1, values.var(-1, ddof=1), values.mean(-1)
    a, b = np.triu_indices(recipes, 1)
    df, prior = _prior(variance, own, kind)
    if kind == "pooled":
        variance, freedom = np.broadcast_to(variance.mean(1, keepdims=True), variance.shape), np.inf
    else:
        freedom = df + own
        variance = (df * prior + own * variance) / freedom
    of_a, of_b = variance[:, a] / n, variance[:, b] / n
    both = of_a + of_b
    satterthwaite = both**2 / (of_a**2 + of_b**2) * freedom
    return Tests(np.abs(mean[:, a] - mean[:, b]) / np.sqrt(both), np.minimum(satterthwaite, recipes * own))


def _prior(variance: Array, own: int, kind: str) -> tuple[Array, Array]:
    """Return the prior's degrees of freedom and its variance, ``(T, 1)``."""
    recipes = variance.shape[1]
    logs = np.log(variance) - digamma(own / 2) + np.log(own / 2)
    mean, spread = logs.mean(1, keepdims=True), logs.var(1, ddof=1, keepdims=True)
    if kind in ("Welch", "pooled"):
        return np.zeros_like(mean), np.zeros_like(mean)
    if kind == OURS:
        share = moderated.bound(recipes)
        if not share:
            return np.zeros_like(mean), np.zeros_like(mean)
        return np.minimum(moderated.MOST_FREEDOM, _estimated(spread / share, own)), np.exp(mean)
    df = np.full_like(mean, 4.0) if kind == "prior of 4" else _estimated(spread, own)
    return df, np.exp(mean + np.vectorize(digamma)(df / 2) - np.log(df / 2))


def _estimated(spread: Array, own: int) -> Array:
    beyond = np.maximum(spread - trigamma(own / 2), _TRIGAMMA[-1])
    half = np.exp(np.interp(-np.log(beyond), -np.log(_TRIGAMMA), np.log(_HALF)))
    return 2 * half


def errs(values: Array, kind: str) -> NDArray[np.bool_]:
    """Return whether any two recipes of each table are told apart, ``(T,)``."""
    found = tests_of(values, kind)
    return np.asarray((found.t > _limits(found.t.shape[1])(found.df)).any(1))


_KNOWN: dict[int, Array] = {}


def _limits(pairs: int) -> Callable[[Array], Array]:
    """Return what gives the t of the first step of Holm's correction, by interpolation in 1 / df."""
    if pairs not in _KNOWN:
        _KNOWN[pairs] = np.log([critical(ALPHA / pairs, 1 / x) for x in _INVERSE])
    return lambda df: np.exp(np.interp(1 / df, _INVERSE, _KNOWN[pairs]))


def error_rows(rounds: int) -> list[dict[str, object]]:
    """Return the share of tables in which each test errs, in per cent."""
    rows = []
    kinds = ERROR[3:]
    for recipes in RECIPES:
        at_once = max(1, AT_ONCE // (recipes * recipes))
        for seeds in SEEDS:
            for name, drawn in VARIANCES.items():
                rng = np.random.default_rng([recipes, seeds, len(name)])
                wrong, left = dict.fromkeys(kinds, 0), rounds
                while left:
                    tables = min(left, at_once)
                    values = rng.standard_normal((tables, recipes, seeds))
                    values *= np.sqrt(drawn(rng, tables, recipes))[..., None]
                    for kind in kinds:
                        wrong[kind] += int(errs(values, kind).sum())
                    left -= tables
                shares = {kind: 100 * count / rounds for kind, count in wrong.items()}
                rows.append({"recipes": recipes, "seeds": seeds, "variances": name, **shares})
        tell(f"{recipes} recipes")
    return rows


def told_apart(values: Array, kind: str) -> int:
    """Return how many pairs of one table ``(G, n)`` are told apart."""
    found = tests_of(values[None], kind)
    ps = [both_tails(t, df) for t, df in zip(found.t[0].tolist(), found.df[0].tolist(), strict=True)]
    return sum(p < ALPHA for p in holm(ps))


def zoo() -> Array:
    """Return the logs of the committed zoo's distances, ``(G, n)``."""
    results = read_bench(ROOT / ZOO).results
    return np.log([[run.metric("fid") or np.nan for run in results.runs_of(name)] for name in results.recipe_names])


def found_rows(drawn: int) -> list[dict[str, object]]:
    """Return how many pairs of the zoo each test tells apart: as it is, and on the average over drawn ones."""
    stored = zoo()
    samples = [moments(row) for row in stored.tolist()]
    prior = moderated.prior_of(samples)
    deviations = np.sqrt([prior.moderated(one) for one in samples])
    pairs, kinds = len(stored) * (len(stored) - 1) // 2, FOUND[3:]
    first = {kind: told_apart(stored, kind) for kind in kinds}
    rows: list[dict[str, object]] = [{"zoo": "as committed", "seeds": stored.shape[1], "pairs": pairs, **first}]
    for seeds in SEEDS:
        rng = np.random.default_rng(seeds)
        noise = rng.standard_normal((drawn, len(stored), seeds))
        zoos = stored.mean(1)[None, :, None] + deviations[None, :, None] * noise
        means = {kind: float(np.mean([told_apart(one, kind) for one in zoos])) for kind in kinds}
        rows.append({"zoo": f"the mean of {drawn} drawn like it", "seeds": seeds, "pairs": pairs, **means})
        tell(f"{seeds} seeds")
    return rows


def most(rows: list[dict[str, object]], seeds: int, name: str, few: bool) -> dict[str, object]:
    """Return the most that each test errs with so many seeds, over variances and few or more recipes."""
    of = [row for row in rows if row["seeds"] == seeds and (int(str(row["recipes"])) < 5) == few]
    return {"seeds": seeds, "recipes": name, **{kind: max(float(str(row[kind])) for row in of) for kind in ERROR[3:]}}


def main(arguments: list[str] | None = None) -> int:
    """Simulate, print, and write where that was asked for."""
    chosen = parsed(parser(__doc__, rounds=2000), arguments)
    rows = error_rows(chosen.rounds)
    tables = {
        "The most that is erred, % of tables": [
            most(rows, seeds, name, few) for seeds in SEEDS for name, few in (("2 and 3", True), ("5 to 69", False))
        ],
        "Pairs told apart": found_rows(max(1, min(DRAWN, chosen.rounds))),
        "Tables in which equals are told apart, %": rows,
    }
    report(
        "ranking_error",
        chosen,
        protocol={
            "level": f"{ALPHA:g}, Holm over all pairs",
            "tables": f"{chosen.rounds:,} of each kind; 5 % of them is exact to {_standard_error(chosen.rounds):.1f} %",
            "zoo": ZOO,
        },
        tables=tables,
        columns=dict(zip(tables, (("seeds", "recipes", *ERROR[3:]), FOUND, ERROR), strict=True)),
        versions={},
    )
    return 0


def _standard_error(rounds: int) -> float:
    return 100 * float(np.sqrt(ALPHA * (1 - ALPHA) / rounds))


if __name__ == "__main__":
    sys.exit(main())
