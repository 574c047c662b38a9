"""Plays a try at a track: a bench of one recipe on the track's terms, and what came of it."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...errors import GanzooError
from ...recipes.building.build import load_class
from ...recipes.recipe import resolve
from ...registry.discovery import Zoo
from ...registry.registry import Registry
from ...storage.atomic import write_file
from ...storage.cache import Cache
from ..bench import run_bench
from ..live.display import Display
from ..plan import prepare
from ..results.bench_files.bench_results import BenchResults
from ..results.bench_files.speedrun_file import SPEEDRUN, SpeedrunTry
from ..results.terms.budget import Budget
from ..results.terms.settings import RunSettings
from .pretrained import require_untrained, require_weightless
from .track import Track
from .trying import try_of

_DECIDED = re.compile(r"--(?:data|modality|size|crop|channels|extractor|metrics|samples)\b(?!-)")  # no option of a try


def length_of(track: Track, budget: Budget | None, evaluations: int | None) -> tuple[float, int]:
    """Return how long a run of a try is, in thousand real images shown to D, and how many evaluations it has.

    Args:
        track: decides how long it may be.
        budget: of each run, where it is shorter than the track's.
        evaluations: of each run, where they are fewer than the track's.

    Raises:
        GanzooError: the try would be longer, or evaluated more often, than the track allows.
    """
    kimg = track.kimg if budget is None else budget.kimg
    if kimg is None:
        raise GanzooError(
            f"--budget {budget}: a try is as long as images say; write it as in --budget {track.kimg:g}kimg"
        )
    if kimg > track.kimg:
        raise GanzooError(f"--budget {kimg:g}kimg is more than a try at {track.name} has: {track.kimg:g}kimg at most")
    looks = track.evaluations if evaluations is None else evaluations
    if looks > track.evaluations:
        raise GanzooError(f"--evaluations {looks} are more than a run at {track.name} has: {track.evaluations} at most")
    return kimg, looks


def on_track(settings: RunSettings, track: Track, budget: Budget | None, evaluations: int | None) -> RunSettings:
    """Return the settings of a try: those of a bench, with all that the track decides in place.

    Args:
        settings: the recipe, the seeds and the machine.
        track: decides the data, the judge and how long a try may be.
        budget: of each run, where it is shorter than the track's.
        evaluations: of each run, where they are fewer than the track's.

    Raises:
        GanzooError: the try would be longer, or evaluated more often, than the track allows.
    """
    kimg, looks = length_of(track, budget, evaluations)
    return settings.changed(
        dataset=track.data,
        extractor=track.extractor,
        metrics=track.metrics,
        samples=track.samples,
        budget=Budget(kimg=kimg),
        evaluations=looks,
        goals=tuple(map(str, track.goals)),
        replicates=0,
        examinations=(),
        parallel=1,
        threads=settings.threads or 1,
    )


def require_right_way(track: Track, registry: Registry) -> None:
    """Refuse a goal that the worst samples meet.

    Raises:
        GanzooError: a bound is from above where higher values are better, or from below where lower ones are.
    """
    for goal in track.goals:
        better = load_class(registry, "metric", goal.metric).better
        sense = "<=" if better == "lower" else ">="
        if goal.sense != sense:
            raise GanzooError(
                f"track {track.name!r}: the goal {goal} is the wrong way round: {better} values of {goal.metric} are "
                f"better; write {goal.metric} {sense} {goal.bound:g}"
            )


@contextmanager
def _decided_by(track: Track) -> Iterator[None]:
    """Say of a bench's error that advises an option which a try has not: the track decides it."""
    try:
        yield
    except GanzooError as error:
        named = dict.fromkeys(_DECIDED.findall(str(error)))
        if named:
            error.args = (f"{error} (track {track.name!r} decides {' and '.join(named)})",)
        raise


def run_speedrun(
    settings: RunSettings, track: Track, zoo: Zoo, cache: Cache, display: Display
) -> tuple[SpeedrunTry, Path]:
    """Play a try, and write it as ``speedrun-try.json`` into the folder of its bench; gives both.

    A try that was stopped goes on where it was.

    Args:
        settings: of ``on_track``, with one recipe.
        track: that it is tried on.
        zoo: all parts.
        cache: for data and extractors.
        display: shows how it goes.

    Raises:
        GanzooError: what was asked for cannot be done, or a part of the recipe was trained before.
        Interrupted: by a signal.
    """
    (name,) = settings.recipes
    with _decided_by(track):
        require_right_way(track, zoo.registry)
        require_weightless(resolve(zoo.registry, name, settings.overrides), zoo.registry, foreign=False)
        plan = prepare(settings, zoo, cache)
        require_untrained(plan.recipes[0], zoo.registry, plan.images)
        summary, folder = run_bench(settings, zoo, cache, display)
    found = try_of(BenchResults.model_validate(summary), track, plan.specs[0].files, settings.evaluations)
    write_file(folder / SPEEDRUN, json.dumps(found.to_json(), indent=2, allow_nan=False) + "\n")
    return found, folder
