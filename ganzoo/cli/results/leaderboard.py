"""``ganzoo leaderboard``."""

import json
import sys
from pathlib import Path

import click

from ...messages import logged_to, to_stderr
from ..command import echo, examples
from ..value_types import FilePath
from ..zoo import open_zoo

RESULTS = Path("benchmarks") / "results"


@click.command(
    "leaderboard", epilog=examples("ganzoo leaderboard runs", "ganzoo leaderboard --submit-check runs/theirs")
)
@click.argument("folders", nargs=-1, metavar="[FOLDER]...", type=FilePath())
@click.option("--format", "form", type=click.Choice(["md", "json"]), help="Print Markdown or JSON.")
@click.option(
    "--submit-check",
    "submitted",
    type=FilePath(),
    metavar="FOLDER",
    help="Check a bench of others against the rules for a leaderboard, and audit its runs; gather nothing.",
)
def command(folders: tuple[Path, ...], form: str | None, submitted: Path | None) -> None:
    """Gather all benches below some folders into tables, the newest first.

    Without a FOLDER it is benchmarks/results. There is one table for each set of terms on which numbers compare: data,
    extractor, number of samples, budget and track. In it the best recipe stands first, and one of fewer than five
    finished seeds is marked, as are one whose recipe plays otherwise now and one whose runs were not made alike.

    With --submit-check it exits with 1 if the bench does not keep a rule.
    """
    if submitted is not None:
        if folders:
            raise click.UsageError("--submit-check looks at one bench alone; leave the other folders out")
        if form == "md":
            raise click.UsageError("--submit-check prints a table or JSON; leave --format md out")
        sys.exit(_check(submitted, as_json=form == "json"))
    from ...bench.tables.aggregate import print_table
    from ...bench.tables.joining.leaderboard import board_markdown, gather, plain_board
    from ...errors import GanzooError

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


def _check(folder: Path, *, as_json: bool) -> int:
    """Check a submission, print what was found, and give the exit code."""
    from ...bench.audit.submission import accepted, check_submission, plain_submission
    from ...storage.cache import Cache
    from ..table import table

    with logged_to(to_stderr):
        rules = check_submission(folder, open_zoo(), Cache.open())
    if as_json:
        click.echo(json.dumps(plain_submission(folder, rules), indent=2, allow_nan=False))
    else:
        rows = [[rule.name, "kept" if rule.held else "not kept", rule.said] for rule in rules]
        echo(table(rows, ("rule", "verdict", "what was found"), whole=True, wrapped=True))
    return 0 if accepted(rules) else 1
