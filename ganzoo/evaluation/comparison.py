"""An evaluator that compares two sets, and what the result says of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import PIL
import torch

from ..bench.results.bench_files.evaluation import EvaluatedMetric, EvaluatedPairs, Evaluation
from ..bench.runs.environment import environment
from ..data import DataSet
from ..errors import MetricError
from ..interfaces import Modality
from ..metrics import Evaluator, ReferenceSet
from ..metrics.judging import in_colour
from ..metrics.opening import extractors_at_hand
from ..registry.guarding.told import told_parts
from ..text import listed, shown, some_of
from .opening import Opener
from .pairs import find_pairs
from .sets.files import FileStream
from .sets.statistics import Statistics
from .sets.streams import ImageStream
from .sides import Scored, Side, look_at_generated, look_at_real, require_two

METRICS = ("fid", "kid")
EXTRACTOR = "inception"
_MOST_CLASSES = 4  # that an error names


@dataclass(frozen=True)
class Wish:
    """An evaluator as it was asked for; None leaves the choice to the real set.

    Attributes:
        metrics: registered names.
        extractor: registered name.
        weights: the file of its weights; None for its own.
        device: where it runs.
    """

    metrics: Sequence[str] | None
    extractor: str | None
    weights: Path | str | None
    device: str

    def of(self, metrics: Sequence[str]) -> Wish:
        """Return the same with these metrics."""
        return replace(self, metrics=metrics)


@dataclass(frozen=True)
class Compared:
    """Two sets that were compared.

    Attributes:
        evaluation: the result.
        generated: the generated set.
        real: the real one.
        pictures: PNGs of what is behind numbers, by the metric's name.
        drawn: PNGs of samples of other modalities than images and points, each with a caption.
    """

    evaluation: Evaluation
    generated: Side
    real: Side
    pictures: Mapping[str, bytes]
    drawn: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True)
class Comparison:
    """An evaluator that compares two sets.

    Attributes:
        opener: that opened the sets.
        evaluator: that sees them.
        judging: the registered parts that it is made of.
    """

    opener: Opener
    evaluator: Evaluator
    judging: list[Any]

    @classmethod
    def open(cls, opener: Opener, wish: Wish, true: ImageStream | Statistics) -> Comparison:
        """Open the evaluator that was asked for, or that goes with the real set.

        Raises:
            GanzooError: see ``Evaluator.open``.
        """
        extractor, metrics = wish.extractor or true.extractor or EXTRACTOR, wish.metrics or true.metrics or METRICS
        colour = not isinstance(true, Statistics) and wish.extractor is None and _in_colour(true)
        return cls._opened(opener, wish, extractor, metrics, true.point, None, substitute=colour)

    @classmethod
    def open_for(cls, opener: Opener, wish: Wish, true: DataSet, modality: Modality) -> Comparison:
        """Open the evaluator that was asked for, or that goes with data of a modality.

        Raises:
            GanzooError: see ``Evaluator.open``.
        """
        extractor = wish.extractor or true.extractor
        colour = wish.extractor is None and in_colour(modality)
        metrics = tuple(wish.metrics or true.metrics)
        return cls._opened(opener, wish, extractor, metrics, 0, modality, substitute=colour)

    @classmethod
    def _opened(
        cls,
        opener: Opener,
        wish: Wish,
        extractor: str,
        metrics: Sequence[str],
        point: int,
        modality: Modality | None,
        *,
        substitute: bool,
    ) -> Comparison:
        registry = opener.zoo.registry

        def instead() -> str:
            at_hand = extractors_at_hand(registry, point, modality)
            return f"; without it --extractor {listed(at_hand, 'or')} needs no file" if at_hand else ""

        evaluator = Evaluator.open(
            registry,
            extractor,
            metrics,
            modality=modality,
            point=point,
            weights=None if wish.weights is None else Path(wish.weights),
            device=wish.device,
            cache=opener.cache,
            instead=instead,
            substitute=substitute,
        )
        seen = str(evaluator.identity["extractor"])  # which may have taken the place of what was asked for
        named = [] if evaluator.extractor is None else [registry.get("extractor", seen)]
        judging = [*named, *(registry.get("metric", name) for name in metrics)]
        return cls(opener, evaluator, judging)

    def real(self, true: ImageStream | Statistics, *, pairs: bool) -> tuple[Side, ReferenceSet]:
        """Summarise the real set.

        Raises:
            GanzooError: it cannot be read, or is of a single image; or statistics are of another evaluator.
        """
        if isinstance(true, Statistics):
            return Side(true.told, None), true.reference(self.evaluator)
        require_two(true, "real")
        with told_parts(self.judging, "while they judge the real images"):
            return look_at_real(self.evaluator, true, self.opener.cache, pairs=pairs)

    def of(self, fake: ImageStream, true: ImageStream | Statistics, *, replicates: int, pairs: bool) -> Compared:
        """Compare two sets.

        Args:
            fake: the generated set.
            true: the real one.
            replicates: see ``evaluate``.
            pairs: likewise.

        Raises:
            GanzooError: see ``evaluate``.
        """
        require_two(fake, "generated")
        if fake.point != true.point:
            raise MetricError(f"{fake.source} and {true.source} are not both images, nor points of as many numbers")
        self._require_pairs(fake, true)
        self._require_classes(fake, true)
        with told_parts(self.judging, "when they are tried"):
            self.evaluator.check(fake.n, true.n or fake.n)
        pairs = pairs and self.evaluator.extractor is not None  # neighbours are found by features
        real, reference = self.real(true, pairs=pairs)
        with told_parts(self.judging, "while they judge the generated images"):
            generated, scored = look_at_generated(
                self.evaluator,
                fake,
                reference,
                real=None if isinstance(true, Statistics) else true,
                replicates=replicates,
                pairs=pairs and real.rows is not None,
            )
        return Compared(self.written(generated, real, reference, scored), generated, real, scored.pictures)

    def _require_pairs(self, fake: ImageStream, true: ImageStream | Statistics) -> None:
        """Refuse sets whose images do not belong to each other, where a metric takes them for pairs.

        Raises:
            MetricError: their numbers or the names of their files differ.
        """
        for metric in self.evaluator.metrics.values():
            if not metric.paired:
                continue
            label = metric.label(self.evaluator.title)
            if fake.n != true.n:
                raise MetricError(
                    f"{label} takes pairs, and there are {fake.n:,} generated images and {true.n} real ones"
                )
            if isinstance(fake, FileStream) and isinstance(true, FileStream):
                for place in range(fake.n):
                    one, other = (stream.label(place).rpartition(".")[0] for stream in (fake, true))
                    if one != other:
                        raise MetricError(
                            f"{label} takes pairs of files of the same name, and {shown(fake.label(place))} stands "
                            f"where {shown(true.label(place))} does"
                        )

    def _require_classes(self, fake: ImageStream, true: ImageStream | Statistics) -> None:
        """Refuse sets without classes, or of different ones, where a metric takes each class by itself.

        Raises:
            MetricError: they are such.
        """
        if not self.evaluator.labelled:
            return
        name = self.evaluator.labelled[0]
        for stream in (fake, true):
            if isinstance(stream, Statistics) or not stream.classes:
                raise MetricError(
                    f"the metric {name} takes each class by itself, and {stream.source} has no classes, which are "
                    "folders beside each other, those of a named data set or of a conditional recipe: leave it out of "
                    "--metrics"
                )
        assert isinstance(true, ImageStream)
        if set(fake.classes) != set(true.classes):
            alone = sorted(set(fake.classes) ^ set(true.classes))
            raise MetricError(
                f"the metric {name} takes each class by itself, and {some_of(alone, _MOST_CLASSES)} is a class of one "
                f"set alone: {fake.source} has {len(fake.classes):,} classes and {true.source} {len(true.classes):,}"
            )

    def written(self, generated: Side, real: Side, reference: ReferenceSet, scored: Scored) -> Evaluation:
        """Return the result."""
        evaluator, n = self.evaluator, generated.told.n or 0
        rows = {
            column.key: EvaluatedMetric(
                label=column.label,
                better=column.better,
                value=scored.metrics[column.key],
                spread=scored.spreads.get(column.key),
                floor=reference.floor[column.key],
                real=reference.real[column.key],
                states=evaluator.keyed[column.key].states(n, real.told.n or n),
                by_class=scored.by_class.get(column.key, {}),
            )
            for column in evaluator.columns
        }
        said = [f"{side.told.source}: {note}" for side in (generated, real) for note in side.told.notes]
        said += [f"{side.told.source}: left out: {note}" for side in (generated, real) for note in side.told.left_out]
        said += [evaluator.note] if evaluator.note else []
        return Evaluation(
            generated=generated.told,
            real=real.told,
            extractor=evaluator.title,
            identity=evaluator.identity,
            versions={
                **environment(str(evaluator.device), torch.get_num_threads(), self.opener.zoo.plugins),
                "pillow": PIL.__version__,
            },
            floor_n=reference.floor_n or None,
            metrics=rows,
            pairs=self._pairs(generated, real),
            notes=said,
        )

    def _pairs(self, generated: Side, real: Side) -> EvaluatedPairs | None:
        if generated.rows is None or real.rows is None or generated.stream is None or real.stream is None:
            return None
        assert generated.places is not None and real.places is not None  # they are there where rows are
        return find_pairs(
            generated.rows,
            real.rows,
            space=f"features of {self.evaluator.title}",
            device=self.evaluator.device,
            places=(generated.places, real.places),
            labels=(generated.stream.label, real.stream.label),
        )


def _in_colour(true: ImageStream) -> bool:
    """Say whether the images of a set, as its first one is, are RGB."""
    return true.n > 0 and not true.point and true.images([0])[0].shape[0] == 3
