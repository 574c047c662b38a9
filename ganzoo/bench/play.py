"""Plays what a plan holds: the trials of ``--tune``, where there are any, then the runs that are reported."""

import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import DataError, GanzooError
from ..interfaces import Executor
from ..recipes import safeyaml
from ..storage.atomic import write_file
from ..storage.cache import Cache
from ..training.checkpoints.checkpoint import checkpoints
from .execution.executing import local
from .execution.machine.threads import fixed_threads
from .execution.pool import Job, Pool
from .execution.rehearsals.dry_turn import broken
from .live.display import Display, Progress, RunEnd, RunInfo
from .plan import Plan
from .results.folders import run_folder
from .results.held_run import require_same
from .results.run_files.result import FINAL, REPEATED, RESULT, RunResult
from .results.run_files.result_file import result_of, write_result
from .results.run_files.seal import RECORD, record_digest
from .results.run_files.spec import RunSpec
from .results.stored import read_stored
from .tuning import Tuning

_log = logging.getLogger(__name__)

# A trial that failed has lost: trying it again could change what was chosen, and is reported on, by now.
FINAL_OF_TRIALS = (*FINAL, *REPEATED)


@dataclass(frozen=True)
class Played:
    """The outcome of a plan.

    Attributes:
        plan: with the recipes that were played, each with the changes of its best trial where there were trials.
        results: of the reported runs, by folder.
        tuning: of the trials, as ``results.json`` has it; None without.
    """

    plan: Plan
    results: dict[Path, dict[str, Any]]
    tuning: dict[str, Any] | None


def columns_of(plan: Plan) -> list[dict[str, str]]:
    """One column a metric, as ``results.json`` has them."""
    return [asdict(column) for column in plan.evaluator.columns] if plan.evaluator else []


def play(plan: Plan, folder: Path, cache: Cache, display: Display, executor: Executor | None = None) -> Played:
    """Play all that has not ended before.

    Args:
        plan: what.
        folder: of the bench.
        cache: of the processes on this machine.
        display: shows how it goes.
        executor: starts the processes of the runs; None for this machine.

    Raises:
        GanzooError: the folder holds other runs.
        Interrupted: by a signal.
    """
    stage = _Stage(plan, cache, display, executor or local())
    try:
        tuning = None
        if plan.tuning is not None:
            plan, tuning = _tune(plan, plan.tuning, folder, stage)
        return Played(plan, _report(plan, folder, stage), tuning)
    finally:
        display.end()
        if executor is None:
            stage.executor.close()


def _tune(plan: Plan, tuning: Tuning, folder: Path, stage: "_Stage") -> tuple[Plan, dict[str, Any]]:
    """Play the trials; gives the plan with each recipe at its best point, and what is told of it."""
    jobs = tuning.jobs(folder)
    results, waiting = stage.sort(jobs, FINAL_OF_TRIALS, "trials")
    titles = {job.folder: f"{job.spec.name} {job.folder.parent.name}" for job in waiting}
    results |= stage.play(waiting, tuning.slots, titles, then=_titles(plan, folder))
    of_recipe: dict[str, list[dict[str, Any]]] = {name: [] for name in tuning.trials}
    for job in jobs:
        of_recipe[job.spec.name].append(results[job.folder])
    chosen = tuning.chosen(of_recipe)
    best = {name: tuning.trials[name][k].recipe for name, k in chosen.items()}
    recipes = [best.get(recipe.name, recipe) for recipe in plan.recipes]
    written: dict[str, dict[str, Any]] = {recipe.name: {"recipe": recipe.to_dict()} for recipe in recipes}
    for name, k in chosen.items():
        best_one = tuning.specs[name][k]
        written[name] |= {key: getattr(best_one, key) for key in ("revisions", "origins", "plugins")}
    specs = [spec.changed(**written[spec.name]) for spec in plan.specs]
    return replace(plan, recipes=recipes, specs=specs), tuning.to_json(of_recipe)


def _report(plan: Plan, folder: Path, stage: "_Stage") -> dict[Path, dict[str, Any]]:
    """Play the runs that are reported; a recipe that does not fit is skipped, and its folder says why."""
    jobs = _jobs(plan, folder)
    results, waiting = stage.sort(jobs, FINAL, "runs")
    playable = []
    for job in waiting:
        if job.spec.name in plan.skipped:
            job.spec.write(job.folder)
            reason = plan.skipped[job.spec.name]
            status = "failed" if reason.startswith(broken(job.spec.name)) else "skipped"
            skipped = result_of(job.spec, status, reason)
            results[job.folder] = write_result(job.folder, skipped)
        else:
            playable.append(job)
    return results | stage.play(playable, plan.slots, _titles(plan, folder))


def _titles(plan: Plan, folder: Path) -> dict[Path, str]:
    """Return what the reported runs are called while they are played."""
    specs = [spec for spec in plan.specs if spec.name not in plan.skipped]
    return {run_folder(folder, spec.name, spec.seed): f"{spec.name} seed {spec.seed}" for spec in specs}


class _Stage:
    """The stage on which runs are played and shown: one pool after another, under one display."""

    def __init__(self, plan: Plan, cache: Cache, display: Display, executor: Executor) -> None:
        self.settings, self.devices, self.columns = plan.settings, plan.devices, columns_of(plan)
        self.cache, self.display, self.executor, self.files = cache, display, executor, plan.files
        self.begun = False

    def sort(
        self, jobs: Sequence[Job], final: Sequence[str], what: str
    ) -> tuple[dict[Path, dict[str, Any]], list[Job]]:
        """Return the results of those that ended before, and those that are still to be played."""
        results: dict[Path, dict[str, Any]] = {}
        waiting = []
        for job in jobs:
            prior = _prior(job.folder, job.spec, self.settings.fresh, final)
            if prior is None:
                waiting.append(job)
            else:
                results[job.folder] = prior
        if results:
            _log.info(f"{len(results)} of {len(jobs)} {what} had ended before; --fresh starts anew")
        return results, waiting

    def play(
        self, jobs: Sequence[Job], slots: int | None, titles: Mapping[Path, str], then: Mapping[Path, str] | None = None
    ) -> dict[Path, dict[str, Any]]:
        """Play so many at once; ``then`` are the titles of what will be played after these."""
        if not jobs:
            return {}
        for job in jobs:
            write_file(job.folder / "recipe.yaml", safeyaml.dump(job.spec.recipe))
        if not self.begun:
            shown = [*((titles[job.folder], job.folder) for job in jobs)]
            shown += [(name, folder) for folder, name in (then or {}).items()]
            self.display.begin([RunInfo(name, name, folder) for name, folder in shown])
            self.begun = True

        def on_event(place: Path, event: dict[str, Any]) -> None:
            kind = event.pop("kind")
            if kind == "progress":
                self.display.update(titles[place], Progress(**event))
            elif kind == "warning":
                _log.warning(f"{titles[place]}: {event['text']}")
            elif kind == "end":
                result = event["result"]
                end = RunEnd(result["status"], result["reason"], result["metrics"], self.columns)
                self.display.finish(titles[place], end)

        if self.executor.resources() is not None:
            slots = self.settings.parallel  # others may join its machines while it plays
        pool = Pool(self.executor, slots, self.devices, self.cache, on_event, self.files, lambda: self.display.stops)
        return pool.play(_groups(jobs, self.settings.together))


def _groups(jobs: Sequence[Job], together: int) -> list[list[Job]]:
    """Those that share a process: up to so many runs of one recipe. In the order of the first of each."""
    groups: list[list[Job]] = []
    open_group: dict[str, list[Job]] = {}
    for job in jobs:
        group = open_group.get(job.spec.name)
        if group is None or len(group) == together:
            group = open_group[job.spec.name] = []
            groups.append(group)
        group.append(job)
    return groups


def require_own(plan: Plan, folder: Path) -> None:
    """See whether a bench's folder is free for what a plan plays first.

    Raises:
        GanzooError: it holds other runs, or its bench began with other threads than were asked for.
    """
    fixed_threads(plan.settings, folder, plan.devices[0])
    first = plan.tuning.jobs(folder) if plan.tuning is not None else _jobs(plan, folder)
    for job in () if plan.settings.fresh else first:
        require_same(job.folder, job.spec)


def _jobs(plan: Plan, folder: Path) -> list[Job]:
    return [Job(run_folder(folder, spec.name, spec.seed), spec) for spec in plan.specs]


def _prior(folder: Path, spec: RunSpec, fresh: bool, final: Sequence[str]) -> dict[str, Any] | None:
    """Return what the run's folder holds already: a final result of just this run, or nothing.

    Raises:
        GanzooError: it holds another run, one whose settings cannot be read, or one whose result was altered and that
            has no checkpoint to give it again.
    """
    if fresh and folder.exists():
        shutil.rmtree(folder)
    require_same(folder, spec)
    result = _result_in(folder)
    return result.to_json() if result and result.status in final and result.key == spec.key else None


def _result_in(folder: Path) -> RunResult | None:
    """Return the result in a run's folder; None where there is none, or none that can be believed, which is told."""
    path = folder / RESULT
    if not path.exists():
        return None
    try:
        result = read_stored(RunResult, path)
    except DataError as error:
        _log.warning(f"{error}; the run goes on from its last checkpoint")
        return None
    if result.altered:
        changed = f"{path} was changed after the run wrote it, as its digest shows"
        kept = checkpoints(folder / "checkpoints")
        if (folder / RECORD).exists() and not kept:
            raise GanzooError(
                f"{changed}, and there is no checkpoint that would give it again; put it back, or give --fresh to play "
                "the run anew"
            )
        _log.warning(f"{changed}; {'its checkpoint gives it again' if kept else 'the run is played anew'}")
        return None
    known = result.digests.record if result.digests else None
    if known is not None and known != record_digest(folder):
        _log.warning(f"{folder / RECORD} was changed after the run wrote it, as the digest in {RESULT} shows")
    return result
