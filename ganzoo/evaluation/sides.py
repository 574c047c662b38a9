"""The real set and the generated one as an evaluator sees them, read once and remembered by their contents."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict
from torch import Tensor

from ..bench.results.bench_files.evaluation import EvaluatedSet
from ..bench.results.run_files.result import ClassNumber
from ..data.pictures.fitting import enlarged
from ..data.progress import Progress
from ..errors import MetricError
from ..interfaces import OfClass
from ..metrics import Evaluator, ReferenceSet
from ..metrics.columns import looks_at_labels
from ..metrics.reference import Measured
from ..metrics.seeing import Batch, Labelled, Pairs, unpacked
from ..storage.cache import Cache
from ..storage.json_text import parse_json
from .pairs import MOST_GENERATED, MOST_REAL, Rows, keep_rows, recall_rows
from .sets.streams import Contents, ImageStream, sizes_in_words, spaced

_KIND = "evaluated-sets"  # of what is cached: contents of a set by its fingerprint


class _Known(BaseModel):
    """``contents.json`` in the cache."""

    model_config = ConfigDict(strict=True, extra="forbid")

    hash: str
    sizes: str
    enlarged: int = 0


@dataclass(frozen=True)
class Side:
    """One set as it was seen.

    Attributes:
        told: what the result says of it.
        stream: the set; None of statistics, which hold no images.
        rows: features of some images, for pairs; None without pairs.
        places: which images they are of; None likewise.
    """

    told: EvaluatedSet
    stream: ImageStream | None
    rows: Tensor | None = None
    places: Tensor | None = None


@dataclass(frozen=True)
class Scored:
    """Numbers of the generated set.

    Attributes:
        metrics: by the metric's name.
        spreads: their standard errors; a metric that needs more images than half of them is left out.
        pictures: PNGs of what is behind the numbers.
        by_class: numbers of single classes, by metric and class.
    """

    metrics: dict[str, float]
    spreads: dict[str, float]
    pictures: dict[str, bytes]
    by_class: dict[str, dict[str, ClassNumber]] = field(default_factory=dict)


def look_at_real(evaluator: Evaluator, stream: ImageStream, cache: Cache, *, pairs: bool) -> tuple[Side, ReferenceSet]:
    """Summarise the real images; read only where the cache does not know their contents' summaries.

    Args:
        evaluator: that sees them.
        stream: the images.
        cache: remembers the contents by the fingerprint.
        pairs: keep features for pairs.

    Raises:
        GanzooError: an image cannot be read, or the extractor cannot look at it.
    """
    known = _recalled(stream, cache)
    labels = stream.labels if evaluator.labelled else None
    measured = evaluator.recall(known.hash, stream.n, labels=labels) if known else {}
    rows = recall_rows(evaluator, known.hash, stream.n) if known and pairs else None
    measured |= {name: Measured({}, floor=None, real=None) for name in evaluator.pairs}  # seen beside generated ones
    missing = [name for name in evaluator.metrics if name not in measured]
    places = spaced(stream.n, MOST_REAL)
    if known is None or missing or (pairs and rows is None):
        keeping = Rows(stream.n, MOST_REAL) if pairs and rows is None else None
        contents = Contents()
        found = _measured(evaluator, stream, contents, missing, keeping)
        known = _remembered(stream, contents, cache)
        evaluator.keep(found, known.hash, stream.n, labels=labels)
        measured |= found
        if keeping is not None:
            rows = keeping.features()
            keep_rows(evaluator, known.hash, stream.n, rows)
    reference = ReferenceSet(
        n=stream.n, floor_n=stream.n // 2, measured={name: measured[name] for name in evaluator.metrics}
    )
    return Side(_told(stream, known), stream, rows, places), reference


def _measured(
    evaluator: Evaluator, stream: ImageStream, contents: Contents, missing: Sequence[str], keeping: Rows | None
) -> dict[str, Measured]:
    """Read the real images once, and summarise them for the metrics that are missing."""
    if missing or keeping is not None:
        tick = Progress(stream.name, stream.n, "seen").at
        by_class = any(looks_at_labels(evaluator.keyed[key]) for key in missing)
        batches = stream.counted_by_class(contents, stream.classes) if by_class else stream.counted(contents)
        return evaluator.measure(batches, stream.n, missing, tick=tick, watch=keeping)
    for _ in stream.counted(contents):
        pass
    return {}


def _beside(batches: Iterable[Batch | Labelled], real: ImageStream) -> Iterator[Pairs | Labelled]:
    """Give generated images, each beside the real one of its place."""
    images = (image for batch in real.batches() for image in batch)
    for batch in batches:
        given, _, label = unpacked(batch)
        pairs = Pairs(given, [*islice(images, len(given))])
        yield pairs if label is None else Labelled(pairs, label)


def look_at_generated(
    evaluator: Evaluator,
    stream: ImageStream,
    reference: ReferenceSet,
    *,
    real: ImageStream | None,
    replicates: int,
    pairs: bool,
) -> tuple[Side, Scored]:
    """Score the generated images.

    Args:
        evaluator: that sees them.
        stream: the images.
        reference: of the real ones.
        real: the real images, which metrics of pairs look at beside the generated ones; None of statistics.
        replicates: how many random halves give the spreads; 0 for none.
        pairs: keep features for pairs.

    Raises:
        GanzooError: an image cannot be read, the extractor cannot look at it, or there are too few.
    """
    keeping = Rows(stream.n, MOST_GENERATED) if pairs else None
    contents, spreads = Contents(), dict[str, float]()
    drawn: dict[str, bytes] = {}
    by_class: dict[str, dict[int, OfClass]] = {}
    names = () if real is None or not evaluator.labelled else real.classes
    counted = stream.counted_by_class(contents, names) if names else stream.counted(contents)
    metrics = evaluator.score_batches(
        counted if real is None or not evaluator.pairs else _beside(counted, real),
        stream.n,
        reference,
        drawn,
        spreads=spreads if replicates else None,
        replicates=replicates,
        by_class=by_class,
        tick=Progress(stream.name, stream.n, "seen").at,
        watch=keeping,
    )
    known = _known(stream, contents)
    rows = None if keeping is None else keeping.features()
    side = Side(_told(stream, known), stream, rows, None if keeping is None else keeping.places)
    floors = reference.floor_by_class
    classes = {
        key: {
            names[label]: ClassNumber(
                value=one.value, floor=floors.get(key, {}).get(label), generated=one.generated, real=one.real
            )
            for label, one in found.items()
        }
        for key, found in by_class.items()
    }
    return side, Scored(metrics, spreads, drawn, classes)


def require_two(stream: ImageStream, which: str) -> None:
    """Refuse a set of a single image, which no metric compares.

    Raises:
        MetricError: it is one.
    """
    if stream.n < 2:
        raise MetricError(f"the {which} set {stream.source} holds {stream.n} image, and metrics compare two or more")


def _recalled(stream: ImageStream, cache: Cache) -> _Known | None:
    folder = None if stream.fingerprint is None else cache.find(_KIND, stream.fingerprint)
    if folder is not None:
        try:
            return _Known.model_validate(parse_json((folder / "contents.json").read_bytes()))
        except (OSError, ValueError):
            cache.discard(_KIND, str(stream.fingerprint))
    if stream.hash is None:
        return None
    shapes = Counter({tuple(image.shape): stream.n for image in stream.images([0])})  # a named set has one size
    return _Known(hash=stream.hash, sizes=_sizes(stream, shapes))


def _remembered(stream: ImageStream, contents: Contents, cache: Cache) -> _Known:
    known = _known(stream, contents)
    if stream.fingerprint is not None:

        def put(folder: Path) -> None:
            (folder / "contents.json").write_text(json.dumps(known.model_dump()))

        cache.commit(_KIND, stream.fingerprint, put)
    return known


def _known(stream: ImageStream, contents: Contents) -> _Known:
    """Say what a set turned out to hold once it was read."""
    hash_ = stream.hash or contents.hash()
    return _Known(hash=hash_, sizes=_sizes(stream, contents.sizes), enlarged=stream.enlarged)


def _sizes(stream: ImageStream, shapes: Counter[tuple[int, ...]]) -> str:
    if stream.point:
        return f"points of {stream.point} number{'s' * (stream.point != 1)}"
    return sizes_in_words(shapes)


def _told(stream: ImageStream, known: _Known) -> EvaluatedSet:
    notes = [*stream.notes, *([enlarged(known.enlarged)] if known.enlarged else [])]
    said: dict[str, Any] = {"left_out": list(stream.left_out), "notes": notes}
    return EvaluatedSet(
        kind=stream.kind,
        name=stream.name,
        source=stream.source,
        n=stream.n,
        hash=known.hash,
        sizes=known.sizes,
        **said,
    )
