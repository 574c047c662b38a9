"""Scores of held-out images against the training images: the best that a generator which only learnt would have."""

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated

from pydantic import Field, FiniteFloat, TypeAdapter
from torch import Tensor

from .. import data
from ..data import DataSet
from ..errors import MetricError
from ..metrics import Evaluator, ReferenceSet
from ..metrics.columns import looks_at_pairs, parts_of
from ..samples import Sample
from ..storage.cache import Cache
from ..storage.json_text import parse_json
from .runs.generating.conditions import labels_of

_KIND = "held-out"  # of what is cached
# Raise it when the same images and the same judge begin to give other numbers.
_SCHEMA = 1
_NUMBERS = TypeAdapter(Annotated[list[FiniteFloat], Field(max_length=1)])


def held_out_floor(evaluator: Evaluator, reference: ReferenceSet, images: DataSet, cache: Cache) -> dict[str, float]:
    """Each metric of the held-out images, as if they had been generated, against the training images.

    A generator whose numbers are better than these holds training images rather than the distribution they are of.
    Computed once for the same images, extractor and metric, then cached.

    Args:
        evaluator: takes the numbers.
        reference: of the training images.
        images: the training images, with those held out.
        cache: keeps the numbers.

    Returns:
        By the metric's key; without those that need more images than are held out, and those that look at pairs; empty
        with none held out.
    """
    if images.held_out is None:
        return {}
    columns = [key for key, metric in evaluator.keyed.items() if not looks_at_pairs(metric)]
    keys = {key: _key(evaluator, key, images.hash, images.held_out.hash) for key in columns}
    found = {name: _read(cache, key) for name, key in keys.items()}
    missing = [name for name, numbers in found.items() if numbers is None]
    if missing:
        fields = data.load(images.held_out)
        held_out = fields["x"] if evaluator.modality is None else evaluator.modality.target(fields)
        labels = None if evaluator.modality is None else labels_of(evaluator.modality, fields)
        scored = _score(evaluator, dict.fromkeys(parts_of(name)[0] for name in missing), held_out, reference, labels)
        for name in missing:
            found[name] = numbers = [scored[name]] if name in scored else []
            cache.discard(_KIND, keys[name])  # in which case it was found damaged
            cache.commit(_KIND, keys[name], _writer(numbers))
    return {name: numbers[0] for name, numbers in found.items() if numbers}


def _score(
    evaluator: Evaluator, names: Iterable[str], held_out: Sample, reference: ReferenceSet, labels: Tensor | None
) -> dict[str, float]:
    """Return what can be scored: all in one go as a rule, each metric by itself where one of them refuses."""
    partial = evaluator.only(names)
    try:
        return partial.score_data(held_out, reference, labels=labels)
    except MetricError:
        if len(partial.metrics) == 1:
            return {}
    every = [_score(evaluator, [name], held_out, reference, labels) for name in partial.metrics]
    return {key: value for found in every for key, value in found.items()}


def _key(evaluator: Evaluator, key: str, trained: str, held_out: str) -> str:
    metric, judged = parts_of(key)
    settings = evaluator.identity["metrics"][metric]
    identity = {"schema": _SCHEMA, "data": trained, "held_out": held_out, "metric": metric, "settings": settings}
    several = {"judged": judged} if judged else {}
    return hashlib.sha256(json.dumps(identity | evaluator.sight | several, sort_keys=True).encode()).hexdigest()


def _read(cache: Cache, key: str) -> list[float] | None:
    """Return the number, in a list; an empty one where there is known to be none; None where nothing is known."""
    folder = cache.find(_KIND, key)
    if folder is None:
        return None
    try:
        return _NUMBERS.validate_python(parse_json((folder / "numbers.json").read_bytes()))
    except (OSError, ValueError):
        return None


def _writer(numbers: list[float]) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / "numbers.json").write_text(json.dumps(numbers))

    return write
