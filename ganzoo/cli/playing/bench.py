"""``ganzoo bench``, and what the other commands that play recipes share with it."""

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ...bench.results.terms.setting import PLAYED
from ...bench.results.terms.settings import RunSettings
from ...interrupts import Interrupted
from ...messages import logged_to
from ...text import printable
from ..command import GroupedCommand, echo, examples, given, option
from ..completing.completion import names_of
from ..options import asked, settings_options
from ..value_types import FilePath, WholeNumber
from ..zoo import open_zoo, third_party, zoo_as_asked

if TYPE_CHECKING:
    from ...bench.results.bench_files.bench_results import BenchResults

every_recipe = option(
    "--all",
    "every",
    is_flag=True,
    group=PLAYED,
    help="Every registered recipe (`ganzoo list`), before those that are named.",
)


@click.command(
    "bench",
    cls=GroupedCommand,
    epilog=examples(
        "ganzoo bench dcgan wgan-gp", "ganzoo bench dcgan dcgan:loss=hinge --data mnist --budget 1h --seeds 5"
    ),
)
@click.argument("recipes", nargs=-1, metavar="RECIPE...", shell_complete=names_of("recipe"))
@every_recipe
@settings_options("bench")
@option("--suite", "suite_file", type=FilePath(exists=True, dir_okay=False), hidden=True)
@option("--profile", "profiled", is_flag=True, hidden=True)
@option("--profile-steps", type=WholeNumber(min=1), hidden=True)
@click.pass_context
def command(
    context: click.Context,
    /,
    recipes: tuple[str, ...],
    every: bool,
    suite_file: Path | None,
    profiled: bool,
    profile_steps: int | None,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Train recipes over seeds on equal budgets, and compare them.

    A RECIPE is a name (`ganzoo list`), a variant such as dcgan:loss=hinge:schedule.batch=128, or a YAML file.
    A bench that was stopped goes on when the command is repeated. Exit codes: 0 all runs done, 1 some failed,
    diverged or were out of memory, 2 bad input, 3 this machine lacks something, 129, 130 and 143 stopped by SIGHUP,
    SIGINT and SIGTERM.
    """
    if profiled and suite_file is not None:
        raise click.UsageError("--profile measures recipes on one data set; name them, and leave --suite out")
    if profile_steps is not None and not profiled:
        raise click.UsageError("--profile-steps says how --profile measures, and --profile is not given")
    if suite_file is not None:  # as before there was `ganzoo suite`
        from .suite import play_file

        sys.exit(play_file(context, suite_file, recipes_of(context, recipes, every, needed=False), as_json, quiet))
    settings = settings_from(context, recipes=recipes_of(context, recipes, every))
    if profiled:  # as before there was `ganzoo profile`
        from .profile import measure

        _check_profiled(settings)
        sys.exit(measure(settings, profile_steps, as_json=as_json, quiet=quiet))
    sys.exit(play(settings, as_json=as_json, quiet=quiet))


def recipes_of(
    context: click.Context, recipes: tuple[str, ...], every: bool, *, needed: bool = True
) -> tuple[str, ...]:
    """Give the recipes that a command line names, with ``--all`` after all that are registered."""
    if every:
        from ...bench.suites.expansion import ALL, named

        return named((ALL, *recipes), zoo_as_asked().registry)
    if needed and not recipes:
        argument = next(one for one in context.command.params if one.name == "recipes")
        raise click.MissingParameter(ctx=context, param=argument)
    return recipes


def settings_from(context: click.Context, **values: Any) -> RunSettings:
    """Make the settings of what stands on the command line and of these values, which go before it."""
    settings = RunSettings(
        **{
            **asked(given(context)),
            "third_party": third_party(),
            "command": shlex.join(["ganzoo", *sys.argv[1:]]),
            **values,
        }
    )
    if settings.backbone is not None and settings.track != "controlled":
        raise click.UsageError("--backbone says what --track controlled plays on, and that is not given")
    return settings


def _check_profiled(settings: RunSettings) -> None:
    """Refuse what a bench takes and a profile has no use for."""
    if settings.tune is not None:
        raise click.UsageError("--tune plays trials, and --profile trains nothing; leave one of them out")
    if settings.gpus_per_run > 1:
        raise click.UsageError("--profile measures steps on one device; leave --gpus-per-run out")
    if settings.executor != "local":
        raise click.UsageError("--profile measures this machine; leave --executor out")
    if settings.trackers:
        raise click.UsageError("--profile trains nothing that a tracker could follow; leave --tracker out")


def play(settings: RunSettings, *, as_json: bool, quiet: bool) -> int:
    """Run a bench, show what comes of it, and give the exit code."""
    from ...bench.bench import exit_code, run_bench
    from ...bench.live.display import make_display
    from ...bench.results.bench_files.bench_results import BenchResults
    from ...bench.tables.aggregate import aggregate, print_table
    from ...bench.tables.verdict_lines import said_below
    from ...storage.cache import Cache

    display = make_display(sys.stderr, quiet=quiet)
    try:
        with logged_to(display.say):
            summary, folder = run_bench(settings, open_zoo(), Cache.open(), display)
    except Interrupted as interrupted:
        display.say("stopped; the same command goes on from the last checkpoints")
        return interrupted.exit_code
    results = BenchResults.model_validate(summary)
    if as_json:
        click.echo(json.dumps(summary, indent=2, allow_nan=False))
    else:
        print_table(aggregate(results))
        for line in said_below(results):
            echo(line)
    display.say(f"report: {folder / 'report.html'}")
    for line in _next_lines(folder, results):
        display.say(f"next: {line}")
    return exit_code(summary)


def _next_lines(folder: Path, results: "BenchResults") -> list[str]:
    """Give the commands that use the first run that is done: to draw of it, and to export the only one of a bench."""
    done = [run.folder for run in results.runs if run.status == "done" and run.folder is not None]
    if not done:
        return []
    run = shlex.quote(printable(str(folder / done[0])))
    lines = [f"ganzoo sample {run} --out samples.png", f"ganzoo export {run} --out exported"]
    return lines if len(results.runs) == 1 else lines[:1]
