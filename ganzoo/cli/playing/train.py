"""``ganzoo train``."""

import sys
from typing import Any

import click

from ...bench.results.terms.setting import PLAYED
from ..command import GroupedCommand, examples, option
from ..completing.completion import names_of
from ..options import settings_options
from ..value_types import WholeNumber
from .bench import play, settings_from


@click.command("train", cls=GroupedCommand, epilog=examples("ganzoo train dcgan --data mnist --budget 5min"))
@click.argument("recipe", shell_complete=names_of("recipe"))
@option(
    "--seed",
    type=WholeNumber(min=0),
    default=0,
    show_default=True,
    metavar="N",
    group=PLAYED,
    help="The seed of every random stream.",
)
@settings_options("train")
@click.pass_context
def command(context: click.Context, /, recipe: str, seed: int, as_json: bool, quiet: bool, **options: Any) -> None:
    """Train one recipe with one seed.

    It is a bench of a single run: the same folders, the same report, and it goes on when the command is repeated.
    """
    settings = settings_from(context, recipes=(recipe,), seeds=(seed,), parallel=1)  # with the whole machine's threads
    sys.exit(play(settings, as_json=as_json, quiet=quiet))
