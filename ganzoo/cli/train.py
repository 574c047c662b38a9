"""``ganzoo train``."""

import sys
from typing import Any

import click

from .bench import play
from .completion import names_of
from .options import training


@click.command("train")
@click.argument("recipe", shell_complete=names_of("recipe"))
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, metavar="N", help="Of every random stream."
)
@training
def command(recipe: str, seed: int, **options: Any) -> None:
    """Train one recipe with one seed.

    It is a bench of a single run: the same folders, the same report, and it goes on when the command is repeated.
    """
    sys.exit(play((recipe,), (seed,), **options))
