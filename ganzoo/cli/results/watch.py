"""``ganzoo watch``."""

import sys
from pathlib import Path

import click

from ...messages import redraws
from ..command import echo_json, examples
from ..value_types import FilePath, Number


@click.command("watch", epilog=examples("ganzoo watch runs", "ganzoo watch runs --json"))
@click.argument("folder", metavar="FOLDER", type=FilePath())
@click.option(
    "--interval",
    type=Number(min=0.1),
    default=2.0,
    show_default=True,
    metavar="SECONDS",
    help="The time between two looks.",
)
@click.option("--once", is_flag=True, help="Print how it stands now, and leave; as where stdout is no terminal.")
@click.option("--json", "as_json", is_flag=True, help="Print how it stands now as JSON, and leave.")
def command(folder: Path, interval: float, once: bool, as_json: bool) -> None:
    """Follow a bench from its files: its runs with their curves, and the table of those that have ended.

    FOLDER is that of a bench or of a suite, or one that holds some, such as runs. What plays it may be another
    terminal, or another machine that writes to the same disk. It ends when all runs have ended; until then Ctrl-C
    leaves, and stops nothing but the watching.
    """
    from ...bench.live.watch_view import follow, print_look
    from ...bench.live.watching import Watcher
    from ...console import SafeConsole
    from ...errors import GanzooError

    if as_json:
        from ...bench.live.watch_json import watched

        echo_json(watched(folder, Watcher(folder).look()))
        return
    console = SafeConsole()
    if redraws(sys.stdout) and not console.is_dumb_terminal and not once:
        follow(folder, console, interval)
        return
    look = Watcher(folder).look()
    if not look.benches:
        raise GanzooError(f"there is no bench below {folder} yet; give the folder of one, such as runs/...")
    print_look(look, console)
