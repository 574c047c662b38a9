"""Verdicts on a run's generator, by the samples that its numbers are of."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ganzoo.backend.exact import exact_float32
from ganzoo.errors import MetricError, first_line
from ganzoo.metrics.pairing import FIRST
from ganzoo.seeds import stream
from ganzoo.training.execution.layers import seeded_layers
from ganzoo.verdicts import Evidence, Recorded, judged, measured

from ..generating.conditions import Drawn, are_labels
from ..generating.session import generated
from .features import Space

if TYPE_CHECKING:
    from ganzoo.bench.runs.session import TrainingSession

_log = logging.getLogger(__name__)
MOST = 10_000  # generated samples, and training rows that the extractor sees
NUMBERS = 1 << 27  # in training rows whose distances are taken: 512 MiB
_SIDE = 32 * 32  # pixels of a row at most, as distances are taken


def verdicts_on(session: TrainingSession) -> list[dict[str, Any]]:
    """Judge the generator of a run as it stands: by samples of the noise that its last evaluation had.

    Of images and points alone; other samples have no such verdicts yet, and the list is empty.

    Args:
        session: the run; it is left as it is.

    Returns:
        the verdicts as ``result.json`` has them, alarms first.
    """
    if session.modality.name not in FIRST or session.pairs:
        return []
    device = session.device
    rng = torch.Generator(device).manual_seed(stream(session.spec.seed, "evaluation", 0))
    try:
        with exact_float32(device), seeded_layers(stream(session.spec.seed, "layers", 1), device):
            drawn = generated(session, min(MOST, session.spec.samples), rng)
            evidence = _evidence(session, drawn)
            found = judged(measured(evidence), evidence.samples)
    except (MetricError, MemoryError, RuntimeError) as error:  # a run that is done must not be lost for it
        _log.warning(f"{session.spec.name} seed {session.spec.seed}: no verdicts: {first_line(error)}")
        return []
    return [
        {
            "kind": one.kind,
            "alarm": one.alarm,
            "says": one.says,
            "sentence": one.sentence(session.spec.name),
            "why": one.why,
            "numbers": {name: float(value) for name, value in one.numbers.items()},
            "next": one.next,
        }
        for one in found
    ]


def _evidence(session: TrainingSession, drawn: Drawn) -> Evidence:
    fake = drawn.sample
    assert isinstance(fake, Tensor)
    training = session.modality.target(session.fields)
    assert isinstance(training, Tensor)
    held_out = None if session.held_out is None else session.modality.target(session.held_out)
    seen: dict[str, Tensor] = {}
    seen_training: dict[str, Tensor] = {}
    look = look_at_data = None
    numbers = min(training[0].numel(), _SIDE * training.shape[1])
    rows = _some(len(training), max(1, NUMBERS // numbers))
    labels = session.fields.get("y")
    reference = None if session.evaluator is None else session.reference.n
    if session.evaluator is not None and session.evaluator.extractor is not None:
        space = Space(session.evaluator, session.modality)
        seen, seen_training = space.columns(fake), space.columns_of_data(training[rows[:MOST]])
        look, look_at_data = space.columns, space.columns_of_data
    return Evidence(
        generated=fake,
        training=training[rows],
        held_out=held_out if isinstance(held_out, Tensor) else None,
        seen=seen,
        seen_training=seen_training,
        labels=labels[rows] if labels is not None and are_labels(labels) else None,
        classes=tuple(session.images.classes),
        told=drawn.y is not None,
        recorded=Recorded(session.spec.samples, reference=reference, available=len(training)),
        look=look,
        look_at_data=look_at_data,
    )


def _some(n: int, most: int) -> Tensor:
    """Return the places of rows, the same for all runs, in an order in which the first few stand for all."""
    return torch.randperm(n, generator=torch.Generator().manual_seed(0))[:most]
