"""Turns with given images, labels and verdicts."""

from typing import Any

import torch
from torch import Tensor, nn

from ganzoo.interfaces import Turn
from ganzoo.interfaces.turn import Player


class Images(nn.Module):
    """A generator that gives the same images for all latents."""

    def __init__(self, images: Tensor) -> None:
        super().__init__()
        self.images = images

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """Give the images."""
        return self.images


def turn(player: Player, D: Any, real: Tensor, fake: Tensor, labels: Any = (None, None), **kwargs: Any) -> Turn:
    """Give a turn.

    Args:
        player: whose move it is.
        D: the discriminator.
        real: images.
        fake: images.
        labels: of the real images, and of the fakes.
        kwargs: of ``Turn``.
    """
    y, y_fake = labels
    given: dict[str, Any] = {"deal": lambda: (real, y), "draw_z": lambda: real, "draw_y": lambda: y_fake}
    given |= {"view": lambda x: x, "loss": None, "rng": torch.Generator()}
    made = Turn(player, Images(fake), D, **given, **kwargs)  # type: ignore[arg-type]
    return made.replace(fake=fake) if player == "D" else made


def verdicts(player: Player, real: dict[str, Tensor], fake: dict[str, Tensor], labels: Any = (None, None)) -> Turn:
    """Give a turn of which verdicts and labels are known, and nothing else."""
    nothing = torch.empty(len(next(iter(real.values()))), 0)
    return turn(player, None, nothing, nothing, labels).replace(on_real=real, on_fake=fake)
