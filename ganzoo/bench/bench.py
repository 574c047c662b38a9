"""Recipes x seeds on equal terms: played, gathered, reported."""

import json
import shutil
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .. import __version__, data, safeyaml
from ..cache import Cache
from ..discovery import Zoo
from ..errors import GanzooError
from ..files import write_file
from .display import Display, Progress, RunInfo
from .environment import environment
from .folders import default_folder, locked, run_folder
from .picture import picture_of_real
from .plan import Plan, Request, prepare
from .pool import Job, Pool
from .report import write_report
from .result import FINAL, result_of, write_result
from .spec import SCHEMA, RunSpec, read_result


def _prior(folder: Path, spec: RunSpec, fresh: bool) -> dict[str, Any] | None:
    """What the run's folder holds already: a final result of just this run, or nothing.

    Raises:
        GanzooError: it holds another run.
    """
    if fresh and folder.exists():
        shutil.rmtree(folder)
    if not (folder / "run.json").exists():
        return None
    there = json.loads((folder / "run.json").read_text()).get("key")
    if there != spec.key:
        raise GanzooError(
            f"{folder} holds a run with other settings, data or versions; give another --out, or --fresh to replace it"
        )
    result = read_result(folder)
    return result if result and result["status"] in FINAL and result["key"] == spec.key else None


def run_bench(request: Request, zoo: Zoo, cache: Cache, display: Display) -> tuple[dict[str, Any], Path]:
    """Prepare, play and gather a bench; gives what ``results.json`` holds, and the bench's folder.

    A bench that was stopped goes on where it was, and runs that ended are not repeated.

    Raises:
        GanzooError: what was asked for cannot be done.
        Interrupted: by a signal.
    """
    started = datetime.now(UTC)
    plan = prepare(request, zoo, cache, display.say)
    where = f"{plan.devices[0]}" if len(plan.devices) == 1 else f"{len(plan.devices)} GPUs"
    at_once = "1 at a time" if plan.slots == 1 else f"{plan.slots} at once"
    images = plan.images
    display.say(
        f"{images.name}: {images.described}; "
        f"{len(plan.specs)} run{'s' * (len(plan.specs) != 1)} of {request.budget} on {where}, {at_once}"
    )
    folder = request.out or default_folder(
        plan.images.name, [recipe.name for recipe in plan.recipes], [replace(spec, seed=0).key for spec in plan.specs]
    )
    with locked(folder):
        results = _play(plan, folder, cache, display)
        summary = _gather(plan, folder, results, zoo, started)
        write_file(folder / "results.json", json.dumps(summary, indent=2, allow_nan=False) + "\n")
        write_file(folder / "real.png", picture_of_real(data.load(plan.images)[0]))
        write_report(folder)
    return summary, folder


def _play(plan: Plan, folder: Path, cache: Cache, display: Display) -> dict[Path, dict[str, Any]]:
    results: dict[Path, dict[str, Any]] = {}
    jobs, ended = [], 0
    for spec in plan.specs:
        place = run_folder(folder, spec.name, spec.seed)
        prior = _prior(place, spec, plan.request.fresh)
        if prior is not None:
            results[place] = prior
            ended += 1
        elif spec.name in plan.skipped:
            results[place] = result_of(spec, "skipped", plan.skipped[spec.name])
            spec.write(place)
            write_result(place, results[place])
        else:
            jobs.append(Job(place, spec))
            write_file(place / "recipe.yaml", safeyaml.dump(spec.recipe))
    if ended:
        display.say(f"{ended} of {len(plan.specs)} runs had ended before; --fresh starts anew")
    columns = _columns(plan)
    ids = {job.folder: f"{job.spec.name} seed {job.spec.seed}" for job in jobs}

    def on_event(place: Path, event: dict[str, Any]) -> None:
        kind = event.pop("kind")
        if kind == "progress":
            display.update(ids[place], Progress(**event))
        elif kind == "end":
            result = event["result"]
            display.finish(ids[place], result["status"], result["reason"], result["metrics"], columns)

    if jobs:
        display.begin([RunInfo(name, name) for name in ids.values()])
        try:
            results |= Pool(plan.slots, plan.devices, cache, on_event).play(_groups(jobs, plan.request.together))
        finally:
            display.end()
    return results


def _groups(jobs: list[Job], together: int) -> list[list[Job]]:
    """Those that share a process: up to so many seeds of one recipe. In the order of the first of each."""
    groups: list[list[Job]] = []
    open_group: dict[str, list[Job]] = {}
    for job in jobs:
        group = open_group.get(job.spec.name)
        if group is None or len(group) == together:
            group = open_group[job.spec.name] = []
            groups.append(group)
        group.append(job)
    return groups


def _columns(plan: Plan) -> list[dict[str, str]]:
    return [asdict(column) for column in plan.judge.columns] if plan.judge else []


def _real(plan: Plan) -> dict[str, float | None]:
    """What the real images score themselves; a distance from them to themselves says nothing, and is left out."""
    if plan.judge is None or plan.reference is None:
        return {}
    return {c.key: plan.reference.real.get(c.key) for c in plan.judge.columns if c.better == "higher"}


def _gather(
    plan: Plan, folder: Path, results: dict[Path, dict[str, Any]], zoo: Zoo, started: datetime
) -> dict[str, Any]:
    request, reference = plan.request, plan.reference
    runs = []
    for recipe in plan.recipes:
        for seed in request.seeds:
            place = run_folder(folder, recipe.name, seed)
            runs.append({**results[place], "folder": str(place.relative_to(folder))})
    images = plan.images.to_json()
    return {
        "schema": SCHEMA,
        "ganzoo": __version__,
        "command": request.command,
        "started": started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "dataset": {
            key: images[key]
            for key in ("name", "hash", "n", "channels", "height", "width", "classes", "source", "skipped", "points")
        },
        "budget": request.budget.to_json(),
        "seeds": list(request.seeds),
        "samples": plan.specs[0].samples,
        "extractor": plan.specs[0].identity,
        "columns": _columns(plan),
        "floor": reference.floor if reference else {},
        "floor_n": reference.floor_n if reference else 0,
        "real": _real(plan),
        "recipes": {
            r.name: {
                "title": r.title,
                "year": r.year,
                "paper": r.paper,
                "departs": r.departs,
                "text": safeyaml.dump(r.to_dict()),
            }
            for r in plan.recipes
        },
        "environment": environment(plan.devices[0], plan.threads, zoo.plugins, plan.specs[0].precision),
        "runs": runs,
    }


def exit_code(summary: dict[str, Any]) -> int:
    """0 when every run is done or was skipped with a reason, else 1."""
    return int(any(run["status"] in ("failed", "diverged") for run in summary["runs"]))
