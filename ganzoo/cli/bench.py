"""``ganzoo bench`` and what it shares with ``ganzoo train``."""

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .completion import names_of
from .options import training
from .zoo import open_zoo, third_party

if TYPE_CHECKING:
    from ..bench.plan import Request


def _parallel(context: click.Context, parameter: click.Parameter, value: str) -> int | None:
    if value == "auto":
        return None
    try:
        count = int(value)
    except ValueError:
        count = 0
    if count < 1:
        raise click.BadParameter(f"{value!r} is neither a number of runs nor 'auto'", context, parameter)
    return count


@click.command("bench")
@click.argument("recipes", nargs=-1, required=True, metavar="RECIPE...", shell_complete=names_of("recipe"))
@click.option(
    "--seeds", default="3", show_default=True, metavar="N|LIST", help="A count (3 is 0,1,2), or a list such as 0,1,5."
)
@click.option(
    "--parallel",
    default="auto",
    show_default=True,
    metavar="N|auto",
    callback=_parallel,
    help="Processes at once; auto: one to a core on a CPU, one to a GPU.",
)
@click.option(
    "--together",
    type=click.IntRange(min=1, max=64),
    default=1,
    show_default=True,
    metavar="N",
    help="Seeds of a recipe that share a process and, step by step, a GPU.",
)
@click.option(
    "--profile",
    "profiled",
    is_flag=True,
    help="Train nothing, and show where a step's time goes, at the recipe's batch and at 4 and 16 times that.",
)
@click.option(
    "--profile-steps",
    type=click.IntRange(min=1),
    metavar="N",
    help="Steps to measure at each batch.  [default: as many as take some seconds]",
)
@training
def command(
    recipes: tuple[str, ...],
    seeds: str,
    parallel: int | None,
    together: int,
    profiled: bool,
    profile_steps: int | None,
    **options: Any,
) -> None:
    """Train recipes over seeds on equal budgets, and compare them.

    A RECIPE is a name (`ganzoo list`), a variant such as dcgan:loss=hinge:schedule.batch=128, or a YAML file.
    A bench that was stopped goes on when the command is repeated. Exit codes: 0 all runs done, 1 some failed or
    diverged, 2 bad input, 3 this machine lacks something, 129, 130 and 143 stopped by SIGHUP, SIGINT and SIGTERM.
    """
    from ..bench.budget import parse_seeds

    if profiled:
        sys.exit(profile(recipes, parse_seeds(seeds), profile_steps, parallel=parallel, together=together, **options))
    if profile_steps is not None:
        raise click.UsageError("--profile-steps says how --profile measures, and --profile is not given")
    sys.exit(play(recipes, parse_seeds(seeds), parallel=parallel, together=together, **options))


def _request(
    recipes: tuple[str, ...],
    seeds: tuple[int, ...],
    *,
    budget: str,
    metrics: str | None,
    extractor_weights: Path | None,
    checkpoint_every: float,
    **options: Any,
) -> "Request":
    from ..bench.budget import Budget
    from ..bench.plan import Request

    return Request(
        recipes=recipes,
        seeds=seeds,
        budget=Budget.parse(budget),
        metrics=None if metrics is None else tuple(name.strip() for name in metrics.split(",") if name.strip()),
        weights=extractor_weights,
        checkpoint_seconds=checkpoint_every,
        third_party=third_party(),
        command=shlex.join(["ganzoo", *sys.argv[1:]]),
        **options,
    )


def profile(
    recipes: tuple[str, ...], seeds: tuple[int, ...], steps: int | None, *, as_json: bool, quiet: bool, **options: Any
) -> int:
    """Measure where the time goes in the steps of a bench, show it, and give the exit code."""
    from ..bench.display import make_display
    from ..bench.profile import exit_code, run_profile
    from ..bench.profile_table import print_profile
    from ..cache import Cache

    request = _request(recipes, seeds, **options)
    display = make_display(sys.stderr, quiet=quiet)
    cache = Cache.open(display.say)
    found = run_profile(request, open_zoo(), cache, (lambda line: None) if quiet else display.say, steps=steps)
    if as_json:
        click.echo(json.dumps(found, indent=2, allow_nan=False))
    else:
        print_profile(found)
    return exit_code(found)


def play(recipes: tuple[str, ...], seeds: tuple[int, ...], *, as_json: bool, quiet: bool, **options: Any) -> int:
    """Run a bench as the options of the command line say, show what comes of it, and give the exit code."""
    from ..bench.bench import exit_code, run_bench
    from ..bench.display import make_display
    from ..bench.pool import Interrupted
    from ..bench.table import aggregate, print_table
    from ..cache import Cache

    request = _request(recipes, seeds, **options)
    display = make_display(sys.stderr, quiet=quiet)
    try:
        summary, folder = run_bench(request, open_zoo(), Cache.open(display.say), display)
    except Interrupted as interrupted:
        display.say("stopped; the same command goes on from the last checkpoints")
        return 128 + interrupted.signal
    if as_json:
        click.echo(json.dumps(summary, indent=2, allow_nan=False))
    else:
        print_table(aggregate(summary))
    display.say(f"report: {folder / 'report.html'}")
    return exit_code(summary)
