"""``ganzoo report``."""

import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...text import shown
from ..command import echo, examples
from ..value_types import FilePath

if TYPE_CHECKING:
    from ...bench.tables.joining.compatibility import Bench
    from ...bench.tables.model import Table

FORMATS = ("md", "csv", "json", "latex")


@click.command("report", epilog=examples("ganzoo report runs/first --format md", "ganzoo report runs/first --json"))
@click.argument("folders", nargs=-1, required=True, metavar="FOLDER...", type=FilePath())
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="Print the table on stdout, and leave the page as it is. csv: one line a recipe, every digit; latex: a "
    "tabular of the package booktabs.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option(
    "--out",
    type=FilePath(file_okay=False),
    metavar="FOLDER",
    help="Write the page of several benches there, with their results and pictures.",
)
def command(folders: tuple[Path, ...], form: str | None, as_json: bool, out: Path | None) -> None:
    """Make the page of a bench anew, or print its table for a paper, a spreadsheet or a script.

    A FOLDER is that of a bench that has ended, or its results.json; several are joined as `ganzoo compare` joins them.
    That of a suite stands for all its benches: their pages and the one over them, or the table over them.
    """
    from ...bench.results.bench_files.suite_file import SUITE
    from ...bench.tables.joining.compare import altered_in, join, read_bench

    if as_json and form not in (None, "json"):
        raise click.UsageError(f"--json and --format {form} exclude each other")
    if (as_json or form is not None) and out is not None:
        flag = "--json" if as_json else "--format"
        raise click.UsageError(f"{flag} prints a table, and --out is where a page goes; leave one of them out")
    form = "json" if as_json else form
    if suites := [folder for folder in folders if (folder / SUITE).is_file()]:
        if len(folders) > 1 or out is not None:
            raise click.UsageError(f"{shown(suites[0])} is the folder of a suite, which goes alone and without --out")
        _report_suite(folders[0], form)
        return
    benches = [read_bench(folder) for folder in folders]
    for said in altered_in(benches) if form in (None, "csv") else ():  # the others have it below the table
        echo(said, err=True)
    if form is not None:
        from ...bench.tables.aggregate import aggregate

        results = benches[0].results if len(benches) == 1 else join(benches, _command())[0]
        echo(_written(aggregate(results), form), nl=False)
        return
    if out is None and len(benches) > 1:
        raise click.UsageError("the page of several benches needs a folder of its own: give --out FOLDER")
    echo(f"report: {_page(benches, out)}", err=True)


def _report_suite(folder: Path, form: str | None) -> None:
    from ...bench.report.report import write_report
    from ...bench.results.bench_files.suite_file import read_suite
    from ...bench.suites.page import benches_of, write_index
    from ...bench.suites.table import suite_table

    benches = benches_of(folder, read_suite(folder))
    if form is not None:
        echo(_written(suite_table(benches), form), nl=False)
        return
    for name in benches:
        echo(f"report: {write_report(folder / name)}", err=True)
    echo(f"report: {write_index(folder)}", err=True)


def _command() -> str:
    return shlex.join(["ganzoo", *sys.argv[1:]])


def _page(benches: "list[Bench]", out: Path | None) -> Path:
    from ...bench.report.joined_folder import write_joined
    from ...bench.report.report import write_report
    from ...bench.tables.joining.compare import join

    if out is None:
        return write_report(benches[0].folder)
    return write_joined(out, benches, *join(benches, _command()))


def _written(table: "Table", form: str) -> str:
    from ...bench.tables.aggregate import markdown
    from ...bench.tables.forms.csv_table import csv_table
    from ...bench.tables.forms.json_table import json_table
    from ...bench.tables.forms.latex_table import latex_table

    writers: dict[str, Callable[[Table], str]] = {
        "md": markdown,
        "csv": csv_table,
        "json": json_table,
        "latex": latex_table,
    }
    return writers[form](table)
