"""``ganzoo watch``."""

from pathlib import Path

import click

from .command import examples


@click.command("watch", epilog=examples("ganzoo watch runs"))
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option(
    "--interval",
    type=click.FloatRange(min=0.1),
    default=2.0,
    show_default=True,
    metavar="SECONDS",
    help="The time between two looks.",
)
@click.option("--once", is_flag=True, help="Print how it stands now, and leave; as where stdout is no terminal.")
def command(folder: Path, interval: float, once: bool) -> None:
    """Follow a bench from its files: its runs with their curves, and the table of those that have ended.

    FOLDER is that of a bench or of a suite, or one that holds some, such as runs. What plays it may be another
    terminal, or another machine that writes to the same disk. It ends when all runs have ended; until then Ctrl-C
    leaves, and stops nothing but the watching.
    """
    from rich.console import Console

    from ..bench.live.watch_view import follow, print_look
    from ..bench.live.watching import Watcher
    from ..errors import GanzooError

    console = Console(highlight=False, markup=False, emoji=False)
    if console.is_terminal and not console.is_dumb_terminal and not once:
        follow(folder, console, interval)
        return
    look = Watcher(folder).look()
    if not look.benches:
        raise GanzooError(f"there is no bench below {folder} yet; give the folder of one, such as runs/...")
    print_look(look, console)
