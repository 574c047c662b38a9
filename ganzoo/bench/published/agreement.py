"""Agreement of measured numbers with published ones, by intervals.

Rule: the published interval is the value ± 1.96 times what the source gives behind its ± (the value alone where it
gives nothing). The measured one is the 95 % t-interval of the mean over seeds; of one seed, what is known of its
samples. They agree where the intervals meet. Limits: few seeds make a wide interval, which meets much; a ± over splits
of one run says nothing of other runs; and meeting is no proof of equality.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ...errors import GanzooError
from ...recipes import safeyaml
from ...recipes.recipe import Recipe
from ...recipes.schema.published import Published, PublishedMetric
from ..results.bench_files.bench_results import BenchResults, MetricHeading
from ..results.formats import number
from ..results.run_files.result import RunResult
from ..stats.statistics import Summary, summarise

RULE = (
    "published: the value ± 1.96 times its spread; measured: the 95 % interval of the mean over seeds; they agree "
    "where these meet, which few seeds make easy, and which is no proof that they are equal"
)
NORMAL = 1.96
PLAYED = 0.999  # of the published budget; the last step may be cut
_TEXTS = ("name", "title", "year", "paper", "summary", "departs")

Verdict = Literal["agrees", "worse", "better", "not judged"]


@dataclass(frozen=True)
class Agreement:
    """One published number beside what was measured.

    Attributes:
        metric: its name.
        published: its value.
        spread: of the source; None where it gives none.
        measured: the number of each seed.
        mean: of them; None without any.
        half_width: of the measured interval; None where nothing is known of it.
        verdict: see the module.
        reason: why it was not judged, or what the reader should know of it.
        decides: it has a part in whether all agrees; not so of a number of another count of images, as no bench judges
            on several counts at once, nor of a metric that nobody registers.
    """

    metric: str
    published: float
    spread: float | None
    measured: tuple[float, ...]
    mean: float | None
    half_width: float | None
    verdict: Verdict
    reason: str = ""
    decides: bool = True


def passed(found: Sequence[Agreement]) -> bool:
    """Return whether measured numbers agree with published ones: one was judged, and of all that decide none is worse.

    Args:
        found: every published number.
    """
    deciding = [one for one in found if one.decides]
    return bool(deciding) and all(one.verdict in ("agrees", "better") for one in deciding)


@dataclass(frozen=True)
class Known:
    """The published numbers that this zoo knows.

    Attributes:
        data: the data are a data set of the zoo, so that their name is a proof of what they are; a folder may be called
            anything.
        extractor: with which the numbers are taken.
        metrics: the names of all metrics.
    """

    data: bool
    extractor: str
    metrics: Collection[str]


def judge(results: BenchResults, recipe: Recipe, published: Published, known: Known) -> list[Agreement]:
    """Compare a finished bench of the published form with the published numbers.

    Args:
        results: of the bench.
        recipe: the published form, as it is now.
        published: its numbers, data and budget.
        known: what this zoo knows of them.

    Raises:
        GanzooError: the bench played something else, or less of it.
    """
    _require_played(results, recipe, published, known.data)
    runs = [run for run in results.runs if run.recipe == recipe.name]
    return [_judged(metric, results, runs, known) for metric in published.metrics]


def _require_played(results: BenchResults, recipe: Recipe, published: Published, data_is_registered: bool) -> None:
    about = results.recipes.get(recipe.name)
    if about is None:
        raise GanzooError(f"the bench holds no {recipe.name}; it played {', '.join(results.recipes)}")
    then = safeyaml.load(about.text or "", f"the recipe {recipe.name!r} of the bench")
    if _plays(then) != _plays(recipe.played().to_dict()):
        raise GanzooError(f"the bench played other values under the name {recipe.name} than its block gives now")
    if data_is_registered and results.dataset.name != published.data:
        told = f"{results.dataset.name}, and it was published on {published.data}"
        raise GanzooError(f"the bench played {recipe.name} on {told}")
    kimg = results.budget.get("kimg")
    if kimg is None or kimg < PLAYED * published.kimg:
        played = ", ".join(f"{amount:,g} {unit}" for unit, amount in results.budget.items())
        raise GanzooError(
            f"the bench played {played} of {recipe.name}, and the published budget is {published.kimg:,.10g} kimg: "
            "numbers of a shorter training do not compare"
        )


def _plays(recipe: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in recipe.items() if key not in _TEXTS}


def _judged(metric: PublishedMetric, results: BenchResults, runs: Sequence[RunResult], known: Known) -> Agreement:
    heading = next((column for column in results.columns if column.key == metric.name), None)
    done = [run for run in runs if run.done]
    values = [value for run in done if (value := number((run.metrics or {}).get(metric.name))) is not None]
    told = (metric.name, metric.value, metric.spread, tuple(values))
    if heading is None:
        whose = "the bench" if metric.name in known.metrics else "ganzoo"
        reason = f"{whose} has no metric {metric.name!r}"
        return Agreement(*told, None, None, "not judged", reason, decides=metric.name in known.metrics)
    if not values:
        return Agreement(*told, None, None, "not judged", f"none of {len(runs)} runs has a number")
    found = summarise(values, number((done[0].spreads or {}).get(metric.name)) if len(values) == 1 else None)
    half = found.sampling if found.n == 1 else found.half_width
    if other := _other_extractor(results, heading, known.extractor):
        return Agreement(
            *told, found.mean, half, "not judged", f"judged by {other}, and published by {known.extractor}"
        )
    if metric.n is not None and results.samples != metric.n:
        reason = f"judged on {results.samples:,} generated images, and published on {metric.n:,}"
        return Agreement(*told, found.mean, half, "not judged", reason, decides=False)
    lost = len(runs) - len(values)
    notes = [f"{lost} of {len(runs)} runs have no number"] * bool(lost) + ["one seed"] * (found.n == 1)
    if metric.n is None:
        notes.append(f"judged on {results.samples:,} generated images; the source does not say on how many")
    return Agreement(*told, found.mean, half, _verdict(metric, heading, found, half), "; ".join(notes))


def _other_extractor(results: BenchResults, heading: MetricHeading, extractor: str) -> str | None:
    """Return what a number was taken with, where that is not an extractor with weights of its own; else None."""
    used = results.evaluated_with.extractor
    if used != extractor:
        return str(used)
    own_title = f"[{extractor}-" not in heading.label  # other weights are told by the digits of their digest
    return None if own_title else f"{extractor} with other weights"


def _verdict(metric: PublishedMetric, heading: MetricHeading, known: Summary, half: float | None) -> Verdict:
    reach = (half or 0.0) + NORMAL * (metric.spread or 0.0)
    if abs(known.mean - metric.value) <= reach:
        return "agrees"
    return "better" if (known.mean < metric.value) == (heading.better == "lower") else "worse"
