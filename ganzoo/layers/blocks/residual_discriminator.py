"""Residual discriminators with sum pooling, as SNGAN, SAGAN and BigGAN have them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import Tensor, nn
from torch.nn.functional import relu

from ...interfaces import Discriminator, Size
from ..values import require_choice
from .labels import CONDITIONING, LabelledImage, Projection


def image_channels(channels: int, num_classes: int, conditioning: str) -> int:
    """Count the channels that the first block reads: one more where a label's plane joins the image.

    Raises:
        RecipeError: there is no such conditioning.
    """
    require_choice(CONDITIONING, conditioning=conditioning)
    return channels + 1 if conditioning == "concat" and num_classes else channels


class ResidualDiscriminator(Discriminator):
    """Blocks, ReLU, a sum over all pixels, and one dense layer, with labels by projection or as a plane of the image.

    A subclass makes the blocks and gives them to this constructor.

    Source: arXiv:1802.05957, app. B.4; the projection of the label is that of arXiv:1802.05637, eq. 3.

    Args:
        blocks: all blocks but the last, in order; the first reads ``image_channels(...)``.
        last: the last block, ``(B, ., h, w)`` -> ``(B, width, h, w)``.
        width: channels that the last block gives.
        image_size: height and width of the images.
        num_classes: how many labels there are; 0 for none.
        conditioning: how a label counts: ``projection``, ``concat`` or ``none``.
        init: gives every module but the label's plane its initial weights.
        bias: the dense layer adds one.

    Attributes:
        outputs: ``logits`` ``(B,)``; ``features`` ``(B, width)``, the sums that the dense layer reads; and ``maps``,
            what the last block reads.
        conditioning: as given, and ``none`` without labels.
    """

    outputs = frozenset({"logits", "features", "maps"})

    def __init__(
        self,
        blocks: Sequence[nn.Module],
        last: nn.Module,
        width: int,
        *,
        image_size: Size,
        num_classes: int,
        conditioning: str,
        init: Callable[[nn.Module], None],
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.conditioning = conditioning if num_classes else "none"
        self.body, self.last = nn.Sequential(*blocks), last
        self.head = nn.Linear(width, 1, bias=bias)
        self.projection = Projection(num_classes, width) if self.conditioning == "projection" else None
        self.apply(init)
        self.label = LabelledImage(num_classes, image_size) if self.conditioning == "concat" else None

    def forward(self, x: Tensor, y: Tensor | None = None) -> dict[str, Tensor]:
        """``(B, C, H, W)`` images, ``(B,)`` int64 labels or None -> logits, features, maps."""
        maps = self.body(x if self.label is None else self.label(x, y))
        features = relu(self.last(maps)).sum(dim=(2, 3))
        logits = self.head(features).squeeze(1)
        if self.projection is not None:
            logits = logits + self.projection(features, y)
        return {"logits": logits, "features": features, "maps": maps}
