"""``index.html``: the page over the benches of a suite, with a way to the report of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ...drawing.page import digest, filled
from ...storage.atomic import write_file
from ...text import printable
from ..report.report import baseline_rows, template
from ..report.sections import facts
from ..report.sections.intervals import interval_marks
from ..results.bench_files.bench_results import RESULTS, BenchResults
from ..results.bench_files.suite_file import SuiteBench, SuiteFile, read_suite
from ..results.formats import NONE
from ..tables.joining.compare import read_bench
from ..tables.model import Table, TableColumn, TableRow, cell
from .table import crossed, suite_table


def benches_of(folder: Path, suite: SuiteFile) -> dict[str, BenchResults]:
    """Return the results of a suite's benches that have ended, by their folders' names.

    Args:
        folder: of the suite.
        suite: its ``suite.json``.

    Raises:
        DataError: there are results that cannot be read.
    """
    names = [bench.folder for bench in suite.benches]
    return {name: read_bench(folder / name).results for name in names if (folder / name / RESULTS).exists()}


def render_index(suite: SuiteFile, benches: Mapping[str, BenchResults]) -> str:
    """Render the page.

    Args:
        suite: its ``suite.json``.
        benches: results by the name of the bench's folder; those that have not ended are left out.
    """
    table = suite_table(benches)
    script = template("page.js")
    return filled(
        template("index.html.jinja2"),
        style=template("page.css"),
        script=script,
        script_hash=digest(script),
        heading=printable(suite.suite),
        facts=_facts(suite, benches),
        table=table,
        rows=_rows(table),
        baselines=baseline_rows(table),
        crosses=list(_crosses(suite, table)),
        benches=[_bench(bench, benches.get(bench.folder)) for bench in suite.benches],
        left_out=[(printable(name), printable(reason)) for name, reason in suite.left_out.items()],
        command=printable(suite.command or NONE),
        version=printable(suite.ganzoo or NONE),
    )


def _facts(suite: SuiteFile, benches: Mapping[str, BenchResults]) -> list[tuple[str, str]]:
    """Return what all the benches that have ended share."""
    asked, shared = len(suite.benches), []
    told = [dict(facts.facts(results)) for results in benches.values()]
    for name in ("Track", "Budget", "Seeds", "Device"):
        values = {about.get(name, NONE) for about in told}
        if len(values) == 1 and values != {NONE}:
            shared.append((name, values.pop()))
    ended = "" if len(benches) == asked else f", {len(benches)} of them played"
    recipes = len({run.recipe for results in benches.values() for run in results.runs})
    return [("Data sets", f"{asked}{ended}"), *([("Recipes", str(recipes))] if recipes else []), *shared]


def _rows(table: Table) -> list[dict[str, Any]]:
    marks = {column.key: interval_marks(table, column) for column in table.columns}

    def values(row: TableRow) -> Iterator[dict[str, Any]]:
        for column in table.columns:
            summary = row.metrics[column.key]
            ranking = table.rankings[column.key]
            yield {
                "text": cell(row, column),
                "best": column.key in row.best,
                "key": "" if summary is None else summary.mean,
                "rank": ranking.written(row.recipe) if row.recipe in ranking.ranks else "",
                "interval": marks[column.key].get(row.recipe, ""),
            }

    return [
        {
            "recipe": printable(row.recipe),
            "seeds": row.seeds,
            "whole": row.done == row.asked,
            "share": row.done / row.asked if row.asked else 0,
            "rank": row.rank,
            "values": list(values(row)),
        }
        for row in table.rows
    ]


def _crosses(suite: SuiteFile, table: Table) -> Iterator[dict[str, Any]]:
    """Yield a grid of two keys as rows and columns, for each data set and each recipe that it was made of."""
    by_name = {row.recipe: row for row in table.rows}
    for column in table.columns:
        for recipe, (down, across, names) in crossed(by_name, suite.grid).items():
            yield {
                "title": f"{printable(recipe)}: {column.title}",
                "head": [printable(change) for change in across],
                "rows": [
                    (printable(a), [_crossing(by_name.get(names.get((a, b), "")), column) for b in across])
                    for a in down
                ],
            }


def _crossing(row: TableRow | None, column: TableColumn) -> tuple[str, bool]:
    """Return a cell's text, and whether it is better than all others."""
    return (cell(row, column), column.key in row.best) if row is not None else (NONE, False)


def _bench(bench: SuiteBench, results: BenchResults | None) -> dict[str, Any]:
    said: dict[str, Any] = {"name": printable(str(bench.data)), "report": None, "facts": [], "reasons": []}
    if results is None:
        return said
    counts: dict[str, int] = {}
    for run in results.runs:
        counts[run.outcome] = counts.get(run.outcome, 0) + 1
    return said | {
        "report": f"{quote(bench.folder)}/report.html",
        "facts": [
            ("Runs", ", ".join(f"{n} {status}" for status, n in counts.items())),
            *((name, value) for name, value in facts.facts(results) if name in ("Data", "Judged on", "Started")),
        ],
        "reasons": [
            printable(f"{run.recipe}, seed {run.seed}: {run.outcome}: {run.why or 'no reason given'}")
            for run in results.runs
            if not run.done
        ],
    }


def write_index(folder: Path) -> Path:
    """Write the ``index.html`` of a suite's folder from its ``suite.json`` and its benches' results; the page's path.

    Raises:
        DataError: something cannot be read.
        SetupError: the page cannot be written.
    """
    suite = read_suite(folder)
    page = folder / "index.html"
    write_file(page, render_index(suite, benches_of(folder, suite)))
    return page
