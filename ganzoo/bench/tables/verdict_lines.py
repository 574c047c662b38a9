"""Plain sentences on each recipe, over its seeds; and one on the first number of a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...text import printable, word_of
from ..results.bench_files.bench_results import BenchResults, MetricHeading
from ..results.formats import count, number, short
from ..results.run_files.result import RunResult


@dataclass(frozen=True)
class VerdictLine:
    """A sentence on a recipe.

    Attributes:
        sentence: such as ``dcgan lacks class 4 (seeds 0, 2).``; without seeds where it is true of all that finished.
        alarm: it is something to be put right.
        why: a sentence with the numbers of the first of these seeds; empty of good news.
        next: the next thing to try; empty of good news.
    """

    sentence: str
    alarm: bool
    why: str = ""
    next: str = ""

    @property
    def text(self) -> str:
        """All of it in one line."""
        return " ".join(part for part in (self.sentence, self.why, f"Next: {self.next}" if self.next else "") if part)


def verdict_lines(results: BenchResults) -> list[VerdictLine]:
    """Return the sentences on all recipes: alarms first; then a line of what is well for each recipe that has any.

    Files from before there were verdicts have none, and so there are no lines.
    """
    alarms: list[VerdictLine] = []
    good: list[VerdictLine] = []
    for recipe in results.recipe_names:
        runs = [run for run in results.runs_of(recipe) if run.done]
        alarms += _alarms(recipe, runs, results)
        well = [says for says, of in _said(runs, alarm=False).items() if len(of) == len(runs)]
        if well:
            good.append(VerdictLine(f"{printable(recipe)} {' and '.join(map(printable, well))}.", alarm=False))
    return alarms + good


def _said(runs: list[RunResult], *, alarm: bool) -> dict[str, list[RunResult]]:
    """Return the runs that each thing is said of."""
    said: dict[str, list[RunResult]] = {}
    for run in runs:
        for verdict in run.verdicts:
            if verdict.alarm == alarm:
                said.setdefault(verdict.says, []).append(run)
    return said


def _alarms(recipe: str, runs: list[RunResult], results: BenchResults) -> Iterator[VerdictLine]:
    for says, of in _said(runs, alarm=True).items():
        first = next(verdict for verdict in of[0].verdicts if verdict.says == says)
        yield _line(recipe, says, of, runs, first.why, first.next)
    other = [run for run in runs if run.samples and run.samples != results.samples]
    if other:
        shares = " and ".join(sorted({f"{run.samples:,}" for run in other}))
        why = f"{shares}, where the others were judged on {results.samples:,}: distances depend on it."
        then = "Judge again on as many: `ganzoo eval RUN --samples N`."
        yield _line(recipe, "was judged on another number of samples than the others", other, runs, why, then)


def _line(recipe: str, says: str, of: list[RunResult], runs: list[RunResult], why: str, then: str) -> VerdictLine:
    seeds = ", ".join(str(run.seed) for run in of)
    where = "" if len(of) == len(runs) else f" (seed{'s' * (len(of) > 1)} {seeds})"
    return VerdictLine(f"{printable(recipe)} {printable(says)}{where}.", True, printable(why), printable(then))


def said_below(results: BenchResults) -> list[str]:
    """Return the lines that stand below a table in a terminal: what its first number is, and the verdicts."""
    return [line for line in (explained(results), *(verdict.text for verdict in verdict_lines(results))) if line]


def explained(results: BenchResults) -> str:
    """Explain the first column's title, such as ``FD[digits]@1797``, in one line; empty without columns."""
    if not results.columns:
        return ""
    column = results.columns[0]
    name, _, rest = column.label.partition("[")
    eyes = f", seen through the network {rest.partition(']')[0]!r}" if rest else ""
    data = results.dataset
    things = f"{results.samples:,} generated {word_of(data.described) if data.described else data.samples}"
    meant = f"how far {things} are from the real ones" if column.key == "fid" else f"the {name.strip()} of {things}"
    title = f"{column.label}@{count(results.samples)}"
    return printable(f"{title}: {meant}{eyes}; {column.better} is better{_beside(results, column)}.")


def _beside(results: BenchResults, column: MetricHeading) -> str:
    floor = number((results.floor or {}).get(column.key))
    if floor is None or not results.floor_n:
        return ""
    if column.key != "fid":  # of a metric of pairs it is that of pairs at random
        return f", and the floor below the table is {short(floor)}"
    return f", and two halves of the real data, {results.floor_n:,} each, lie {short(floor)} apart"
