"""``ganzoo suite``."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ...bench.results.terms.settings import RunSettings
from ...interrupts import Interrupted
from ...messages import logged_to
from ...registry.discovery import Zoo
from ...registry.registry import Registry
from ..command import GroupedCommand, echo, examples, given
from ..completing.completion import names_of
from ..options import asked, settings_options
from ..value_types import FilePath
from ..zoo import open_zoo
from .bench import every_recipe, recipes_of, settings_from

if TYPE_CHECKING:
    from ...bench.suites.play import Program
    from ...bench.suites.suite import Comparison


@click.command("suite", cls=GroupedCommand, epilog=examples("ganzoo suite benchmarks/suites/quick.yaml"))
@click.argument("file", type=FilePath(exists=True, dir_okay=False))
@click.argument("recipes", nargs=-1, metavar="[RECIPE...]", shell_complete=names_of("recipe"))
@every_recipe
@settings_options("suite")
@click.pass_context
def command(
    context: click.Context,
    /,
    file: Path,
    recipes: tuple[str, ...],
    every: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Run the benches that a suite's file lists, one for each data set.

    FILE is YAML: recipes, variants, grids, data sets and settings. The command line overrides the file: recipes
    replace its recipes, options replace its settings, and overrides are added to its own. A suite that was stopped
    goes on when the command is repeated. Exit codes: as those of `ganzoo bench`.
    """
    sys.exit(play_file(context, file, recipes_of(context, recipes, every, needed=False), as_json, quiet))


def play_file(context: click.Context, file: Path, recipes: tuple[str, ...], as_json: bool, quiet: bool) -> int:
    """Play a suite as its file and the command line say, show what comes of it, and give the exit code."""
    from ...bench.suites.suite import load_suite

    suite = load_suite(file)
    settings = settings_from(context, recipes=recipes or suite.recipes, **_of_file(suite, context))
    zoo = open_zoo()
    program = _program(suite, settings, file.stem, "dataset" in given(context), zoo.registry)
    return _play(program, zoo, as_json=as_json, quiet=quiet)


def _of_file(suite: "Comparison", context: click.Context) -> dict[str, Any]:
    """Give the settings of the file that the command line leaves to it; overrides add up, the file's first."""
    settings, written = suite.settings(), asked(given(context))
    if written.get("track", settings.get("track")) != settings.get("track"):
        settings.pop("backbone", None)
    left = {name: value for name, value in settings.items() if name not in written}
    return {**left, "overrides": (*suite.override, *written.get("overrides", ()))}


def _program(
    suite: "Comparison", settings: RunSettings, name: str, data_is_given: bool, registry: Registry
) -> "Program":
    """Make the benches of a suite: the settings with each of its data sets."""
    from ...bench.results.folders import slug
    from ...bench.results.terms.published_track import on_published
    from ...bench.suites.expansion import expand
    from ...bench.suites.play import Program
    from ...bench.suites.suite import bench_folders

    if suite.data is not None and not data_is_given:
        settings = settings.changed(dataset=suite.data[0])  # given, so that the track asks for no other
    settings = on_published(settings, registry)
    found = expand(
        settings.recipes,
        registry,
        variants=suite.variants,
        grid=suite.grid,
        overrides=settings.overrides,
    )
    folder = settings.out or Path("runs") / slug(name)
    data = (settings.dataset,) if data_is_given or suite.data is None else suite.data
    benches = {
        below: settings.changed(recipes=found.names, dataset=one, out=folder / below)
        for one, below in bench_folders(data).items()
    }
    return Program(name, folder, benches, found.left_out, suite.grid, settings.command)


def _play(program: "Program", zoo: Zoo, *, as_json: bool, quiet: bool) -> int:
    from ...bench.bench import exit_code
    from ...bench.live.display import Display, make_display
    from ...bench.results.bench_files.bench_results import BenchResults
    from ...bench.suites.play import run_suite
    from ...bench.suites.table import suite_table
    from ...bench.tables.aggregate import aggregate, print_table
    from ...bench.tables.verdict_lines import said_below
    from ...storage.cache import Cache

    display = make_display(sys.stderr, quiet=quiet)

    def show(below: str, results: dict[str, Any]) -> None:
        if not as_json:
            echo(f"{below}:")
            played = BenchResults.model_validate(results)
            print_table(aggregate(played))
            for line in said_below(played):
                echo(line)

    try:
        with logged_to(display.say) as handler:

            def fresh() -> Display:
                one = make_display(sys.stderr, quiet=quiet)
                handler.say = one.say  # the lines of a bench go through what shows it
                return one

            summary = run_suite(program, zoo, Cache.open(), fresh, show)
    except Interrupted as interrupted:
        display.say("stopped; the same command goes on from the last checkpoints")
        return interrupted.exit_code
    benches = {bench["folder"]: bench["results"] for bench in summary["benches"]}
    if as_json:
        click.echo(json.dumps(summary, indent=2, allow_nan=False))
    elif len(benches) > 1:
        table = suite_table({below: BenchResults.model_validate(results) for below, results in benches.items()})
        if table.columns:
            echo(f"{program.name}:")
            print_table(table)
    display.say(f"page: {program.folder / 'index.html'}")
    return max(exit_code(results) for results in benches.values())
