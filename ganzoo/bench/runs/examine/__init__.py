"""Examinations of a finished run's players, beside the numbers of its metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import torch

from ganzoo.backend.exact import exact_float32
from ganzoo.errors import GanzooError, MetricError, first_line, suggest
from ganzoo.seeds import stream

from .classification import examine_classification
from .discriminator import examine_discriminator
from .memorisation import examine_memorisation

if TYPE_CHECKING:
    from ganzoo.bench.runs.session import TrainingSession

__all__ = ["EXAMINATIONS", "examine"]

Found = tuple[dict[str, Any], dict[str, bytes]]

#: By name: from a training session and a generator of random numbers on its device to findings and pictures.
EXAMINATIONS: dict[str, Callable[[TrainingSession, torch.Generator], Found]] = {
    "memorisation": examine_memorisation,
    "discriminator": examine_discriminator,
    "classification": examine_classification,
}
_STREAMS = {"memorisation": 100, "discriminator": 101, "classification": 102}  # of the seed's evaluation noise


def examine(
    session: TrainingSession, names: Iterable[str], rng_seed: int
) -> tuple[dict[str, dict[str, Any]], dict[str, bytes]]:
    """Examine a run as it stands; training is not disturbed, and goes on as if nobody had looked.

    Each examination has a random stream of its own, so that it finds the same whichever others are asked for. It is
    computed in float32 without TF32, as all that is evaluated.

    Args:
        session: the run.
        names: of examinations, of ``EXAMINATIONS``.
        rng_seed: of the noise and of every draw.

    Returns:
        What was found, by name: numbers and strings as JSON has them, ``warnings``, one sentence each, and
        ``skipped``, the reason, where an examination could not be done. And PNGs, by name.

    Raises:
        GanzooError: there is no such examination.
    """
    found: dict[str, dict[str, Any]] = {}
    pictures: dict[str, bytes] = {}
    device = session.trainer.device
    forked = [device] if device.type == "cuda" else []
    for name in names:
        if name not in EXAMINATIONS:
            raise GanzooError(f"no examination is called {name!r}; {suggest(name, EXAMINATIONS)}")
        seed = stream(rng_seed, "evaluation", _STREAMS[name])
        with exact_float32(device), torch.random.fork_rng(devices=forked):
            # which layers that draw, such as noise inside G, draw from: another stream than that of the latents
            torch.manual_seed(stream(rng_seed, "layers", 1 + _STREAMS[name]))
            try:
                found[name], drawn = EXAMINATIONS[name](session, torch.Generator(device).manual_seed(seed))
            except (MetricError, MemoryError, RuntimeError) as error:  # a run that is done must not be lost for it
                why = first_line(error)
                found[name], drawn = {"skipped": why, "warnings": []}, {}
        pictures |= drawn
    return found, pictures
