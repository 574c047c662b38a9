"""The generated images of an examination."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from ganzoo.bench.runs.session import TrainingSession

BATCH = 500


def generated(session: TrainingSession, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor | None]:
    """``n`` images ``(n, C, H, W)`` at rest and the labels they were asked for, or None; both on the CPU.

    Args:
        session: the run.
        n: how many.
        rng: of the noise and the labels, on the run's device.
    """
    draw = session.draw(rng)
    batches = [draw(min(BATCH, n - at)) for at in range(0, n, BATCH)]
    labels = [y.cpu() for _, y in batches if y is not None]
    return torch.cat([images.cpu() for images, _ in batches]), torch.cat(labels) if labels else None
