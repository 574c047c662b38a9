"""``ganzoo speedrun``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from ...bench.results.terms.setting import EVALUATION, PLAYED
from ...interrupts import Interrupted
from ...messages import logged_to
from ..command import GroupedCommand, as_json, echo, echo_json, examples, option, quiet
from ..completing.completion import names_of, path
from ..options import data_options
from ..table import table
from ..value_types import WholeNumber
from ..zoo import open_zoo
from .bench import settings_from

if TYPE_CHECKING:
    from ...bench.results.bench_files.speedrun_file import Record, SpeedrunTry
    from ...bench.results.terms.settings import RunSettings
    from ...bench.speedrun.track import Track


def _tracks(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the names of tracks, and paths where no name fits."""
    from ...bench.speedrun.track import track_files

    found = [CompletionItem(name) for name in track_files() if name.startswith(incomplete)]
    return found or [path(incomplete)]


@click.command(
    "speedrun",
    cls=GroupedCommand,
    epilog=examples("ganzoo speedrun", "ganzoo speedrun digits-5 mlp-lsgan --budget 100kimg"),
)
@click.argument("aim", metavar="[TRACK]", required=False, shell_complete=_tracks)
@click.argument("recipe", required=False, shell_complete=names_of("recipe"))
@option(
    "--seeds",
    metavar="N|LIST",
    group=PLAYED,
    help="A count, or a list. A try with others than the track's five is no record.  [default: 0,1,2,3,4]",
)
@option(
    "--budget",
    "length",
    metavar="KIMG",
    group=EVALUATION,
    help="The training of each run, such as 100kimg: what lies behind it is not looked at.  [default: the longest]",
)
@option(
    "--evaluations",
    "looks",
    type=WholeNumber(min=1),
    metavar="N",
    group=EVALUATION,
    help="Evaluations of each run, evenly spread over it; times are coarse by one.  [default: the most]",
)
@data_options(
    "overrides", "data_dir", "weights", "device", "precision", "threads", "compiled", "autotuned", "out", "fresh"
)
@as_json
@quiet
@click.pass_context
def command(
    context: click.Context,
    /,
    aim: str | None,
    recipe: str | None,
    seeds: str | None,
    length: str | None,
    looks: int | None,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Time a recipe to a track's goals, or list the tracks.

    A TRACK is one of those that are listed without arguments, or a YAML file of your own; a RECIPE is a name, a variant
    or a YAML file, as of `ganzoo bench`. It is played with five seeds. A run ends at its first evaluation that meets
    all goals; the time is that of training up to there, the median of the seeds, and all of them must meet the goals.
    What was played is written to speedrun-try.json in the folder of the results. Exit codes: 0 reached, 1 not reached,
    and 2, 3 and 129 to 143 as those of a bench.
    """
    if aim is None:
        _list(as_json)
        return
    if recipe is None:
        raise click.UsageError(
            "name a recipe, too, as in ganzoo speedrun digits-5 dcgan; without arguments: the tracks"
        )
    from ...bench.results.terms.budget import Budget, parse_seeds
    from ...bench.speedrun.play import on_track
    from ...bench.speedrun.track import SEEDS, load_track

    chosen = load_track(aim)
    settings = settings_from(context, recipes=(recipe,), seeds=parse_seeds(seeds) if seeds else SEEDS)
    settings = on_track(settings, chosen, Budget.parse(length) if length else None, looks)
    sys.exit(_play(settings, chosen, as_json=as_json, quiet=quiet))


def _list(as_json: bool) -> None:
    """Print the tracks with their records."""
    from ...bench.results.bench_files.speedrun_file import TracksListed, TrackTold
    from ...bench.results.written import SCHEMA
    from ...bench.speedrun.records import shipped_records
    from ...bench.speedrun.track import shipped_tracks
    from ...bench.speedrun.trying import terms_of

    tracks, records = shipped_tracks(), shipped_records()
    if as_json:
        told = [
            TrackTold(
                **terms_of(one).to_json(),
                summary=one.summary,
                kind=one.kind,
                records=[record for record in records if record.track == one.name],
            )
            for one in tracks
        ]
        echo_json(TracksListed(schema=SCHEMA, tracks=told))
        return
    rows = [[one.name, one.aim, f"{one.kimg:g} kimg", one.summary] for one in tracks]
    echo(table(rows, ("track", "goals", "longest", "of"), whole=True, wrapped=True))
    for record in records:
        echo(f"record of {record.track}, {record.hardware} on {record.device}: {_told(record)}")


def _told(record: Record) -> str:
    from ...bench.results.formats import short

    clock = "s" if record.hardware == "gpu" else "CPU seconds"
    return f"{short(record.score)} {clock}, {record.recipe}, {record.date}"


def _play(settings: RunSettings, track: Track, *, as_json: bool, quiet: bool) -> int:
    """Play a try, say how it went, and give the exit code."""
    from ...bench.live.display import make_display
    from ...bench.speedrun.play import run_speedrun
    from ...bench.speedrun.records import shipped_records, told_beside
    from ...storage.cache import Cache

    display = make_display(sys.stderr, quiet=quiet)
    try:
        with logged_to(display.say):
            found, folder = run_speedrun(settings, track, open_zoo(), Cache.open(), display)
    except Interrupted as interrupted:
        display.say("stopped; the same command goes on from the last checkpoints")
        return interrupted.exit_code
    if as_json:
        echo_json(found)
    else:
        echo(table(_rows(found), ("seed", "kimg", "CPU s", "s", "coarse by", "how it ended"), whole=True))
        echo(told_beside(found, shipped_records()))
    display.say(f"{'it counts, and is handed in by' if found.counts else 'try:'} {folder / 'speedrun-try.json'}")
    return 0 if all(run.reached for run in found.seeds) else 1


def _rows(found: SpeedrunTry) -> list[list[str]]:
    from ...bench.results.formats import NONE, short
    from ...bench.results.run_files.result import ENDED_WELL

    rows = []
    for run in found.seeds:
        at = run.reached
        if at is None:
            best = [f"best {name} {short(value)}" for name, value in _best(found, run.seed).items()]
            ended = run.status if run.status not in ENDED_WELL else ", ".join(["not reached", *best])
            rows.append([str(run.seed), NONE, NONE, NONE, NONE, ended])
        else:
            cpu = short(None if at.cpu_seconds is None else float(at.cpu_seconds))
            kimg, seconds, coarse = short(float(at.kimg)), short(float(at.seconds)), f"{float(at.interval):g} kimg"
            rows.append([str(run.seed), kimg, cpu, seconds, coarse, "reached"])
    return rows


def _best(found: SpeedrunTry, seed: int) -> dict[str, float]:
    """Give the best value of each bounded metric in a run that missed its goals."""
    from ...bench.results.terms.goal import parse_goal

    run = next(one for one in found.seeds if one.seed == seed)
    best = {}
    for goal in map(parse_goal, found.track.goals):
        values = [value for look in run.evaluations if (value := look.metric(goal.metric)) is not None]
        if values:
            best[goal.metric] = min(values) if goal.sense == "<=" else max(values)
    return best
