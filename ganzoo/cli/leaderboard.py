"""``ganzoo leaderboard``."""

import json
from pathlib import Path

import click

from ..messages import logged_to, to_stderr
from .command import FilePath, echo, examples
from .zoo import open_zoo

RESULTS = Path("benchmarks") / "results"


@click.command("leaderboard", epilog=examples("ganzoo leaderboard runs"))
@click.argument("folders", nargs=-1, metavar="[FOLDER]...", type=FilePath())
@click.option("--format", "form", type=click.Choice(["md", "json"]), help="Print Markdown or JSON.")
def command(folders: tuple[Path, ...], form: str | None) -> None:
    """Gather all benches below some folders into tables, the newest first.

    Without a FOLDER it is benchmarks/results. There is one table for each set of terms on which numbers compare: data,
    extractor, number of samples, budget and track. In it the best recipe stands first, and one of fewer than five
    finished seeds is marked, as are one whose recipe plays otherwise now and one whose runs were not made alike.
    """
    from ..bench.tables.aggregate import print_table
    from ..bench.tables.leaderboard import board_markdown, gather, plain_board
    from ..errors import GanzooError

    with logged_to(to_stderr):
        boards = gather(folders or (RESULTS,), open_zoo().registry)
    if form == "json":
        click.echo(json.dumps([plain_board(board) for board in boards], indent=2, allow_nan=False))
        return
    if not boards:
        raise GanzooError(f"there is no results.json below {', '.join(map(str, folders or (RESULTS,)))}")
    if form == "md":
        echo("\n".join(map(board_markdown, boards)), nl=False)
        return
    for board in boards:
        echo(board.heading)
        print_table(board.table)
        echo()
