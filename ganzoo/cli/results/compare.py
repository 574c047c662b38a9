"""``ganzoo compare``."""

import shlex
import sys
from pathlib import Path

import click

from ..command import echo, echo_json, examples
from ..value_types import FilePath


@click.command("compare", epilog=examples("ganzoo compare runs/first runs/second"))
@click.argument("folders", nargs=-1, required=True, metavar="FOLDER...", type=FilePath())
@click.option(
    "--out",
    type=FilePath(file_okay=False),
    metavar="FOLDER",
    help="Write the joined bench there: results, pictures and a report.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the joined results and all tests as JSON on stdout.")
def command(folders: tuple[Path, ...], out: Path | None, as_json: bool) -> None:
    """Join benches into one table, from one machine or from many.

    A FOLDER is that of a bench that has ended, or its results.json. The recipes and the seeds of all of them are
    ranked together. What does not compare is refused: other data, another extractor or other settings of a metric,
    another number of samples, another budget, another track, another recipe under the same name, or another version of
    a third party's part. A row whose runs were made by several versions of torch, machines, precisions or numbers of
    threads is marked §, with a note that names them. `ganzoo report FOLDER... --format md` prints the table for a page,
    and has CSV and LaTeX, too.
    """
    from ...bench.tables.aggregate import aggregate, print_table
    from ...bench.tables.joining.compare import altered_in, join, read_bench
    from ...bench.tables.mixed import plain

    benches = [read_bench(folder) for folder in folders]
    joined, places = join(benches, shlex.join(["ganzoo", *sys.argv[1:]]))
    table = aggregate(joined)
    if as_json:
        from ...bench.results.printed.tables import Compared
        from ...bench.tables.forms.json_table import plain_rankings

        for said in altered_in(benches):
            echo(said, err=True)
        told = {
            **joined.to_json(),
            "rankings": plain_rankings(table),
            "mixed": {row.recipe: plain(row.mixed) for row in table.rows},
        }
        echo_json(Compared.parse(told, "the comparison"))
    else:
        print_table(table)
    if out is not None:
        from ...bench.report.joined_folder import write_joined

        echo(f"report: {write_joined(out, benches, joined, places)}", err=True)
