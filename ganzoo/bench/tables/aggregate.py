"""From ``results.json`` to the table of a bench, and its forms on the terminal and in Markdown."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ...text import printable
from ..results.bench_files.bench_results import BenchResults, MetricHeading
from ..results.formats import count, decimals, number
from ..results.run_files.result import ALTERED, Metrics, RunResult
from ..stats.ranking import Ranking, rank
from ..stats.statistics import Summary, summarise
from ..stats.t_tests import ALPHA
from .forms.markdown_table import markdown
from .forms.terminal_table import print_table
from .mixed import MIXED, differing
from .model import ARROWS, Baseline, Table, TableColumn, TableRow, cell
from .notes import devices_of, notes_below, reasons_below, warnings_below

__all__ = ["Table", "TableColumn", "TableRow", "aggregate", "cell", "markdown", "print_table"]


_NO_SCORE = ("skipped", "reached", ALTERED)  # never played, ended at its goals, or not to be believed


def _column(heading: MetricHeading, results: BenchResults) -> TableColumn:
    key = heading.key
    means = [value for run in results.runs if run.done and (value := run.metric(key)) is not None]
    sample = f"@{count(results.samples)} {ARROWS[heading.better]}"
    label = printable(heading.label)
    real = number((results.real or {}).get(key))
    # One decimal says enough of shares in per cent, and of the mean of counts, which are whole of the real data too.
    # A share that happens to be 0 and 1 is no count.
    counts = real is not None and real > 1 and all(value.is_integer() for value in (real, *means))
    return TableColumn(key, label, sample, heading.better, 1 if counts or label.endswith("%") else decimals(means))


def _summary(runs: Iterable[RunResult], key: str) -> Summary | None:
    known = [(value, run.spread(key)) for run in runs if (value := run.metric(key)) is not None]
    return summarise([value for value, _ in known], known[0][1]) if known else None


def _present(values: Iterable[float | None]) -> list[float]:
    return [finite for value in values if (finite := number(value)) is not None]


def _row(recipe: str, runs: Sequence[RunResult], asked: int, columns: Sequence[TableColumn]) -> TableRow:
    done = [run for run in runs if run.done]
    speeds = _present(run.images_per_second for run in done)
    seconds = _present(run.seconds for run in done)
    mixed = differing(done)
    return TableRow(
        recipe=recipe,
        done=len(done),
        asked=max(asked, len(runs)),
        metrics={column.key: _summary(done, column.key) for column in columns},
        best=frozenset(),
        rank="",
        images_per_second=statistics.median(speeds) if speeds else None,
        peak_memory_mb=max(_present(run.peak_memory_mb for run in done), default=None),
        seconds=statistics.fmean(seconds) if seconds else None,
        mark=MIXED if mixed else "",
        mixed=mixed,
    )


def _scores(runs: Iterable[RunResult], key: str) -> dict[int, float | None]:
    """Return the number of each seed that was played; None where the run failed, or has no such number.

    An altered result says nothing of its run, neither that it failed; nor does one that ended at its goals. Nothing is
    returned of a recipe that the metric is not taken of, such as one without classes where each class is compared: it
    is neither better nor worse.
    """
    runs = list(runs)
    if any(run.done and key not in (run.metrics or {}) for run in runs):
        return {}
    return {run.seed: run.metric(key) if run.done else None for run in runs if run.outcome not in _NO_SCORE}


def _ranking(heading: MetricHeading, results: BenchResults) -> Ranking:
    """Rank all recipes by a metric."""
    return rank(
        {name: _scores(results.runs_of(name), heading.key) for name in results.recipe_names},
        heading.better,
        positive=heading.positive,
        floor=_floor(heading.key, results),
        alpha=results.sequential.level if results.sequential else ALPHA,
    )


def _floor(key: str, results: BenchResults) -> float | None:
    """Return the floor for as many samples as were judged: of fewer it is higher, about as one over their number."""
    floor = number((results.floor or {}).get(key))
    return None if floor is None else floor * max(1.0, (results.floor_n or 0) / results.samples)


def _baselines(results: BenchResults, columns: Sequence[TableColumn]) -> tuple[Baseline, ...]:
    held_out = results.held_out
    found: tuple[tuple[str, int | None, Metrics | None], ...] = (
        ("held-out", held_out.n if held_out else None, held_out.baseline if held_out else None),
        ("real halves", results.floor_n, results.floor),
        ("real data", None, results.real),
    )
    rows = []
    for name, n, values in found:
        known = {column.key: number((values or {}).get(column.key)) for column in columns}
        rows.append(Baseline(f"{name} @{count(n)}" if n else name, known))
    return tuple(row for row in rows if any(value is not None for value in row.values.values()))


def aggregate(results: BenchResults) -> Table:
    """Return the table of a bench.

    Only finished runs give means; the others are counted in the seeds column, listed with their reasons, and count as
    the worst value where recipes are ranked.
    """
    names = results.recipe_names
    runs = {name: results.runs_of(name) for name in names}
    columns = tuple(_column(heading, results) for heading in results.columns)
    rows = [_row(name, runs[name], len(results.seeds), columns) for name in names]
    rankings = {heading.key: _ranking(heading, results) for heading in results.columns}
    best = {name: frozenset(key for key, found in rankings.items() if found.best == name) for name in names}
    ranks = rankings[columns[0].key] if columns else None
    rows = [replace(row, best=best[row.recipe], rank=ranks.written(row.recipe) if ranks else "") for row in rows]
    if len(devices_of(results)) > 1:
        rows = [replace(row, images_per_second=None, peak_memory_mb=None, seconds=None) for row in rows]
    table = Table(
        columns=columns,
        rows=tuple(rows),
        baselines=_baselines(results, columns),
        reasons=reasons_below(results),
        warnings=warnings_below(results),
        notes=(),
        rankings=rankings,
    )
    return replace(table, notes=notes_below(table, results))
