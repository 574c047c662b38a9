"""The discriminator of SRGAN and ESRGAN."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from ganzoo.interfaces import Discriminator, Size
from ganzoo.interfaces.size import sides
from ganzoo.layers import require_positive

STAGES = 4  # of the paper


class SRDiscriminator(Discriminator):
    """Pairs of 3x3 convolutions, the second of each of stride 2, then two dense layers: a VGG that judges pictures.

    LeakyReLU of slope 0.2 follows each layer, and batch normalisation stands before it in all convolutions but the
    first. Channels double from pair to pair, up to eight times ``width``. The given picture is not looked at.

    Source: arXiv:1609.04802, sec. 2.1 and fig. 4.
    Departs: the sigmoid is left to the loss; pictures below 32 pixels have fewer than four pairs, so that 2 pixels a
        side are left at least. ESRGAN's code has five pairs, whose strided convolutions see 4x4 pixels.

    Args:
        image_size: height and width of the pictures, each at least 4.
        channels: of the pictures.
        width: channels of the first pair.
        dense: width of the first dense layer.
        stages: pairs of convolutions; None for four, or as many as leave 2 pixels.

    Attributes:
        outputs: ``logits`` ``(B,)`` and ``features`` ``(B, F)``, what the last layer reads.

    Raises:
        RecipeError: a parameter is out of range.
    """

    outputs = frozenset({"logits", "features"})

    def __init__(
        self, *, image_size: Size, channels: int, width: int = 64, dense: int = 1024, stages: int | None = None
    ) -> None:
        super().__init__()
        height, across = sides(image_size)
        stages = max(1, min(STAGES, min(height, across).bit_length() - 2)) if stages is None else stages
        require_positive(width=width, dense=dense, stages=stages)
        layers: list[nn.Module] = []
        seen = channels
        for stage in range(stages):
            made = width * min(2**stage, 8)
            for stride in (1, 2):
                bare = stage == 0 and stride == 1
                layers.append(nn.Conv2d(seen, made, 3, stride, 1, bias=bare))
                layers += [] if bare else [nn.BatchNorm2d(made)]
                layers.append(nn.LeakyReLU(0.2))
                seen = made
            height, across = (height + 1) // 2, (across + 1) // 2
        self.body = nn.Sequential(*layers, nn.Flatten(), nn.Linear(seen * height * across, dense), nn.LeakyReLU(0.2))
        self.head = nn.Linear(dense, 1)

    def forward(self, x: Tensor, y: Any = None) -> dict[str, Tensor]:
        """``(B, C, H, W)`` pictures in [-1, 1] -> logits ``(B,)`` and features ``(B, F)``."""
        features = self.body(x)
        return {"logits": self.head(features).squeeze(1), "features": features}
