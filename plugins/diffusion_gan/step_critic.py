"""The discriminator of a denoising diffusion GAN."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ganzoo.interfaces import Discriminator, Size
from ganzoo.layers import require_positive, sides

from .residual import Told


class StepCritic(Discriminator):
    """Judges a sample beside the noisier one that it was made of, and by the step between them.

    A sample that comes with no pair is judged as if it had no noise: beside itself, at step 0.

    Source: arXiv:2112.07804, sec. 4: D(x_{t-1}, x_t, t).
    Departs: a dense network, for points and small images, in place of strided convolutions, and without the standard
        deviation over the batch; labels, if there are any, tell the layers what the step does.

    Args:
        image_size: height and width of the images: any.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        width: units of each layer.
        depth: residual blocks.

    Attributes:
        outputs: ``logits`` ``(B,)`` and ``features`` ``(B, width)``, of which they are a linear map.

    Raises:
        RecipeError: a parameter is out of range.
    """

    outputs = frozenset({"logits", "features"})

    def __init__(self, *, image_size: Size, channels: int, num_classes: int, width: int = 256, depth: int = 3) -> None:
        super().__init__()
        require_positive(width=width, depth=depth)
        numbers = channels * math.prod(sides(image_size))
        self.net = Told(2 * numbers, 1, width=width, depth=depth, num_classes=num_classes)

    def forward(self, x: Tensor, y: Any = None) -> dict[str, Tensor]:
        """``(B, C, H, W)`` samples, ``{"noisy", "step"}`` with ``"label"`` where there are labels -> logits ``(B,)``
        and features ``(B, width)``.

        Without a pair ``y`` are labels ``(B,)``, or None.
        """
        if not isinstance(y, Mapping):
            y = {"noisy": x, "step": torch.zeros(len(x), dtype=torch.int64, device=x.device), "label": y}
        logits, features = self.net(torch.cat([x.flatten(1), y["noisy"].flatten(1)], 1), y["step"], y.get("label"))
        return {"logits": logits.squeeze(1), "features": features}
