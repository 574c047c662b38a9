"""``ganzoo profile``."""

import logging
import sys
from typing import Any

import click

from ...bench.results.terms.setting import EVALUATION
from ...bench.results.terms.settings import RunSettings
from ...messages import logged_to
from ..command import GroupedCommand, echo_json, examples, option
from ..completing.completion import names_of
from ..options import settings_options
from ..value_types import WholeNumber
from ..zoo import open_zoo
from .bench import every_recipe, recipes_of, settings_from


@click.command("profile", cls=GroupedCommand, epilog=examples("ganzoo profile dcgan stylegan2 --data mnist"))
@click.argument("recipes", nargs=-1, metavar="RECIPE...", shell_complete=names_of("recipe"))
@every_recipe
@settings_options("profile")
@option(
    "--steps",
    type=WholeNumber(min=1),
    metavar="N",
    group=EVALUATION,
    help="The number of steps to measure at each batch.  [default: as many as take some seconds]",
)
@click.pass_context
def command(
    context: click.Context,
    /,
    recipes: tuple[str, ...],
    every: bool,
    steps: int | None,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Show what the time of a training step is spent on.

    Nothing is trained to an end, and nothing is written. Each RECIPE, as in `ganzoo bench`, plays some steps with
    its own batch, and with 4 and 16 times that. Exit codes: 0 all was measured, or could not be for want of memory or
    images, 1 a measurement failed, 2 bad input, 3 this machine lacks something.
    """
    settings = settings_from(context, recipes=recipes_of(context, recipes, every))
    sys.exit(measure(settings, steps, as_json=as_json, quiet=quiet))


def measure(settings: RunSettings, steps: int | None, *, as_json: bool, quiet: bool) -> int:
    """Measure the steps of a bench, show what their time is spent on, and give the exit code."""
    from ...bench.live.display import make_display
    from ...bench.profiling.profile import exit_code, run_profile
    from ...bench.profiling.profile_table import print_profile
    from ...storage.cache import Cache

    display = make_display(sys.stderr, quiet=quiet)
    with logged_to(display.say, logging.WARNING if quiet else logging.INFO):
        found = run_profile(settings, open_zoo(), Cache.open(), steps=steps)
    if as_json:
        from ...bench.results.printed.profile import Profiled

        echo_json(Profiled.parse(found, "the profile"))
    else:
        print_profile(found)
    return exit_code(found)
