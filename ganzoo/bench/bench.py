"""Recipes x seeds on equal terms: prepared, played, gathered."""

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from .. import __version__, data, safeyaml
from ..build import build_parts, check_recipe
from ..cache import Cache
from ..data import ImageSet
from ..discovery import Zoo
from ..errors import GanzooError, RecipeError
from ..files import write_file
from ..metrics import Judge, Reference
from ..recipe import Recipe, resolve
from .budget import Budget
from .display import Display, Progress, RunInfo
from .environment import devices, environment, usable_cores
from .folders import default_folder, locked, run_folder
from .grid import grid_png
from .pool import Job, Pool
from .report import write_report
from .result import FINAL, result_of, write_result
from .spec import SCHEMA, RunSpec, read_result

MOST_SAMPLES = 50_000


@dataclass(frozen=True)
class Request:
    """What was asked for.

    Attributes:
        recipes: names, variants or files, as written.
        overrides: ``key=value`` for all of them.
        dataset: name or path.
        samples: images that an evaluation generates; None for as many as there are real ones, 50,000 at most.
        extractor: None for the data's own; ``none`` trains without numbers.
        parallel: runs at once; None for one to a core on a CPU, and one to a GPU.
        threads: of each run on a CPU; None shares the cores out.
        out: the bench's folder; None for one below ``runs/`` that the same command finds again.
        fresh: throw away what the folder holds of these runs.
        command: as written, for the report.
    """

    recipes: tuple[str, ...]
    budget: Budget
    seeds: tuple[int, ...] = (0, 1, 2)
    overrides: tuple[str, ...] = ()
    dataset: str = "digits"
    data_dir: Path | None = None
    skip_bad: bool = False
    samples: int | None = None
    evaluations: int = 5
    metrics: tuple[str, ...] = ("fid", "is")
    extractor: str | None = None
    weights: Path | None = None
    device: str = "auto"
    parallel: int | None = None
    threads: int | None = None
    flips: bool | None = None
    out: Path | None = None
    fresh: bool = False
    checkpoint_seconds: float = 30.0
    third_party: bool = True
    command: str = ""


@dataclass
class Plan:
    """What will be played, once everything that can be known beforehand is known to be in order."""

    request: Request
    recipes: list[Recipe]
    images: ImageSet
    judge: Judge | None
    reference: Reference | None
    devices: list[str]
    slots: int
    threads: int
    specs: list[RunSpec]
    skipped: dict[str, str] = field(default_factory=dict)


def prepare(request: Request, zoo: Zoo, cache: Cache, say: Callable[[str], None]) -> Plan:
    """Check and fetch all that the runs will need, before any of them is trained.

    Raises:
        GanzooError: what was asked for cannot be done, or every recipe refuses these images.
    """
    recipes = [resolve(zoo.registry, name, request.overrides) for name in request.recipes]
    names = [recipe.name for recipe in recipes]
    if twice := {name for name in names if names.count(name) > 1}:
        raise GanzooError(f"recipe {twice.pop()!r} is named twice; a variant of it needs a key=value of its own")
    for recipe in recipes:
        check_recipe(recipe, zoo.registry)
    where = devices(request.device)
    images = data.resolve(
        zoo.registry, request.dataset, data_dir=request.data_dir, cache=cache, skip_bad=request.skip_bad, say=say
    )
    samples = request.samples or min(images.n, MOST_SAMPLES)
    pixels, _ = data.load(images)
    extractor = request.extractor or images.extractor
    judge = reference = None
    if extractor != "none":
        judge = Judge.open(
            zoo.registry, extractor, request.metrics, weights=request.weights, device=where[0], cache=cache, say=say
        )
        judge.check(samples, images.n)
        reference = judge.reference(pixels, images.hash)
    skipped = _misfits(recipes, zoo, images)
    runs = len(recipes) * len(request.seeds)
    slots, threads = _share_out(request, where, runs)
    specs = [
        RunSpec(
            recipe=recipe.to_dict(),
            seed=seed,
            images=images.to_json(),
            budget=request.budget.to_json(),
            samples=samples,
            evaluations=request.evaluations,
            metrics=request.metrics if judge else (),
            extractor=extractor if judge else None,
            weights=str(request.weights.resolve()) if request.weights else None,
            identity=judge.identity if judge else {},
            flips=request.flips,
            device=where[i % len(where)],
            threads=threads,
            checkpoint_seconds=request.checkpoint_seconds,
            source={
                "dataset": request.dataset,
                "data_dir": str(request.data_dir.resolve()) if request.data_dir else None,
                "skip_bad": request.skip_bad,
            },
            third_party=request.third_party,
        )
        for i, (recipe, seed) in enumerate((r, s) for s in request.seeds for r in recipes)
    ]
    return Plan(request, recipes, images, judge, reference, where, slots, threads, specs, skipped)


def _misfits(recipes: list[Recipe], zoo: Zoo, images: ImageSet) -> dict[str, str]:
    """The recipes whose parts refuse these images or each other, and why."""
    found = {}
    for recipe in recipes:
        try:
            build_parts(
                recipe,
                zoo.registry,
                image_size=images.height,
                channels=images.channels,
                num_classes=len(images.classes),
                seed=0,
            )
        except RecipeError as error:
            found[recipe.name] = str(error)
    if len(found) == len(recipes):
        raise RecipeError("; ".join(found.values()))
    return found


def _share_out(request: Request, where: list[str], runs: int) -> tuple[int, int]:
    """How many runs at once, and how many threads for each."""
    cores = usable_cores()
    if where[0] == "cpu":
        slots = min(request.parallel or cores, runs)
        return slots, request.threads or max(1, cores // slots)
    return min(request.parallel or len(where), runs), request.threads or max(
        1, cores // (request.parallel or len(where))
    )


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
        f"{images.name}: {images.n:,} images of {images.height}x{images.width}x{images.channels}; "
        f"{len(plan.specs)} runs of {request.budget} on {where}, {at_once}"
    )
    folder = request.out or default_folder(
        plan.images.name, [recipe.name for recipe in plan.recipes], [replace(spec, seed=0).key for spec in plan.specs]
    )
    with locked(folder):
        results = _play(plan, folder, cache, display)
        summary = _gather(plan, folder, results, zoo, started)
        write_file(folder / "results.json", json.dumps(summary, indent=2, allow_nan=False) + "\n")
        _real_grid(plan, folder)
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
            played = Pool(plan.slots, cache, on_event).play(jobs)
        finally:
            display.end()
        results |= {job.folder: result for job, result in zip(jobs, played, strict=True)}
    return results


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
            for key in ("name", "hash", "n", "channels", "height", "width", "classes", "source", "skipped")
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
        "environment": environment(plan.devices[0], plan.threads, zoo.plugins),
        "runs": runs,
    }


def _real_grid(plan: Plan, folder: Path) -> None:
    pixels, _ = data.load(plan.images)
    pick = np.random.default_rng(0).permutation(plan.images.n)[:64]
    write_file(folder / "real.png", grid_png(pixels[pick].numpy()))


def exit_code(summary: dict[str, Any]) -> int:
    """0 when every run is done or was skipped with a reason, else 1."""
    return int(any(run["status"] in ("failed", "diverged") for run in summary["runs"]))
