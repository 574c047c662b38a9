"""Recipes x seeds on equal terms: played, gathered, reported."""

import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .. import __version__, data
from ..interfaces import Executor, Resources
from ..recipes import safeyaml
from ..registry.discovery import Zoo
from ..storage.atomic import write_file
from ..storage.cache import Cache
from ..storage.leftovers import sweep
from ..text import some_of
from .execution.executing import LOCAL, evaluation_device, opened
from .execution.machine.room import require_room
from .execution.machine.sharing import share_out
from .execution.machine.threads import fixed_threads
from .live.display import Display
from .plan import Plan, prepare
from .play import Played, columns_of, play
from .report.report import write_report
from .results.bench_files.bench_results import DatasetFacts
from .results.bench_files.manifest import manifest_written
from .results.folders import default_folder, locked, run_folder, runs_in
from .results.run_files.result import FELL
from .results.run_files.spec import SCHEMA, RunSpec
from .results.terms.settings import RunSettings
from .runs.environment import environment
from .runs.evaluation.pictures import picture_of_data
from .tables.notes import by_sentence
from .tables.rounds import Rule, in_rounds, require_decidable

_log = logging.getLogger(__name__)


def run_bench(
    settings: RunSettings, zoo: Zoo, cache: Cache, display: Display, executor: Executor | None = None
) -> tuple[dict[str, Any], Path]:
    """Prepare, play and gather a bench; gives what ``results.json`` holds, and the bench's folder.

    A bench that was stopped goes on where it was, and runs that ended are not repeated.

    Args:
        settings: what was asked for.
        zoo: all parts.
        cache: for data and extractors.
        display: shows how it goes.
        executor: that the settings name, where it is open already.

    Raises:
        GanzooError: what was asked for cannot be done.
        Interrupted: by a signal.
    """
    if executor is None:
        with opened(zoo.registry, settings.executor, settings.executor_address) as executor:
            return run_bench(settings, zoo, cache, display, executor)
    return in_rounds(settings, lambda of_round, rule: _run_bench(of_round, zoo, cache, display, executor, rule))


def _run_bench(
    settings: RunSettings, zoo: Zoo, cache: Cache, display: Display, executor: Executor, rule: Rule | None
) -> tuple[dict[str, Any], Path]:
    started = datetime.now(UTC)
    plan = replace(prepare(settings, zoo, cache, executor.resources()), sequential=rule)
    playable = [recipe.name for recipe in plan.recipes if recipe.name not in plan.skipped]
    require_decidable(settings, playable, len(columns_of(plan)))
    folder = settings.out or default_folder(plan.images.name, [recipe.name for recipe in plan.recipes], _keys(plan))
    cache.sweep()
    with locked(folder):
        sweep([folder])
        plan = with_fixed_threads(plan, folder, executor.resources())
        require_room(folder, _places(plan, folder), plan.states, plan.slots)
        _announce(plan)
        _tell_left_out(plan, folder)
        with manifest_written(folder, _terms(plan, {}, zoo, started)):
            played = play(plan, folder, cache, display, executor)
        summary = _gather(played, folder, zoo, started)
        write_file(folder / "results.json", json.dumps(summary, indent=2, allow_nan=False) + "\n")
        real = picture_of_data(plan.images.modality(zoo.registry), data.load(plan.images))
        if real is not None:
            write_file(folder / "real.png", real)
        write_report(folder)
    return summary, folder


def with_fixed_threads(plan: Plan, folder: Path, resources: Resources | None) -> Plan:
    """Return a plan with the threads that the bench in its folder began with; where none has, as it is.

    Args:
        plan: of a bench that may have begun before.
        folder: of the bench.
        resources: of the machines elsewhere; None for this one.

    Raises:
        GanzooError: other threads were asked for.
    """
    threads = fixed_threads(plan.settings, folder, plan.devices[0])
    if threads is None or threads == plan.threads:
        return plan
    settings = plan.settings.changed(threads=threads)
    tuning = plan.tuning
    if tuning is not None:
        trials = {name: [spec.changed(threads=threads) for spec in specs] for name, specs in tuning.specs.items()}
        slots, _ = share_out(settings, plan.devices, sum(map(len, trials.values())), resources)
        tuning = replace(tuning, specs=trials, slots=slots)
    slots, _ = share_out(settings, plan.devices, len(plan.specs), resources)
    specs = [spec.changed(threads=threads) for spec in plan.specs]
    return replace(plan, threads=threads, slots=slots, specs=specs, tuning=tuning)


def _places(plan: Plan, folder: Path) -> list[tuple[Path, RunSpec]]:
    """Return the folder and the settings of every run and trial that is played."""
    trials = [(job.folder, job.spec) for job in plan.tuning.jobs(folder)] if plan.tuning else []
    runs = [(run_folder(folder, spec.name, spec.seed), spec) for spec in plan.specs]
    return [(place, spec) for place, spec in (*trials, *runs) if spec.name not in plan.skipped]


def _announce(plan: Plan) -> None:
    """Say what is about to be played, and what of it cannot take effect."""
    where = f"{plan.devices[0]}" if len(plan.devices) == 1 else f"{len(plan.devices)} GPUs"
    at_once = "1 at a time" if plan.slots == 1 else f"{plan.slots} at once"
    if plan.devices[0] == "cpu":
        at_once += f", {plan.threads} thread{'s' * (plan.threads != 1)} each"
    images, runs = plan.images, sum(spec.name not in plan.skipped for spec in plan.specs)
    _log.info(
        f"{images.name}: {images.told}; {runs} run{'s' * (runs != 1)} of {plan.settings.budget} on {where}, {at_once}"
    )
    for name, reason in plan.skipped.items():
        _log.warning(f"{name} is skipped: {reason}")
    for said in (*by_sentence(plan.otherwise), *by_sentence(plan.unreached)):
        _log.warning(said)


def _tell_left_out(plan: Plan, folder: Path) -> None:
    """Say which runs of earlier commands in the folder are not in this one's table."""
    planned = {run_folder(folder, spec.name, spec.seed) for spec in plan.specs}
    others = [place for place in runs_in(folder) if place not in planned]
    if others:
        count, names = len(others), some_of(sorted({place.parent.name for place in others}), 3)
        _log.warning(
            f"{folder} also holds {count} run{'s' * (count != 1)} of earlier commands ({names}): "
            "this command does not name them, and its results.json and report leave them out"
        )


def _keys(plan: Plan) -> list[str]:
    """Return what decides on the bench's folder: the runs and trials, whatever their seeds, and the track."""
    trials = [spec for specs in plan.tuning.specs.values() for spec in specs] if plan.tuning else []
    controlled = [plan.settings.track] if plan.backbone else []
    return [spec.changed(seed=0).key for spec in (*plan.specs, *trials)] + controlled


def _real(plan: Plan) -> dict[str, float | None]:
    """Return what the real images score themselves; a distance from them to themselves says
    nothing, and is left out.
    """
    if plan.evaluator is None or plan.reference is None:
        return {}
    return {c.key: plan.reference.real.get(c.key) for c in plan.evaluator.columns if c.better == "higher"}


def _held_out(plan: Plan) -> dict[str, Any]:
    """Return how many images are held out, and what the metrics say of them against the training images."""
    held_out = plan.images.held_out
    return {"n": held_out.n, "baseline": plan.held_out_floor} if held_out is not None else {}


def _environment(plan: Plan, results: Mapping[Path, Mapping[str, Any]], zoo: Zoo) -> dict[str, Any]:
    """Return where the runs ran: this machine, or the one of the first run that tells."""
    if plan.settings.executor != LOCAL:
        for result in results.values():
            if result["environment"] is not None:
                return {key: value for key, value in result["environment"].items() if key != "seed"}
    device, precision, ranks = evaluation_device(plan.devices[0]), plan.specs[0].precision, plan.settings.gpus_per_run
    return environment(device, plan.threads, zoo.plugins, precision, ranks=ranks)


def _terms(plan: Plan, results: Mapping[Path, Mapping[str, Any]], zoo: Zoo, started: datetime) -> dict[str, Any]:
    """Return what ``results.json`` says beside the runs; ``bench.json`` says it from the start."""
    settings, reference = plan.settings, plan.reference
    images = plan.images.to_json()
    specs = {spec.name: spec for spec in plan.specs}
    return {
        "schema": SCHEMA,
        "ganzoo": __version__,
        "command": settings.command,
        "started": started.isoformat(timespec="seconds"),
        "dataset": {key: images[key] for key in DatasetFacts.model_fields if key in images},
        "track": settings.track,
        "backbone": plan.backbone,
        "budget": settings.budget.to_json(),
        "seeds": list(settings.seeds),
        **({"sequential": plan.sequential} if plan.sequential else {}),
        "samples": plan.specs[0].samples,
        "extractor": plan.specs[0].identity,
        "columns": columns_of(plan),
        "floor": reference.floor if reference else {},
        "floor_n": reference.floor_n if reference else 0,
        "real": _real(plan),
        "held_out": _held_out(plan),
        "states": [*(plan.evaluator.states(plan.specs[0].samples, images["n"]) if plan.evaluator else []), *plan.notes],
        "recipes": {
            r.name: {
                "title": r.title,
                "year": r.year,
                "paper": r.paper,
                "departs": r.departs,
                "unreached": plan.unreached.get(r.name, []),
                **({"otherwise": plan.otherwise[r.name]} if r.name in plan.otherwise else {}),
                "text": safeyaml.dump(r.to_dict()),
                **({"revisions": specs[r.name].revisions} if specs[r.name].revisions else {}),
                **({"origins": specs[r.name].origins} if specs[r.name].origins else {}),
            }
            for r in plan.recipes
        },
        "environment": _environment(plan, results, zoo),
    }


def _gather(played: Played, folder: Path, zoo: Zoo, started: datetime) -> dict[str, Any]:
    plan, results = played.plan, played.results
    runs = []
    for recipe in plan.recipes:
        for seed in plan.settings.seeds:
            place = run_folder(folder, recipe.name, seed)
            runs.append({**results[place], "folder": str(place.relative_to(folder))})
    return {
        **_terms(plan, results, zoo, started),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "tuning": played.tuning,
        "runs": runs,
    }


def exit_code(summary: dict[str, Any]) -> int:
    """0 when every run is done or was skipped with a reason, else 1."""
    return int(any(run["status"] in FELL for run in summary["runs"]))
