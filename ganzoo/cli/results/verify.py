"""``ganzoo verify``."""

import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from ...bench.results.terms.setting import DATA, EVALUATION, PLAYED
from ...interrupts import Interrupted
from ...messages import logged_to
from ...recipes.overrides import split_spec
from ..command import GroupedCommand, examples, option
from ..completing.completion import names_of
from ..options import settings_options
from ..table import table
from ..value_types import FilePath
from ..zoo import open_zoo, third_party
from .expectation import tell_published


@click.command(
    "verify", cls=GroupedCommand, epilog=examples("ganzoo verify dcgan wgan-gp", "ganzoo verify wgan-gp@published")
)
@click.argument("recipes", nargs=-1, required=True, metavar="RECIPE...", shell_complete=names_of("recipe"))
@option(
    "--data",
    "dataset",
    metavar="NAME",
    group=DATA,
    help="The dataset of the reference numbers, where there are some of several.",
)
@option(
    "--budget",
    metavar="BUDGET",
    group=EVALUATION,
    help="The budget of the reference numbers, where there are some of several.  [default: the smallest]",
)
@option(
    "--seeds",
    metavar="N|LIST",
    group=PLAYED,
    help="A count, or a list such as 5,6,7.  [default: those of the reference numbers]",
)
@option(
    "--bench",
    "played",
    metavar="DIR",
    type=FilePath(exists=True),
    group=EVALUATION,
    help="With NAME@published: the folder of a finished bench of it, whose numbers are compared with the published.",
)
@settings_options("verify")
@click.pass_context
def command(
    context: click.Context,
    /,
    recipes: tuple[str, ...],
    budget: str | None,
    seeds: str | None,
    played: Path | None,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Play recipes again, and see whether they are as good as they are known to be.

    Each RECIPE is played on the data, the budget and the seeds of the numbers that ship with it. Its means are then
    tested against those: worse is what a one-sided Welch test at the level 0.05 (with Holm's correction for all
    that are tested together) cannot put down to chance. Exit codes: 0 none is worse, 1 one is, and 2, 3 and 129 to
    143 as those of a bench.

    NAME@published is not played, since it takes days: the command tells the published numbers, the files that they
    need, how long the training takes here by some measured steps, and the bench that plays it; with --bench, whether
    what that bench measured agrees.
    """
    forms = tuple(name for name in recipes if split_spec(name).published)
    if forms:
        if len(forms) < len(recipes):
            raise click.UsageError("published forms are verified by themselves; name other recipes in another command")
        sys.exit(tell_published(context, forms, played))
    if played is not None:
        raise click.UsageError("--bench is compared with what was published; name the recipe as NAME@published")
    from ...bench.live.display import make_display
    from ...bench.results.terms.budget import Budget, parse_seeds
    from ...bench.verify import verify
    from ...storage.cache import Cache

    display = make_display(sys.stderr, quiet=quiet)
    try:
        with logged_to(display.say):
            found = verify(
                recipes,
                open_zoo(),
                Cache.open(),
                display,
                budget=Budget.parse(budget) if budget else None,
                seeds=parse_seeds(seeds) if seeds else None,
                third_party=third_party(),
                command=shlex.join(["ganzoo", *sys.argv[1:]]),
                **options,
            )
    except Interrupted as interrupted:
        display.say("stopped; the same command goes on from the last checkpoints")
        sys.exit(interrupted.exit_code)
    click.echo(json.dumps(found, indent=2, allow_nan=False) if as_json else said(found))
    sys.exit(0 if found["passed"] else 1)


def said(found: dict[str, Any]) -> str:
    """Write what came of it as a table, with a sentence that sums it up."""
    from ...bench.results.formats import NONE, decimals, fixed

    rows = []
    for verdict in found["verdicts"]:
        digits = decimals([*verdict["reference"], *verdict["now"]])
        rows.append(
            [
                verdict["recipe"],
                verdict["label"],
                _mean(verdict["now"], digits),
                _mean(verdict["reference"], digits),
                NONE if verdict["p"] is None else f"{verdict['p']:.3f}",
                fixed(verdict["detectable"], digits),
                ("WORSE" if verdict["worse"] else "not worse") + (f": {verdict['reason']}" * bool(verdict["reason"])),
            ]
        )
    head = ("recipe", "number", "mean now", "reference", "p", "detectable", "")
    played = [
        f"{what}: {told['seeds']} seeds, against the reference from {told['reference']}"
        for what, told in found["played"].items()
    ]
    worse = sum(verdict["worse"] for verdict in found["verdicts"])
    count = f"{worse} of {len(rows)} means are worse" if worse else f"none of {len(rows)} means is worse"
    return "\n".join(
        [
            *played,
            table(rows, head, whole=True),
            f"{'FAILED' if worse else 'passed'}: {count} than its reference (one-sided Welch tests at "
            f"{found['level']:g}, with Holm's correction; a loss of the size called detectable is found 4 times in 5)",
        ]
    )


def _mean(values: Sequence[float], digits: int) -> str:
    from ...bench.results.formats import NONE, fixed
    from ...bench.stats.statistics import summarise

    if not values:
        return NONE
    known = summarise(values)
    half = "" if known.half_width is None else f" ± {fixed(known.half_width, digits)}"
    return fixed(known.mean, digits) + half
