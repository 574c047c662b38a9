"""Recipes played again: whether this machine, with these versions, makes them as good as they are known to be."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import GanzooError
from ..recipes.overrides import split_spec
from ..registry.discovery import Zoo
from ..registry.registry import Entry, Registry
from ..storage.cache import Cache
from .bench import run_bench
from .live.display import Display
from .plan import Plan, prepare
from .references import ReferenceNumbers, choose, identity_of, references_of
from .results.formats import number
from .results.terms.budget import Budget
from .results.terms.settings import RunSettings
from .stats.t_tests import ALPHA, detectable, holm, welch


@dataclass(frozen=True)
class Verdict:
    """The verdict on a recipe's mean of a metric: worse than it was, or not.

    Attributes:
        recipe: its name.
        metric: its registered name.
        label: its title.
        better: ``lower`` or ``higher``.
        reference: the number of each seed as shipped.
        now: the number of each seed as played.
        p: of the one-sided Welch test that the mean is not worse, with Holm's correction for all that are tested
            together; None where no test was needed, or possible.
        detectable: the loss that such a test, uncorrected, finds with a probability of 80 %.
        worse: the verdict.
        reason: why, where it is not p alone.
    """

    recipe: str
    metric: str
    label: str
    better: str
    reference: tuple[float, ...]
    now: tuple[float, ...]
    p: float | None
    detectable: float | None
    worse: bool
    reason: str = ""


def judge_again(pairs: Sequence[tuple[ReferenceNumbers, Sequence[Mapping[str, Any]]]]) -> list[Verdict]:
    """Test each metric of each recipe at the level 0.05, all of them together.

    A run that failed counts as worst: where a larger share of the seeds failed than did in the reference, that is
    worse, and no mean of the others makes up for it.

    Args:
        pairs: references, each with the runs that were played against it as ``results.json`` holds them.
    """
    verdicts: list[Verdict] = []
    tests: dict[int, float] = {}  # p by the place among the verdicts
    for reference, runs in pairs:
        done = [run for run in runs if run["status"] == "done"]
        failed = len(runs) - len(done)
        more_failed = failed * reference.asked > (reference.asked - len(reference.runs)) * len(runs)
        for column in reference.columns:
            then, key = reference.values(column["key"]), column["key"]
            now = [value for run in done if (value := number(run["metrics"].get(key))) is not None]
            reason = ""
            if more_failed:
                reason = f"{failed} of {len(runs)} runs did not finish"
            elif len(now) < 2 <= len(then):
                reason = f"{len(now)} of {len(runs)} runs have a number"
            verdict = Verdict(
                reference.recipe,
                key,
                column["label"],
                column["better"],
                tuple(then),
                tuple(now),
                p=None,
                detectable=None,
                worse=bool(reason),
                reason=reason,
            )
            if not reason and len(then) >= 2:
                lost = welch(then, now) if column["better"] == "lower" else welch(now, then)
                # of a two-sided test at twice the level, one side of which is this one
                verdict = replace(verdict, p=lost.p_less, detectable=detectable(lost, alpha=2 * ALPHA))
                tests[len(verdicts)] = lost.p_less
            verdicts.append(verdict)
    for place, p in zip(tests, holm(list(tests.values())), strict=True):
        verdicts[place] = replace(verdicts[place], p=p, worse=p < ALPHA)
    return verdicts


def verify(
    names: Sequence[str],
    zoo: Zoo,
    cache: Cache,
    display: Display,
    *,
    dataset: str | None = None,
    budget: Budget | None = None,
    seeds: tuple[int, ...] | None = None,
    out: Path | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Play recipes on the data, the budget and the seeds of their reference numbers, and test the new ones.

    Args:
        names: of recipes with reference numbers.
        zoo: all parts.
        cache: for data and extractors.
        display: shows the benches.
        dataset: which reference, where a recipe has several: that of this data.
        budget: likewise, that of this budget; else that of the smallest.
        seeds: others than those of the reference, two or more; the test takes them for independent either way.
        out: folder of the benches; None for some below ``runs/`` that the same command finds again.
        options: fields of ``RunSettings``: where and how fast it is played.

    Returns:
        Plain data: ``passed``, a verdict for each metric of each recipe, and the folders of the benches.

    Raises:
        GanzooError: a recipe has no reference numbers, or those that would be taken here do not compare with them.
    """
    if seeds is not None and len(seeds) < 2:
        raise GanzooError(f"a test of means takes two seeds or more, and {len(seeds)} was asked for")
    chosen = [
        choose(name, references_of(_shipped(name, zoo.registry), zoo.registry), dataset, budget)
        for name in dict.fromkeys(names)
    ]
    groups = _groups(chosen)
    benches = [
        (_settings(group, seeds, _folder(out, place, len(groups)), options), group)
        for place, group in enumerate(groups)
    ]
    for settings, group in benches:  # all of them, before any is played
        _require_same(prepare(settings, zoo, cache), group)
    pairs, folders = [], []
    for settings, group in benches:
        results, folder = run_bench(settings, zoo, cache, display)
        folders.append(str(folder))
        pairs += [(found, [run for run in results["runs"] if run["recipe"] == found.recipe]) for found in group]
    verdicts = judge_again(pairs)
    return {
        "schema": 1,
        "passed": not any(verdict.worse for verdict in verdicts),
        "level": ALPHA,
        "played": {str(found): {"reference": found.device, "seeds": len(runs)} for found, runs in pairs},
        "verdicts": [asdict(verdict) for verdict in verdicts],
        "folders": folders,
    }


def _shipped(name: str, registry: Registry) -> Entry:
    """The recipe that a plugin registers.

    Raises:
        GanzooError: there is none, or it is changed, or a user's file.
    """
    asked = split_spec(name)
    if asked.edits or asked.is_file:
        beside = "ANOTHER" if asked.is_file else asked.base
        raise GanzooError(
            f"{name!r} is no recipe as it ships, and has no reference numbers; `ganzoo bench {beside} "
            f"{shlex.quote(name)}` compares it with another"
        )
    return registry.get("recipe", name)


def _groups(references: Sequence[ReferenceNumbers]) -> list[list[ReferenceNumbers]]:
    """Those that are played in one bench."""
    groups: dict[tuple[Any, ...], list[ReferenceNumbers]] = {}
    for found in references:
        keys = tuple(column["key"] for column in found.columns)
        of_one = (found.hash, found.budget, found.samples, keys, tuple(found.runs), str(found.identity))
        groups.setdefault(of_one, []).append(found)
    return list(groups.values())


def _folder(out: Path | None, place: int, count: int) -> Path | None:
    return out / f"bench{place}" if out is not None and count > 1 else out


def _settings(
    group: Sequence[ReferenceNumbers], seeds: tuple[int, ...] | None, out: Path | None, options: Mapping[str, Any]
) -> RunSettings:
    first = group[0]
    return RunSettings(
        recipes=tuple(found.recipe for found in group),
        budget=first.budget,
        seeds=seeds or tuple(first.runs),
        dataset=first.dataset,
        samples=first.samples,
        metrics=tuple(dict.fromkeys(column["key"].partition(".")[0] for column in first.columns)),
        extractor=first.identity["extractor"],
        evaluations=1,
        replicates=0,
        examinations=(),
        out=out,
        **options,
    )


def _require_same(plan: Plan, group: Sequence[ReferenceNumbers]) -> None:
    for found in group:
        if found.recipe in plan.skipped:
            raise GanzooError(f"{found.recipe} cannot be played on {found.dataset}: {plan.skipped[found.recipe]}")
        here = identity_of(plan.evaluator.identity) if plan.evaluator else {}
        differing: list[tuple[str, Any, Any]] = [("data's hash", found.hash, plan.images.hash)]
        keys = dict.fromkeys((*found.identity, *here))
        differing += [(key, found.identity.get(key), here.get(key)) for key in keys]
        for what, then, now in differing:
            if then != now:
                raise GanzooError(
                    f"the reference numbers of {found} do not compare with what is taken here: their {what} is "
                    f"{then!r}, and here it is {now!r}"
                )
