"""What a bench will do, found to be in order before any of it is trained."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from torch import Tensor

from .. import data
from ..backend.precision import resolve_precision
from ..backend.streams import MOST_BRANCHES
from ..data import ImageSet
from ..errors import GanzooError, RecipeError, SetupError
from ..interfaces import Resources
from ..metrics import Evaluator, ReferenceSet
from ..recipes.build import build_parts, check_recipe
from ..recipes.overrides import split_overrides
from ..recipes.recipe import Recipe, resolve
from ..registry.discovery import Zoo
from ..storage.cache import Cache
from .execution.executing import LOCAL, devices_on, evaluation_device, what_is_read
from .held_out import held_out_floor
from .results.budget import Budget
from .results.spec import RunSpec
from .results.track import AS_PUBLISHED, CONTROLLED, OF_THE_BACKBONE, alike, on_backbone
from .runs.environment import usable_cores
from .runs.monitoring.tracking import check_trackers
from .runs.ranks.planning import why_not_by_ranks
from .tuning import SEED as TUNING_SEED
from .tuning import Tuning, plan_tuning

MOST_SAMPLES = 50_000


@dataclass(frozen=True)
class Request:
    """What was asked for.

    Attributes:
        recipes: names, variants or files, as written.
        overrides: ``key=value`` for all of them.
        dataset: name or path.
        hold_out: the share of the training images that is held out instead of trained on; None for the dataset's own
            held-out part, where it has one.
        samples: images that an evaluation generates; None for the data's own number, or as many as there are real
            ones, 50,000 at most.
        metrics: None for the data's own.
        extractor: None for the data's own; ``none`` trains without numbers.
        gpus_per_run: how many ranks play each run together, each on a GPU of its own, or on a CPU's cores.
        parallel: processes at once; None for one to a core on a CPU, and one to a GPU.
        together: seeds of one recipe that share a process.
        threads: of each run on a CPU; None shares the cores out.
        out: the bench's folder; None for one below ``runs/`` that the same command finds again.
        precision: ``auto``, or one of ``ganzoo.backend.precision.PRECISIONS``.
        compiled: whether ``torch.compile`` makes the networks.
        autotuned: whether cuDNN chooses its algorithms by trial.
        replicates: half-samples that each number's spread over the samples is taken from; 0 for no spreads.
        examinations: what each generator is examined for at the end of its run.
        keeps_best: judge the generator of the best evaluation again, with fresh noise.
        track: ``as-published``, or ``controlled``: see ``ganzoo.bench.results.track``.
        backbone: the recipe whose networks the controlled track plays on; None for the first one.
        tune: trials of each recipe before its runs; 0 for none.
        fresh: throw away what the folder holds of these runs.
        trackers: names of those that are told how each run goes, beside its record.
        executor: what starts the processes of the runs.
        executor_address: where it finds its machines; None for its own way.
        command: as written, for the report.
    """

    recipes: tuple[str, ...]
    budget: Budget
    seeds: tuple[int, ...] = (0, 1, 2)
    overrides: tuple[str, ...] = ()
    dataset: str = "digits"
    data_dir: Path | None = None
    skip_bad: bool = False
    hold_out: float | None = None
    samples: int | None = None
    evaluations: int = 5
    metrics: tuple[str, ...] | None = None
    extractor: str | None = None
    weights: Path | None = None
    device: str = "auto"
    parallel: int | None = None
    together: int = 1
    gpus_per_run: int = 1
    threads: int | None = None
    precision: str = "auto"
    compiled: bool = False
    autotuned: bool = False
    flips: bool | None = None
    replicates: int = 20
    examinations: tuple[str, ...] = ("memorisation", "discriminator")
    keeps_best: bool = False
    track: str = AS_PUBLISHED
    backbone: str | None = None
    tune: int = 0
    out: Path | None = None
    fresh: bool = False
    checkpoint_seconds: float = 30.0
    third_party: bool = True
    trackers: tuple[str, ...] = ()
    executor: str = LOCAL
    executor_address: str | None = None
    command: str = ""


@dataclass
class Plan:
    """What will be played, once everything that can be known beforehand is known to be in order.

    Attributes:
        backbone: name of the recipe whose networks all play on; None where each plays on its own.
        tuning: the trials that are played before; None without.
        held_out_floor: each metric of the held-out images against the training images, see ``bench/held_out.py``.
        files: what a run that is played elsewhere is sent, see ``Task.files``; empty where it is played here.
    """

    request: Request
    recipes: list[Recipe]
    images: ImageSet
    evaluator: Evaluator | None
    reference: ReferenceSet | None
    devices: list[str]
    slots: int
    threads: int
    specs: list[RunSpec]
    skipped: dict[str, str] = field(default_factory=dict)
    held_out_floor: dict[str, float] = field(default_factory=dict)
    backbone: str | None = None
    tuning: Tuning | None = None
    files: dict[str, Path] = field(default_factory=dict)


def prepare(
    request: Request, zoo: Zoo, cache: Cache, say: Callable[[str], None], resources: Resources | None = None
) -> Plan:
    """Check and fetch all that the runs will need, before any of them is trained.

    Args:
        request: what was asked for.
        zoo: all parts.
        cache: for data and extractors.
        say: told what the user should know.
        resources: of the machines that will play; None for this one.

    Raises:
        GanzooError: what was asked for cannot be done, or every recipe refuses these images.
    """
    recipes = [resolve(zoo.registry, name, request.overrides) for name in request.recipes]
    names = [recipe.name for recipe in recipes]
    if twice := {name for name in names if names.count(name) > 1}:
        raise GanzooError(f"recipe {twice.pop()!r} is named twice; a variant of it needs a key=value of its own")
    for recipe in recipes:
        check_recipe(recipe, zoo.registry)
    edits = {recipe.name: split_overrides(text)[1] for recipe, text in zip(recipes, request.recipes, strict=True)}
    backbone = None
    if request.track == CONTROLLED:
        backbone = resolve(zoo.registry, request.backbone, request.overrides) if request.backbone else recipes[0]
        recipes = [on_backbone(recipe, backbone, edits[recipe.name]) for recipe in recipes]
    _check_seeds(request)
    _check_ranks(request)
    check_trackers(zoo.registry, request.trackers)
    where = devices_on(resources, request.device)
    precision = resolve_precision(request.precision, where[0])
    if request.autotuned and not where[0].startswith("cuda"):
        raise SetupError(f"--autotune is for cuDNN on CUDA GPUs, and these runs are on {where[0]}; leave it out")
    _check_together(request, where[0])
    images = data.resolve(
        zoo.registry,
        request.dataset,
        data_dir=request.data_dir,
        cache=cache,
        skip_bad=request.skip_bad,
        hold_out=request.hold_out,
        say=say,
    )
    samples = request.samples or images.samples or min(images.n, MOST_SAMPLES)
    metrics = images.metrics if request.metrics is None else request.metrics
    pixels, labels = data.load(images)
    extractor = request.extractor or images.extractor
    evaluator, reference, held_out = None, None, {}
    if extractor != "none":
        evaluator = Evaluator.open(
            zoo.registry,
            extractor,
            metrics,
            point=images.point,
            weights=request.weights,
            device=evaluation_device(where[0]),
            cache=cache,
            say=say,
        )
        evaluator.check(samples, images.n)
        reference = evaluator.reference(pixels, images.hash)
        held_out = held_out_floor(evaluator, reference, images, cache)
    skipped = _misfits(recipes, zoo, images, (pixels, labels), request.gpus_per_run)
    if backbone is not None:
        skipped |= alike(recipe for recipe in recipes if recipe.name not in skipped)
    processes = len(recipes) * math.ceil(len(request.seeds) / request.together)
    slots, threads = _share_out(request, where, processes, resources)
    specs = [
        RunSpec(
            recipe=recipe.model_copy(update={"space": {}}).to_dict(),  # a run is one point of it
            seed=seed,
            images=images.to_json(),
            budget=request.budget.to_json(),
            samples=samples,
            evaluations=request.evaluations,
            metrics=metrics if evaluator else (),
            extractor=extractor if evaluator else None,
            weights=str(request.weights.resolve()) if request.weights else None,
            identity=evaluator.identity | {"device": where[0].partition(":")[0]} if evaluator else {},
            flips=request.flips,
            device=where[0],
            threads=threads,
            checkpoint_seconds=request.checkpoint_seconds,
            source={
                "dataset": request.dataset,
                "data_dir": str(request.data_dir.resolve()) if request.data_dir else None,
                "skip_bad": request.skip_bad,
                "hold_out": request.hold_out,
            },
            third_party=request.third_party,
            precision=precision,
            compiled=request.compiled,
            autotuned=request.autotuned,
            replicates=request.replicates if evaluator else 0,
            examinations=request.examinations,
            keeps_best=request.keeps_best,
            trackers=request.trackers,
            ranks=request.gpus_per_run,
        )
        for seed in request.seeds
        for recipe in recipes
    ]
    tuning = None
    if request.tune:
        tuned = [recipe for recipe in recipes if recipe.name not in skipped]
        slots_of_trials, threads_of_trials = _share_out(
            request, where, len(tuned) * math.ceil(request.tune / request.together), resources
        )
        tuning = plan_tuning(
            tuned,
            specs,
            request.tune,
            column=evaluator.columns[0] if evaluator else None,
            fixed={recipe.name: _fixed(request, edits[recipe.name]) for recipe in tuned},
            slots=slots_of_trials,
            threads=threads_of_trials,
        )
        for recipe in (trial.recipe for trials in tuning.trials.values() for trial in trials):
            check_recipe(recipe, zoo.registry)
    return Plan(
        request,
        [recipe.model_copy(update={"space": {}}) for recipe in recipes],
        images,
        evaluator,
        reference,
        where,
        slots,
        threads,
        specs,
        skipped,
        held_out,
        backbone.name if backbone else None,
        tuning,
        {}
        if resources is None
        else what_is_read(zoo.registry, images, evaluator, evaluator and extractor, request.weights, cache),
    )


def _check_together(request: Request, device: str) -> None:
    seeds = max(len(request.seeds), request.tune or 0)
    if device.startswith("cuda") and min(request.together, seeds) > MOST_BRANCHES:
        raise SetupError(
            f"--together {request.together} asks for more CUDA streams than PyTorch has: a process plays at most "
            f"{MOST_BRANCHES} seeds on a GPU at once; give --together {MOST_BRANCHES}"
        )


def _check_seeds(request: Request) -> None:
    """See to it that no trial of ``--tune`` is played on a seed that is reported."""
    if request.tune and (late := [seed for seed in request.seeds if seed >= TUNING_SEED]):
        raise GanzooError(
            f"seed {late[0]} may be one that --tune plays its trials on; report on seeds below {TUNING_SEED:,}"
        )


def _fixed(request: Request, edits: tuple[str, ...]) -> list[str]:
    """The keys of a recipe that no trial may change: those written on the command line, and the backbone's."""
    written = [edit.partition("=")[0].strip() for edit in (*request.overrides, *edits)]
    if request.flips is not None:
        written.append("flips")
    return written + (list(OF_THE_BACKBONE) if request.track == CONTROLLED else [])


def _check_ranks(request: Request) -> None:
    """See to it that a run of several processes is nothing else besides."""
    if request.gpus_per_run > 1 and request.together > 1:
        raise GanzooError(
            "--together plays several runs in one process, and --gpus-per-run one run in several: leave one of them out"
        )
    if request.gpus_per_run > 1 and request.compiled:
        raise GanzooError("--compile makes networks for one process; leave it or --gpus-per-run out")


def _misfits(
    recipes: list[Recipe], zoo: Zoo, images: ImageSet, held: tuple[Tensor, Tensor | None], ranks: int
) -> dict[str, str]:
    """The recipes whose parts refuse these images or each other, or to be played by so many ranks, and why."""
    found = {}
    for recipe in recipes:
        try:
            parts = build_parts(
                recipe,
                zoo.registry,
                image_size=images.height,
                channels=images.channels,
                num_classes=len(images.classes),
                seed=0,
            )
        except RecipeError as error:
            found[recipe.name] = str(error)
            continue
        if ranks > 1 and (why := why_not_by_ranks(recipe, zoo.registry, parts, images, held, ranks)):
            found[recipe.name] = why
    if len(found) == len(recipes):
        raise RecipeError("; ".join(found.values()))
    return found


def _share_out(request: Request, where: list[str], processes: int, resources: Resources | None) -> tuple[int, int]:
    """How many processes at once, and how many threads for each; one where nobody knows how many a machine has."""
    ranks = request.gpus_per_run
    if where[0] != "cpu" and len(where) < ranks:
        raise SetupError(f"--gpus-per-run {ranks} takes {ranks} GPUs, and there {_are(len(where))}")
    bundles = len(where) // ranks
    if resources is not None:
        threads = request.threads or 1
        room = max(1, resources.cores // (threads * ranks)) if where[0] == "cpu" else bundles
        return min(request.parallel or room, processes), threads
    cores = usable_cores()
    if where[0] == "cpu":
        slots = min(request.parallel or max(1, cores // ranks), processes)
        return slots, request.threads or max(1, cores // (slots * ranks))
    slots = request.parallel or bundles
    return min(slots, processes), request.threads or max(1, cores // (slots * ranks))


def _are(count: int) -> str:
    return "is 1" if count == 1 else f"are {count}"
