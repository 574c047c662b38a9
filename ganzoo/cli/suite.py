"""``ganzoo bench --suite``."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from .bench import request_of
from .zoo import open_zoo

if TYPE_CHECKING:
    from ..bench.suites.suite import Suite


def _given(context: click.Context, option: str) -> bool:
    return context.get_parameter_source(option) is ParameterSource.COMMANDLINE


def said_by(suite: "Suite", context: click.Context) -> dict[str, Any]:
    """The options that a suite sets and that the command line does not, as the command line would.

    Overrides add up, those of the command line last.
    """
    texts = {
        "seeds": suite.seeds and "".join(f"{seed}," for seed in suite.seeds),
        "budget": suite.budget,
        "metrics": suite.metrics and ",".join(suite.metrics),
        "samples": suite.samples,
        "evaluations": suite.evaluations,
        "extractor": suite.extractor,
        "track": suite.track,
        "backbone": None if _given(context, "track") and context.params["track"] != suite.track else suite.backbone,
        "tune": suite.tune,
    }
    said = {option: value for option, value in texts.items() if value is not None and not _given(context, option)}
    return {**said, "overrides": (*suite.override, *context.params["overrides"])}


def play_suite(
    suite: "Suite",
    name: str,
    recipes: tuple[str, ...],
    seeds: tuple[int, ...],
    context: click.Context,
    *,
    dataset: str,
    out: Path | None,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> int:
    """Play a suite as its file and the command line say, show what comes of it, and give the exit code.

    Args:
        suite: what the file says.
        name: of the suite, for its folder and its page.
        recipes: of the command line; those of the file where there are none.
        seeds: of every run.
        context: of the command line.
        dataset: of the command line, where it is given there.
        out: the suite's folder; None for one below ``runs/`` of the suite's name.
        as_json: print JSON instead of tables.
        quiet: no progress.
        options: of the bench.
    """
    from ..bench.bench import exit_code
    from ..bench.execution.pool import Interrupted
    from ..bench.live.display import make_display
    from ..bench.results.bench_results import BenchResults
    from ..bench.results.folders import slug
    from ..bench.suites.expansion import expand
    from ..bench.suites.play import Program, run_suite
    from ..bench.suites.suite import bench_folders
    from ..bench.suites.table import suite_table
    from ..bench.tables.aggregate import aggregate, print_table
    from ..storage.cache import Cache

    zoo = open_zoo()
    found = expand(
        recipes or suite.recipes,
        zoo.registry,
        variants=suite.variants,
        grid=suite.grid,
        overrides=options["overrides"],
    )
    folder = out or Path("runs") / slug(name)
    data = (dataset,) if _given(context, "dataset") or suite.data is None else suite.data
    requests = {
        below: request_of(found.names, seeds, dataset=one, out=folder / below, **options)
        for one, below in bench_folders(data).items()
    }
    command = next(iter(requests.values())).command
    display = make_display(sys.stderr, quiet=quiet)

    def show(below: str, results: dict[str, Any]) -> None:
        if not as_json:
            click.echo(f"{below}:")
            print_table(aggregate(BenchResults.model_validate(results)))

    try:
        summary = run_suite(
            Program(name, folder, requests, found.left_out, suite.grid, command),
            zoo,
            Cache.open(display.say),
            lambda: make_display(sys.stderr, quiet=quiet),
            show,
        )
    except Interrupted as interrupted:
        display.say("stopped; the same command goes on from the last checkpoints")
        return 128 + interrupted.signal
    benches = {bench["folder"]: bench["results"] for bench in summary["benches"]}
    known = {below: BenchResults.model_validate(results) for below, results in benches.items()}
    if as_json:
        click.echo(json.dumps(summary, indent=2, allow_nan=False))
    elif len(benches) > 1 and (table := suite_table(known)).columns:
        click.echo(f"{name}:")
        print_table(table)
    display.say(f"page: {folder / 'index.html'}")
    return max(exit_code(results) for results in benches.values())
