"""``report.html``: a bench on one page that needs nothing else, on the screen, on a phone and on paper."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...drawing.page import asset, digest, filled
from ...storage.atomic import write_file
from ...text import printable
from ..results.bench_files.bench_results import RESULTS, BenchResults
from ..results.bench_files.reading import read_results
from ..results.formats import NONE, duration, fixed, memory, number, whole
from ..tables.aggregate import Table, TableRow, aggregate, cell
from ..tables.verdict_lines import explained, verdict_lines
from .diagnostic_charts import diagnostic_figures
from .sections import classes, data_shown, facts, figures, pictures, recipes, run_details
from .sections.intervals import interval_marks

IMAGE_BYTES = 2_400_000  # with their text form and the rest, a page of ten recipes stays below 5 MB


def _table_rows(table: Table) -> list[dict[str, Any]]:
    """Return the table's rows as text, with what each cell is sorted by."""
    marks = interval_marks(table, table.columns[0]) if table.columns else {}

    def values(row: TableRow) -> list[tuple[str, bool, object]]:
        found: list[tuple[str, bool, object]] = []
        for column in table.columns:
            summary = row.metrics[column.key]
            found.append((cell(row, column), column.key in row.best, "" if summary is None else summary.mean))
        return found

    return [
        {
            "recipe": printable(row.recipe),
            "rank": row.rank,
            "place": place,
            "seeds": row.seeds,
            "whole": row.done == row.asked,
            "share": row.done / row.asked if row.asked else 0,
            "values": values(row),
            "interval": marks.get(row.recipe, ""),
            "costs": [
                (text, "" if value is None else value)
                for text, value in (
                    (whole(row.images_per_second), row.images_per_second),
                    (memory(row.peak_memory_mb), row.peak_memory_mb),
                    (duration(row.seconds), row.seconds),
                )
            ],
        }
        for place, row in enumerate(table.rows)
    ]


def baseline_rows(table: Table) -> list[tuple[str, list[str]]]:
    """Return the name of each baseline, and its numbers as text."""
    return [
        (baseline.name, [fixed(baseline.values[column.key], column.digits) for column in table.columns])
        for baseline in table.baselines
    ]


def _run_rows(results: BenchResults, names: Sequence[str], table: Table) -> list[list[str]]:
    rows = []
    for run in sorted(results.runs, key=lambda run: names.index(run.recipe)):
        counts = (run.kimg, run.d_steps, run.g_steps, run.images_per_second)
        times = (run.seconds, run.warmup_seconds, run.capture_seconds, run.evaluation_seconds)
        rows.append(
            [
                printable(run.recipe),
                str(run.seed),
                run.outcome,
                *(fixed(run.metric(column.key), column.digits) for column in table.columns),
                *(whole(number(value)) for value in counts),
                memory(number(run.peak_memory_mb)),
                *(duration(number(value)) for value in times),
            ]
        )
    return rows


def template(name: str) -> str:
    """Read a file of the pages over benches."""
    return asset("ganzoo.bench.report", "templates", name)


def render_report(results: BenchResults, bench: Path, image_bytes: int = IMAGE_BYTES) -> str:
    """Render the page of a bench.

    Args:
        results: of the bench.
        bench: its folder, where the pictures and the runs' records are.
        image_bytes: how many bytes of pictures the page may hold; where they are more, they take a lossy form, and
            what does not fit even so stays in the run folders, and the page says how many did.
    """
    names = results.recipe_names
    table = aggregate(results)
    seen = pictures.Pictures(bench, image_bytes, [pictures.REAL, *pictures.wanted(results.runs)])
    script = template("page.js")
    charts = [(column, figures.curve_figures(results, column)) for column in table.columns]
    return filled(
        template("page.html.jinja2"),
        style=template("page.css"),
        script=script,
        script_hash=digest(script),
        heading=facts.heading(results, names),
        brief=facts.brief(results),
        facts=facts.facts(results),
        left_out=facts.left_out_of(results),
        verdicts=verdict_lines(results),
        explained=explained(results),
        table=table,
        rows=_table_rows(table),
        baselines=baseline_rows(table),
        warnings=facts.warnings(results),
        charts=[(column, found) for column, found in charts if found],
        scores=figures.score_figures(results, table),
        classes=classes.views(results),
        trade_off=figures.trade_off_figure(table),
        diagnostics=diagnostic_figures(results, bench),
        alarms=run_details.alarms(results),
        examinations=run_details.examinations(results, names, seen),
        interpolations=run_details.interpolations(results, names, seen),
        best=run_details.best_rows(results, table),
        recipes=recipes.views(results, names, seen, table),
        real=seen.source(*pictures.REAL),
        samples=facts.samples_of(results),
        part=data_shown.part_shown(results.dataset, seen.said),
        undrawn=pictures.undrawn(results.runs),
        layout=pictures.LAYOUTS.get(results.dataset.samples, "drawing"),
        omitted=seen.omitted,
        lossy=seen.lossy,
        run_rows=_run_rows(results, names, table),
        environment=facts.flat(results.machine.to_json()),
        evaluator=facts.flat(results.evaluated_with.to_json()),
        data_hash=printable(results.dataset.hash or NONE),
        command=printable(results.command or NONE),
        version=printable(results.ganzoo or NONE),
    )


def write_report(bench: Path) -> Path:
    """Write ``report.html`` of the bench folder ``bench`` from its ``results.json`` and pictures; the page's path.

    Raises:
        DataError: there is no ``results.json`` that can be read.
        SetupError: the page cannot be written.
    """
    page = bench / "report.html"
    absent = f"there is no results.json in {bench}: a report needs the folder of a bench"
    write_file(page, render_report(read_results(bench / RESULTS, absent), bench))
    return page
