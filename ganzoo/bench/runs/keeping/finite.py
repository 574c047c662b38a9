"""Weights that are numbers: what a checkpoint is worth keeping for."""

import torch

from ....training import Trainer
from ....training.checkpoints.state import modules_of
from ..generating.session import DivergedError


def require_finite_weights(trainer: Trainer) -> None:
    """See that all weights are numbers; waits for the device.

    Raises:
        DivergedError: those of a part are not.
    """
    for name, module in modules_of(trainer).items():
        weights = list(module.parameters())
        if weights and not bool(torch.stack([weight.isfinite().all() for weight in weights]).all()):
            kimg = trainer.images_seen / 1000
            raise DivergedError(f"weights of {name} became NaN or infinite by step {trainer.steps} ({kimg:.1f} kimg)")
