"""``ganzoo bench`` and what it shares with ``ganzoo train``."""

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..registry.discovery import load_zoo
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
@click.argument("recipes", nargs=-1, metavar="RECIPE...", shell_complete=names_of("recipe"))
@click.option(
    "--suite",
    "suite_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Play what a YAML file says: recipes, variants, grids, data sets and terms. What is given here goes before.",
)
@click.option("--all", "every", is_flag=True, help="Every registered recipe (`ganzoo list`), before those named.")
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
    help="Seeds of a recipe that share a process and, on a GPU, one CUDA graph.",
)
@click.option(
    "--gpus-per-run",
    type=click.IntRange(min=1, max=64),
    default=1,
    show_default=True,
    metavar="N",
    help="GPUs for each run, each with its share of every batch; on a CPU, as many processes. The results are those of "
    "one process, up to rounding.",
)
@click.option(
    "--executor",
    default="local",
    show_default=True,
    metavar="NAME",
    shell_complete=names_of("executor"),
    help="Where the runs are played (`ganzoo list executors`): local, on this machine; ray, on those of a cluster.",
)
@click.option(
    "--executor-address",
    "--ray-address",
    "executor_address",
    metavar="ADDRESS",
    help="Where the executor finds its machines, e.g. HOST:6379 or `auto`.  [default: the executor's own way]",
)
@click.option(
    "--track",
    type=click.Choice(["as-published", "controlled"]),
    default="as-published",
    show_default=True,
    help="controlled: all recipes play on one backbone, with its networks, batch, average, flips and labels, so that "
    "only loss, regularizers, optimizers and rhythm differ.",
)
@click.option(
    "--backbone",
    metavar="RECIPE",
    shell_complete=names_of("recipe"),
    help="Whose networks the controlled track plays on.  [default: the first recipe's]",
)
@click.option(
    "--tune",
    type=click.IntRange(min=2, max=1000),
    metavar="N",
    help="Before its runs, play N trials of each recipe on a seed of their own, from the space that it declares, and "
    "take the best by the first metric.",
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
@click.pass_context
def command(
    context: click.Context,
    recipes: tuple[str, ...],
    suite_file: Path | None,
    every: bool,
    profiled: bool,
    profile_steps: int | None,
    **options: Any,
) -> None:
    """Train recipes over seeds on equal budgets, and compare them.

    A RECIPE is a name (`ganzoo list`), a variant such as dcgan:loss=hinge:schedule.batch=128, or a YAML file.
    A bench that was stopped goes on when the command is repeated. Exit codes: 0 all runs done, 1 some failed or
    diverged, 2 bad input, 3 this machine lacks something, 129, 130 and 143 stopped by SIGHUP, SIGINT and SIGTERM.
    """
    from ..bench.results.budget import parse_seeds
    from .suite import play_suite, said_by

    suite = None
    if suite_file is not None:
        from ..bench.suites.suite import load_suite

        suite = load_suite(suite_file)
        options |= said_by(suite, context)
    elif not recipes and not every:
        raise click.MissingParameter(ctx=context, param=context.command.params[0])
    seeds, tune = parse_seeds(options.pop("seeds")), options.pop("tune")
    if options["backbone"] is not None and options["track"] != "controlled":
        raise click.UsageError("--backbone says what --track controlled plays on, and that is not given")
    if every:
        from ..bench.suites.expansion import ALL, named

        recipes = named((ALL, *recipes), load_zoo(third_party=third_party()).registry)
    if profiled:
        if suite is not None:
            raise click.UsageError("--profile measures recipes on one data set; name them, and leave --suite out")
        if tune is not None:
            raise click.UsageError("--tune plays trials, and --profile trains nothing; leave one of them out")
        if options["gpus_per_run"] > 1:
            raise click.UsageError("--profile measures steps on one device; leave --gpus-per-run out")
        if options["executor"] != "local":
            raise click.UsageError("--profile measures this machine; leave --executor out")
        if options["trackers"]:
            raise click.UsageError("--profile trains nothing that a tracker could follow; leave --tracker out")
        sys.exit(profile(recipes, seeds, profile_steps, **options))
    if profile_steps is not None:
        raise click.UsageError("--profile-steps says how --profile measures, and --profile is not given")
    if suite is not None and suite_file is not None:
        sys.exit(play_suite(suite, suite_file.stem, recipes, seeds, context, tune=tune or 0, **options))
    sys.exit(play(recipes, seeds, tune=tune or 0, **options))


def request_of(
    recipes: tuple[str, ...],
    seeds: tuple[int, ...],
    *,
    budget: str,
    metrics: str | None,
    extractor_weights: Path | None,
    checkpoint_every: float,
    **options: Any,
) -> "Request":
    """What the options of the command line ask for."""
    from ..bench.plan import Request
    from ..bench.results.budget import Budget

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
    from ..bench.live.display import make_display
    from ..bench.profiling.profile import exit_code, run_profile
    from ..bench.profiling.profile_table import print_profile
    from ..storage.cache import Cache

    request = request_of(recipes, seeds, **options)
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
    from ..bench.execution.pool import Interrupted
    from ..bench.live.display import make_display
    from ..bench.results.bench_results import BenchResults
    from ..bench.tables.aggregate import aggregate, print_table
    from ..storage.cache import Cache

    request = request_of(recipes, seeds, **options)
    display = make_display(sys.stderr, quiet=quiet)
    try:
        summary, folder = run_bench(request, open_zoo(), Cache.open(display.say), display)
    except Interrupted as interrupted:
        display.say("stopped; the same command goes on from the last checkpoints")
        return 128 + interrupted.signal
    if as_json:
        click.echo(json.dumps(summary, indent=2, allow_nan=False))
    else:
        print_table(aggregate(BenchResults.model_validate(summary)))
    display.say(f"report: {folder / 'report.html'}")
    return exit_code(summary)
