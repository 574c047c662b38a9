"""The plan of a bench: all that was asked for, checked and resolved before any of it is trained."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor

from .. import data
from ..backend.precision import resolve_precision
from ..data import DataSet
from ..errors import GanzooError, MetricError, SetupError
from ..interfaces import Resources
from ..metrics import Evaluator, ReferenceSet
from ..recipes.building.build import check_recipe
from ..recipes.overrides import split_spec
from ..recipes.provenance.origins import Origins, origins_of
from ..recipes.provenance.revisions import named_parts, revisions_of
from ..recipes.provenance.used import entries_used, files_used, plugins_used
from ..recipes.recipe import Recipe, resolve
from ..registry.discovery import Zoo
from ..registry.registry import Registry
from ..storage.cache import Cache
from .execution.executing import devices_on, evaluation_device, what_is_read
from .execution.machine.sharing import check_ranks, check_together, share_out
from .execution.rehearsals.misfits import misfits
from .execution.rehearsals.trial import try_imports, try_recipes
from .judging import Judging
from .results.run_files.spec import RunSpec
from .results.terms.published_track import on_published, played_otherwise
from .results.terms.settings import RunSettings
from .results.terms.track import CONTROLLED, alike, on_backbone
from .results.terms.worker_settings import WorkerSettings
from .runs.monitoring.tracking import check_trackers
from .runs.origins import explaining
from .tuning import Tuning, check_seeds, fixed_keys, plan_tuning


@dataclass
class Plan:
    """All that will be played, once everything that can be known beforehand is known to be in order.

    Attributes:
        settings: what was asked for, with what the track ``published`` leaves open in place.
        backbone: name of the recipe whose networks all play on; None where each plays on its own.
        tuning: the trials that are played before; None without.
        sequential: the rule by which seeds are added in rounds, as ``results.json`` has it; None without.
        states: about how many bytes a checkpoint of each recipe is.
        unreached: what of each recipe cannot take effect in so short a run, in sentences.
        otherwise: how a published form is played shorter, or on other data, than it was published, in phrases.
        held_out_floor: each metric of the held-out images against the training images, see ``bench/held_out.py``.
        notes: sentences on the conditions that runs are evaluated under.
        files: what a run that is played elsewhere is sent, see ``Task.files``; empty where it is played here.
    """

    settings: RunSettings
    recipes: list[Recipe]
    images: DataSet
    evaluator: Evaluator | None
    reference: ReferenceSet | None
    devices: list[str]
    slots: int
    threads: int
    specs: list[RunSpec]
    skipped: dict[str, str] = field(default_factory=dict)
    states: dict[str, int] = field(default_factory=dict)
    unreached: dict[str, list[str]] = field(default_factory=dict)
    otherwise: dict[str, list[str]] = field(default_factory=dict)
    held_out_floor: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    backbone: str | None = None
    tuning: Tuning | None = None
    sequential: dict[str, Any] | None = None
    files: dict[str, Path] = field(default_factory=dict)


def prepare(settings: RunSettings, zoo: Zoo, cache: Cache, resources: Resources | None = None) -> Plan:
    """Check and fetch all that the runs will need, before any of them is trained.

    Args:
        settings: what was asked for.
        zoo: all parts.
        cache: for data and extractors.
        resources: of the machines that will play; None for this one.

    Raises:
        GanzooError: what was asked for cannot be done, or every recipe refuses these images.
    """
    with explaining(settings.out, zoo.registry):
        return _prepared(settings, zoo, cache, resources)


def _prepared(settings: RunSettings, zoo: Zoo, cache: Cache, resources: Resources | None) -> Plan:
    settings = on_published(settings, zoo.registry)
    recipes, backbone = _resolved(settings, zoo.registry)
    check_seeds(settings)
    check_ranks(settings)
    check_trackers(zoo.registry, settings.trackers)
    where = devices_on(resources, settings.device)
    precision = _precision(settings, where[0])
    images, fields = _opened(settings, zoo.registry, cache)
    judging = Judging.open(settings, recipes, images, fields, evaluation_device(where[0]), zoo.registry, cache)
    try_recipes(recipes, zoo.registry, images)
    skipped, short, states = misfits(recipes, zoo.registry, images, fields, settings)
    if backbone is not None:
        skipped |= alike(recipe for recipe in recipes if recipe.name not in skipped)
    processes = len(recipes) * math.ceil(len(settings.seeds) / settings.together)
    slots, threads = share_out(settings, where, processes, resources)
    like = _run_like(settings, images, judging, where[0], threads, precision, zoo.registry)
    specs = [like(recipe, seed) for seed in settings.seeds for recipe in recipes]
    tuned = [recipe for recipe in recipes if recipe.name not in skipped]
    if settings.until_decided is not None:
        _require_first(tuned, judging, "--until-decided tests")
    return Plan(
        settings=settings,
        recipes=[recipe.played() for recipe in recipes],
        images=images,
        evaluator=judging.evaluator,
        reference=judging.reference,
        devices=where,
        slots=slots,
        threads=threads,
        specs=specs,
        skipped=skipped,
        states=states,
        unreached=short,
        otherwise=played_otherwise(
            settings, recipes, images.name, (images.channels, images.height, images.width), zoo.registry
        ),
        held_out_floor=judging.held_out_floor,
        notes=judging.notes,
        backbone=backbone.name if backbone else None,
        tuning=_tuning(settings, tuned, specs, judging, where, zoo.registry, resources) if settings.tune else None,
        files=_sent(settings, recipes, images, judging, zoo.registry, cache) if resources is not None else {},
    )


def _edits(settings: RunSettings) -> list[tuple[str, ...]]:
    """Give the changes that the name of each recipe is made of."""
    return [split_spec(text).edits for text in settings.recipes]


def _resolved(settings: RunSettings, registry: Registry) -> tuple[list[Recipe], Recipe | None]:
    """Resolve the recipes and, on the controlled track, the backbone that all of them are put on."""
    recipes = [resolve(registry, name, settings.overrides) for name in settings.recipes]
    names = [recipe.name for recipe in recipes]
    if twice := {name for name in names if names.count(name) > 1}:
        raise GanzooError(f"recipe {twice.pop()!r} is named twice; a variant of it needs a key=value of its own")
    others = [("extractor", settings.extractor), *(("metric", name) for name in settings.metrics or ())]
    try_imports((entry for recipe in recipes for entry in entries_used(registry, recipe, others)), registry.file)
    for recipe in recipes:
        check_recipe(recipe, registry)
    if settings.track != CONTROLLED:
        return recipes, None
    backbone = resolve(registry, settings.backbone, settings.overrides) if settings.backbone else recipes[0]
    edited = zip(recipes, _edits(settings), strict=True)
    return [on_backbone(recipe, backbone, edits) for recipe, edits in edited], backbone


def _precision(settings: RunSettings, device: str) -> str:
    """Decide the precision of the training; check what else depends on the kind of device."""
    precision = resolve_precision(settings.precision, device)
    if settings.autotuned and not device.startswith("cuda"):
        raise SetupError(f"--autotune is for cuDNN on CUDA GPUs, and these runs are on {device}; leave it out")
    check_together(settings, device)
    return precision


def _opened(settings: RunSettings, registry: Registry, cache: Cache) -> tuple[DataSet, dict[str, Tensor]]:
    """Find the data, and load their fields."""
    images = data.resolve(
        registry,
        settings.dataset,
        data_dir=settings.data_dir,
        cache=cache,
        skip_bad=settings.skip_bad,
        hold_out=settings.hold_out,
        fitting=_fitting(settings),
        modality=settings.modality,
    )
    return images, data.load(images)


def _fitting(settings: RunSettings) -> data.Fitting | None:
    """Give what is done to each image on its way in."""
    return data.Fitting.asked(settings.size, settings.crop, settings.resize, settings.grey_to_rgb)


def _run_like(
    settings: RunSettings,
    images: DataSet,
    judging: Judging,
    device: str,
    threads: int,
    precision: str,
    registry: Registry,
) -> Callable[[Recipe, int], RunSpec]:
    """Give what makes the run of a recipe and a seed; a run is one point of the recipe's space."""
    evaluator = judging.evaluator
    as_asked = {name: getattr(settings, name) for name in WorkerSettings.model_fields}
    as_asked["replicates"] = settings.replicates if evaluator else 0
    source: dict[str, Any] = {
        "dataset": settings.dataset,
        "data_dir": str(settings.data_dir.resolve()) if settings.data_dir else None,
        "skip_bad": settings.skip_bad,
        "hold_out": settings.hold_out,
    }
    if (fitting := _fitting(settings)) is not None:
        source["fitting"] = fitting.to_json()
    if settings.modality is not None:
        source["modality"] = settings.modality

    origins: dict[str, Origins] = {}  # of each recipe once, as sources are read for them

    def run_of(recipe: Recipe, seed: int) -> RunSpec:
        if recipe.name not in origins:
            origins[recipe.name] = origins_of(named_parts(recipe), registry)
        spec = RunSpec(
            recipe=recipe.played().to_dict(),
            seed=seed,
            images=images.to_json(),
            budget=settings.budget.to_json(),
            samples=judging.samples,
            metrics=tuple(evaluator.metrics) if evaluator else (),
            extractor=judging.extractor,
            weights=str(settings.weights.resolve()) if settings.weights else None,
            identity=evaluator.identity | {"device": device.partition(":")[0]} if evaluator else {},
            device=device,
            threads=threads,
            source=source,
            precision=precision,
            ranks=settings.gpus_per_run,
            revisions=revisions_of(recipe, registry),
            origins=origins[recipe.name],
            **as_asked,
        )
        used = registry, recipe, spec.beside_recipe
        return spec.changed(plugins=plugins_used(*used), files=files_used(*used))

    return run_of


def _require_first(recipes: Sequence[Recipe], judging: Judging, use: str) -> None:
    """Require that the first metric is taken of all these recipes, whose numbers decide what is played.

    Raises:
        MetricError: it is not.
    """
    first = judging.evaluator.columns[0].key if judging.evaluator else ""
    if lacking := [recipe.name for recipe in recipes if recipe.name in judging.without.get(first, ())]:
        raise MetricError(
            f"{use} the first metric, {first}, which is not taken of {', '.join(lacking)}, as no class is asked for: "
            "name another one first in --metrics"
        )


def _tuning(
    settings: RunSettings,
    recipes: list[Recipe],
    specs: list[RunSpec],
    judging: Judging,
    where: list[str],
    registry: Registry,
    resources: Resources | None,
) -> Tuning:
    """Plan the trials of these recipes, and check the recipe of each."""
    trials = settings.tune or 0
    slots, threads = share_out(settings, where, len(recipes) * math.ceil(trials / settings.together), resources)
    edits = dict(zip((spec.name for spec in specs), _edits(settings), strict=False))
    _require_first(recipes, judging, "--tune chooses by")
    tuning = plan_tuning(
        recipes,
        specs,
        trials,
        column=judging.evaluator.columns[0] if judging.evaluator else None,
        fixed={recipe.name: fixed_keys(settings, edits[recipe.name]) for recipe in recipes},
        slots=slots,
        threads=threads,
        registry=registry,
    )
    for trial in (trial for trials_of_one in tuning.trials.values() for trial in trials_of_one):
        check_recipe(trial.recipe, registry)
    return tuning


def _sent(
    settings: RunSettings,
    recipes: list[Recipe],
    images: DataSet,
    judging: Judging,
    registry: Registry,
    cache: Cache,
) -> dict[str, Path]:
    """Give what a run reads elsewhere beside its folder."""
    return what_is_read(registry, images, judging.evaluator, judging.extractor, settings.weights, cache, recipes)
