"""``ganzoo compare``."""

import json
import shlex
import sys
from pathlib import Path

import click

from .command import examples


@click.command("compare", epilog=examples("ganzoo compare runs/first runs/second"))
@click.argument("folders", nargs=-1, required=True, metavar="FOLDER...", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Write the joined bench there: results, pictures and a report.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the joined results and all tests as JSON on stdout.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print the table in Markdown on stdout.")
def command(folders: tuple[Path, ...], out: Path | None, as_json: bool, as_markdown: bool) -> None:
    """Join benches into one table, from one machine or from many.

    A FOLDER is that of a bench that has ended, or its results.json. The recipes and the seeds of all of them are
    ranked together. What does not compare is refused: other data, another extractor or other settings of a metric,
    another number of samples, another budget, another track, or another recipe under the same name.
    """
    from ..bench.tables.aggregate import aggregate, markdown, print_table
    from ..bench.tables.compare import join, read_bench

    if as_json and as_markdown:
        raise click.UsageError("--json and --markdown exclude each other")
    benches = [read_bench(folder) for folder in folders]
    joined, places = join(benches, shlex.join(["ganzoo", *sys.argv[1:]]))
    table = aggregate(joined)
    if as_json:
        rankings = {metric: ranking.to_json() for metric, ranking in table.rankings.items()}
        click.echo(json.dumps({**joined.to_json(), "rankings": rankings}, indent=2, allow_nan=False))
    elif as_markdown:
        click.echo(markdown(table), nl=False)
    else:
        print_table(table)
    if out is not None:
        from ..bench.report.joined_folder import write_joined

        click.echo(f"report: {write_joined(out, benches, joined, places)}", err=True)
