"""The rules for results of others: what a bench has to bring to stand in a leaderboard beside ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ...errors import DataError, RecipeError
from ...recipes.differences.stale import in_words, read_as_played
from ...registry.discovery import Zoo
from ...storage.cache import Cache
from ...text import printable
from ..results.bench_files.bench_results import BenchResults, BenchTerms
from ..results.bench_files.manifest import MANIFEST
from ..results.run_files.result import FELL, FINAL
from ..results.stored import read_stored
from ..stats.ranking import ENOUGH_SEEDS
from ..tables.joining.compare import read_bench
from ..tables.joining.compatibility import Bench
from ..tables.joining.stale_rows import stale_rows
from .audit import audit
from .verdict import HOLDS

_AS_IT_ENDS = ("environment",)  # of a cluster it is that of its runs, which bench.json cannot tell yet
_OF_ONE_MACHINE = re.compile(r"(^|[\s='\"])(/[^/\s]|~|[A-Za-z]:\\)")


@dataclass(frozen=True)
class Rule:
    """A rule, and whether a submission keeps it.

    Attributes:
        name: of the rule.
        held: whether it is kept.
        said: what was found, in a sentence.
    """

    name: str
    held: bool
    said: str


def check_submission(folder: Path, zoo: Zoo, cache: Cache) -> list[Rule]:
    """Check a bench of others against the rules, and audit its runs with their generators evaluated again.

    Args:
        folder: of the bench, with the folders of its runs.
        zoo: all parts.
        cache: for data, extractors and references.

    Raises:
        GanzooError: there is no bench that has ended.
    """
    bench = read_bench(folder)
    results = bench.results
    return [
        _seeds(results),
        _runs(results),
        _numbers(results),
        _command(results),
        _recipes(bench, zoo),
        _files(bench),
        _audited(bench, zoo, cache),
    ]


def plain_submission(folder: Path, rules: list[Rule]) -> dict[str, Any]:
    """Give the outcome as plain data."""
    return {"folder": str(folder), "accepted": accepted(rules), "rules": [asdict(rule) for rule in rules]}


def accepted(rules: list[Rule]) -> bool:
    """Return whether every rule is kept."""
    return all(rule.held for rule in rules)


def _rule(name: str, wrong: list[str], otherwise: str) -> Rule:
    return Rule(name, not wrong, printable("; ".join(wrong) if wrong else otherwise))


def _seeds(results: BenchResults) -> Rule:
    """Check that there are five, from 0 on: nobody has chosen them."""
    seeds = sorted(results.seeds)
    few = f"{len(seeds)} seed{'s' * (len(seeds) != 1)}, and it takes {ENOUGH_SEEDS}: --seeds {ENOUGH_SEEDS}"
    wrong = [few] * (len(seeds) < ENOUGH_SEEDS)
    if seeds != list(range(len(seeds))):
        wrong.append(f"the seeds are {', '.join(map(str, seeds))}, and have to be 0 to {len(seeds) - 1}, none left out")
    return _rule("seeds", wrong, f"0 to {len(seeds) - 1}")


def _runs(results: BenchResults) -> Rule:
    """Check that each recipe has an end for each seed; one that diverged is an end, and counts as the worst value."""
    ends = {*FINAL, *FELL} - {"failed"}  # which is what a machine does, and not a recipe
    ended = {(run.recipe, run.seed) for run in results.runs if run.outcome in ends}
    asked = [(recipe, seed) for recipe in results.recipe_names for seed in results.seeds]
    wrong = [f"{recipe}, seed {seed}, has no end" for recipe, seed in asked if (recipe, seed) not in ended]
    if early := sum(run.outcome == "reached" for run in results.runs):
        wrong.append(f"{early} of {len(asked)} ended at the goals of a speedrun, before the end of their budget")
    fell = sum(not run.done for run in results.runs)
    return _rule(
        "runs", wrong, f"all {len(asked)} ended" + (f", {fell} of them not well, which counts" if fell else "")
    )


def _numbers(results: BenchResults) -> Rule:
    """Check that there are numbers, a floor to read them by, and spreads to audit them by."""
    wrong = ["there is no metric"] * (not results.columns)
    wrong += ["there is no floor of the real data"] * (bool(results.columns) and not results.floor)
    wrong += ["the data have no hash"] * (results.dataset.hash is None)
    without = [f"{run.recipe}, seed {run.seed}" for run in results.runs if run.done and not run.spreads]
    if without and results.columns:
        wrong.append(f"no spreads of {without[0]}{' and others' if len(without) > 1 else ''}: leave --replicates 0 out")
    labels = ", ".join(heading.label for heading in results.columns)
    return _rule("numbers", wrong, f"{labels} with floors and spreads")


def _command(results: BenchResults) -> Rule:
    """Check that the command is there, and can be repeated elsewhere."""
    command = results.command or ""
    wrong = ["results.json does not tell the command"] * (not command)
    if _OF_ONE_MACHINE.search(command):
        wrong.append("the command names a folder of one machine; play the bench with relative paths")
    return _rule("command", wrong, command)


def _recipes(bench: Bench, zoo: Zoo) -> Rule:
    """Check that each recipe plays here as it was played, and that parts of others tell where they are from."""
    stale = stale_rows([bench], zoo.registry)
    wrong = [f"{name} plays otherwise now ({in_words(changes)})" for name, changes in stale.items()]
    wrong += [f"results.json does not tell how {name} was played" for name in _untold(bench.results)]
    from_others = dict.fromkeys(_from_others(bench.results))
    said = f"as here; parts of others: {', '.join(from_others)}" if from_others else "as here"
    return _rule("recipes", wrong, said)


def _untold(results: BenchResults) -> Iterator[str]:
    for name in results.recipe_names:
        about = results.recipes.get(name)
        try:
            read_as_played((about.text if about else "") or "")
        except RecipeError:
            yield name


def _files(bench: Bench) -> Rule:
    """Check that results.json says what the bench said as it began, and of all runs that its folder holds."""
    folder, results = bench.folder, bench.results
    try:
        gone = f"{MANIFEST} is gone, which the bench wrote as it began"
        before, now = read_stored(BenchTerms, folder / MANIFEST, gone).to_json(), results.to_json()
    except DataError as error:
        return _rule("files", [str(error)], "")
    late = {*_AS_IT_ENDS, *(("recipes",) if results.tuning else ())}  # whose values --tune chose afterwards
    apart = [key for key in BenchTerms.model_fields if key not in late and before.get(key) != now.get(key)]
    wrong = [f"results.json and {MANIFEST} differ in {', '.join(apart)}"] if apart else []
    told = {folder / (run.folder or "") for run in results.runs}
    there = {path.parent for path in folder.glob("*/seed*/run.json")}
    if left_out := sorted(str(place.relative_to(folder)) for place in there - told):
        wrong.append(f"results.json leaves out {', '.join(left_out)}, which the folder holds")
    seeds = {run.seed for run in results.runs}
    if seeds != set(results.seeds):
        wrong.append("the seeds of results.json are not those of its runs")
    return _rule("files", wrong, f"results.json is that of {MANIFEST} and of {len(there)} runs")


def _from_others(results: BenchResults) -> Iterator[str]:
    for about in results.recipes.values():
        yield from (f"{part} of {origin}" for part, origin in about.origins.items())


def _audited(bench: Bench, zoo: Zoo, cache: Cache) -> Rule:
    """Audit the runs: all have to hold, as far as anything can be checked of a run that did not end well."""
    audits = audit(bench.folder, zoo, cache)
    fell = {(run.recipe, run.seed) for run in bench.results.runs if not run.done}
    wrong = [
        f"{one.recipe}, seed {one.seed}: {one.verdict}: {one.said}"
        for one in audits
        if one.verdict != HOLDS and ((one.recipe, one.seed) not in fell or any(c.held is False for c in one.checks))
    ]
    again = sum(any(check.name == "evaluation" and check.held for check in one.checks) for one in audits)
    return _rule("audit", wrong, f"{len(audits)} runs hold, {again} generators evaluated again")
