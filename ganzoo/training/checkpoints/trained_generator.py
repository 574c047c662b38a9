"""The generator of a game that was played, without the rest of it."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ...interfaces import Generator
from ..turns.layout import layout_on, place
from ..updates.ema import ExponentialMovingAverage
from .fit import require_module, under


class TrainedGenerator:
    """A generator and its average, whose state is loaded from that of a game.

    Args:
        G: as it was built for the game; it is moved to ``device``.
        averaged: the game keeps an average, which is evaluated.
        second_order: see ``always_second_order``: networks round otherwise in another layout.
        device: where it generates.

    Attributes:
        average: the averaged generator.
    """

    def __init__(self, G: Generator, *, averaged: bool, second_order: bool, device: torch.device) -> None:
        place(G, device, layout_on(device, second_order=second_order))
        self.G = G
        self.average = ExponentialMovingAverage(G, torch.zeros((), device=device) if averaged else None)

    def load(self, tensors: Mapping[str, Tensor], title: str) -> None:
        """Load the state of a game.

        Args:
            tensors: of the state, by name.
            title: of the generator, in the error.

        Raises:
            CheckpointError: it is of another generator; then nothing was loaded.
        """
        averaged = self.average.module()
        modules: dict[str, nn.Module] = {"G": self.G} | ({"G_ema": averaged} if averaged is not None else {})
        for name, module in modules.items():
            require_module(name, module, tensors, title)
        for name, module in modules.items():
            module.load_state_dict(under(tensors, f"{name}."))
