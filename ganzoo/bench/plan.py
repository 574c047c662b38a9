"""What a bench will do, found to be in order before any of it is trained."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from .. import data
from ..build import build_parts, check_recipe
from ..cache import Cache
from ..data import ImageSet
from ..discovery import Zoo
from ..errors import GanzooError, RecipeError
from ..metrics import Judge, Reference
from ..precision import resolve_precision
from ..recipe import Recipe, resolve
from .budget import Budget
from .environment import devices, usable_cores
from .spec import RunSpec

MOST_SAMPLES = 50_000


@dataclass(frozen=True)
class Request:
    """What was asked for.

    Attributes:
        recipes: names, variants or files, as written.
        overrides: ``key=value`` for all of them.
        dataset: name or path.
        samples: images that an evaluation generates; None for the data's own number, or as many as there are real
            ones, 50,000 at most.
        metrics: None for the data's own.
        extractor: None for the data's own; ``none`` trains without numbers.
        parallel: processes at once; None for one to a core on a CPU, and one to a GPU.
        together: seeds of one recipe that share a process.
        threads: of each run on a CPU; None shares the cores out.
        out: the bench's folder; None for one below ``runs/`` that the same command finds again.
        precision: ``auto``, or one of ``ganzoo.precision.PRECISIONS``.
        compiled: whether ``torch.compile`` makes the networks.
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
    metrics: tuple[str, ...] | None = None
    extractor: str | None = None
    weights: Path | None = None
    device: str = "auto"
    parallel: int | None = None
    together: int = 1
    threads: int | None = None
    precision: str = "auto"
    compiled: bool = False
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
    precision = resolve_precision(request.precision, where[0])
    images = data.resolve(
        zoo.registry, request.dataset, data_dir=request.data_dir, cache=cache, skip_bad=request.skip_bad, say=say
    )
    samples = request.samples or images.samples or min(images.n, MOST_SAMPLES)
    metrics = images.metrics if request.metrics is None else request.metrics
    pixels, _ = data.load(images)
    extractor = request.extractor or images.extractor
    judge = reference = None
    if extractor != "none":
        judge = Judge.open(
            zoo.registry,
            extractor,
            metrics,
            point=images.point,
            weights=request.weights,
            device=where[0],
            cache=cache,
            say=say,
        )
        judge.check(samples, images.n)
        reference = judge.reference(pixels, images.hash)
    skipped = _misfits(recipes, zoo, images)
    processes = len(recipes) * math.ceil(len(request.seeds) / request.together)
    slots, threads = _share_out(request, where, processes)
    specs = [
        RunSpec(
            recipe=recipe.to_dict(),
            seed=seed,
            images=images.to_json(),
            budget=request.budget.to_json(),
            samples=samples,
            evaluations=request.evaluations,
            metrics=metrics if judge else (),
            extractor=extractor if judge else None,
            weights=str(request.weights.resolve()) if request.weights else None,
            identity=judge.identity if judge else {},
            flips=request.flips,
            device=where[0],
            threads=threads,
            checkpoint_seconds=request.checkpoint_seconds,
            source={
                "dataset": request.dataset,
                "data_dir": str(request.data_dir.resolve()) if request.data_dir else None,
                "skip_bad": request.skip_bad,
            },
            third_party=request.third_party,
            precision=precision,
            compiled=request.compiled,
        )
        for seed in request.seeds
        for recipe in recipes
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


def _share_out(request: Request, where: list[str], processes: int) -> tuple[int, int]:
    """How many processes at once, and how many threads for each."""
    cores = usable_cores()
    if where[0] == "cpu":
        slots = min(request.parallel or cores, processes)
        return slots, request.threads or max(1, cores // slots)
    return min(request.parallel or len(where), processes), request.threads or max(
        1, cores // (request.parallel or len(where))
    )
