"""The evaluation of the runs of a bench, opened before any of them is trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from torch import Tensor

from ..data import DataSet
from ..errors import MetricError, UnknownName
from ..interfaces import Metric, Modality
from ..metrics import Evaluator, ReferenceSet
from ..metrics.classes import require_of_each_class
from ..metrics.columns import needs_extractor
from ..metrics.judging import in_colour
from ..metrics.opening import NONE
from ..metrics.pairing import served
from ..recipes.provenance.used import found
from ..recipes.recipe import Recipe
from ..registry.guarding.told import told_parts
from ..registry.registry import Registry
from ..samples import Sample
from ..storage.cache import Cache
from .held_out import held_out_floor
from .live.looking import looking_at
from .results.terms.settings import RunSettings
from .runs.examine.features import KeptFeatures, Space
from .runs.generating.conditions import in_classes, in_pairs, labels_of

MOST_SAMPLES = 50_000


@dataclass(frozen=True)
class Judging:
    """The evaluation of the runs, with all that was left open in the settings decided.

    Attributes:
        samples: how many an evaluation generates.
        extractor: its name; None without one.
        evaluator: takes the numbers; None without numbers.
        reference: of the training data; None likewise.
        held_out_floor: see ``Plan``.
        notes: sentences on the conditions that runs are evaluated under.
        without: the recipes, by metric, that the metric is not taken of.
    """

    samples: int
    extractor: str | None = None
    evaluator: Evaluator | None = None
    reference: ReferenceSet | None = None
    held_out_floor: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    without: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def open(
        cls,
        settings: RunSettings,
        recipes: Sequence[Recipe],
        images: DataSet,
        fields: Mapping[str, Tensor],
        device: str,
        registry: Registry,
        cache: Cache,
    ) -> Judging:
        """Open the extractor, and take the reference numbers of the training data and of those held out.

        Raises:
            GanzooError: see ``Evaluator.open``; or a metric looks at pairs, and a recipe makes none; or one takes each
                class by itself, and there are no classes or too few samples of one.
        """
        modality = images.modality(registry)
        pairs = [recipe for recipe in recipes if in_pairs(recipe, modality)]
        samples = settings.samples or images.samples or _as_many(images, all_in_pairs=len(pairs) == len(recipes))
        notes = tuple(_notes(pairs, images, samples))
        extractor = settings.extractor or images.extractor or modality.extractor or NONE
        metrics, unserved = _metrics(settings, images, extractor, registry)
        notes += unserved
        if extractor == NONE and not metrics:
            return cls(samples, notes=notes)
        evaluator = Evaluator.open(
            registry,
            extractor,
            metrics,
            modality=modality,
            point=images.point,
            weights=settings.weights,
            device=device,
            cache=cache,
            substitute=settings.extractor is None and in_colour(modality),
        )
        if evaluator.note:
            extractor, notes = str(evaluator.identity["extractor"]), (*notes, evaluator.note)
        _require_pairs(evaluator, recipes, modality)
        without = _without_classes(evaluator, recipes, images, modality)
        notes += _said_of(without, evaluator)
        seen_through = None if evaluator.extractor is None else extractor  # which no metric may need
        named = [] if seen_through is None else [("extractor", seen_through)]
        judging = [*named, *(("metric", name) for name in evaluator.metrics), ("modality", images.modality_name)]
        with told_parts(found(registry, judging), "when they are tried before anything is trained"):
            evaluator.check(samples, images.n)
        labels = labels_of(modality, fields)
        if labels is not None and images.classes:
            counts = labels.bincount(minlength=len(images.classes)).tolist()
            require_of_each_class(evaluator.metrics, images.name, images.classes, counts, samples)
        with told_parts(found(registry, judging), "while they judge the real data"):
            target = modality.target(fields)
            features = Space(evaluator, modality).keeping(target) if "memorisation" in settings.examinations else None
            reference = _reference(evaluator, images, target, labels, features)
            floor = held_out_floor(evaluator, reference, images, cache)
        return cls(samples, seen_through, evaluator, reference, floor, notes, without)


def _reference(
    evaluator: Evaluator, images: DataSet, target: Sample, labels: Tensor | None, features: KeptFeatures | None
) -> ReferenceSet:
    """Take the reference numbers of the training data, and keep their features where there is somewhere to."""
    told = looking_at(f"{images.name}, real samples", images.n)
    found = evaluator.reference(target, images.hash, labels=labels, tick=told, watch=features)
    if features is not None:
        features.close()
    return found


def _as_many(images: DataSet, *, all_in_pairs: bool) -> int:
    """Return how many samples are evaluated unless somebody says: one for each row, where they are of rows."""
    rows = images.held_out if all_in_pairs and images.held_out is not None else images
    return min(rows.n, MOST_SAMPLES)


def _metrics(
    settings: RunSettings, images: DataSet, extractor: str, registry: Registry
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the metrics that were asked for, or those of the data that the extractor serves; and a note on others."""
    asked = settings.metrics is not None
    metrics = tuple(images.metrics if settings.metrics is None else settings.metrics)
    if extractor == NONE:
        return _without_extractor(metrics, registry, asked=asked), ()
    if asked or settings.extractor is None:
        return metrics, ()
    kept = served(metrics, extractor, registry)
    left = [name for name in metrics if name not in kept]
    said = f"the metric {{!r}} is left out, as the extractor {extractor} does not give what it reads"
    return kept, tuple(said.format(name) for name in left)


def _without_extractor(metrics: Sequence[str], registry: Registry, *, asked: bool) -> tuple[str, ...]:
    """Return the metrics that need no extractor; all that were asked for, where one of them needs none.

    Those that were asked for beside such a one are refused later, with a sentence.
    """
    own = [name for name in metrics if _looks_itself(name, registry)]
    return tuple(metrics if asked and own else own)


def _looks_itself(name: str, registry: Registry) -> bool:
    try:
        kind: type[Metric] = registry.get("metric", name).load()
        return issubclass(kind, Metric) and not needs_extractor(kind)
    except UnknownName:
        raise
    except Exception:  # a stranger's broken metric, which is not wanted where no numbers are
        return False


def _require_pairs(evaluator: Evaluator, recipes: Sequence[Recipe], modality: Modality) -> None:
    """Require that a metric which looks at pairs has them.

    Raises:
        MetricError: a recipe is evaluated otherwise.
    """
    alone = [recipe.name for recipe in recipes if not in_pairs(recipe, modality)]
    if evaluator.pairs and alone:
        raise MetricError(
            f"the metric {evaluator.pairs[0]} compares each sample with the real one of its row, and on "
            f"{modality.name} the samples of {', '.join(alone)} belong to no row: leave it out of --metrics"
        )


def _without_classes(
    evaluator: Evaluator, recipes: Sequence[Recipe], images: DataSet, modality: Modality
) -> dict[str, list[str]]:
    """Return the recipes that metrics which take each class by itself are not taken of, as they are told no classes.

    Raises:
        MetricError: the data have no classes, or no recipe is told them.
    """
    if not (wanting := evaluator.labelled):
        return {}
    name = wanting[0]
    if not images.classes:
        raise MetricError(
            f"the metric {name} takes each class by itself, and {images.name} has no classes: leave it out of --metrics"
        )
    told = [recipe.name for recipe in recipes if in_classes(recipe, modality)]
    others = [recipe.name for recipe in recipes if recipe.name not in told]
    if not told:
        raise MetricError(
            f"the metric {name} takes each class by itself, and the samples of {', '.join(others)} have none, as no "
            "class is asked for: leave it out of --metrics, or name a recipe of `ganzoo list --conditional`"
        )
    return dict.fromkeys(wanting, others) if others else {}


def _said_of(without: Mapping[str, Sequence[str]], evaluator: Evaluator) -> tuple[str, ...]:
    """Say which recipes have which metrics not."""
    return tuple(
        f"{', '.join(names)}: no {evaluator.metrics[metric].label(evaluator.title)}, as no class is asked for"
        for metric, names in without.items()
    )


def _notes(pairs: Sequence[Recipe], images: DataSet, samples: int) -> list[str]:
    """Say which rows give the conditions of evaluations."""
    if not pairs:
        return []
    names = ", ".join(recipe.name for recipe in pairs)
    rows, n = ("held-out", images.held_out.n) if images.held_out is not None else ("training", images.n)
    again = f", again from the first after {n:,}" if samples > n else ""
    said = "" if images.held_out is not None else ", as none are held out: what was learnt by heart counts as well"
    return [f"{names}: evaluated under the conditions of the {rows} rows in their order{again}{said}"]
