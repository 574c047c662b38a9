"""The dense discriminator."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator
from ganzoo.layers import CONDITIONING, LabelledImage, Projection, require_choice, scaled_width

from .hidden import hidden_layers


class MLPDiscriminator(Discriminator):
    """An image of any size through dense layers to one number.

    Source: arXiv:1406.2661, sec. 5, and the authors' code for handwritten digits: two layers of 240 maxout units of 5
    pieces, with dropout; the sigmoid is left to the loss unless ``squash`` asks for it.
    Departs: weights start as torch's dense layers do; pixels themselves are not dropped; labels join the pixels as a
        learned plane, where those of arXiv:1411.1784 join the first hidden layer through maxout units of their own.

    Args:
        image_size: height and width of the images: any.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        width: units of each hidden layer; by default the authors' 240 at 28x28, in proportion at other sizes, and 32
            at the least.
        depth: how many hidden layers there are.
        norm: ``batch`` normalisation before each activation but the first, or ``none``. On the layer that reads the
            pixels it would take the mean image out of each batch, real or fake, and so hide how bright a pixel is that
            never changes; DCGAN leaves it out there, too (arXiv:1511.06434, sec. 3).
        activation: of the hidden layers: ``maxout`` of 5 pieces, ``relu``, or ``leaky-relu`` of slope 0.2.
        dropout: share of the hidden units that are dropped; the authors drop 0.5.
        squash: ``none``, or ``sigmoid``: the ``logits`` are then in [0, 1] already, for a loss that compares them with
            values in this range, such as least squares.
        conditioning: how a label counts: ``concat``, its learned plane joins the image (arXiv:1411.1784);
            ``projection``, the inner product of the features and the label's learned vector joins the logits
            (arXiv:1802.05637); ``none``, they are left to others, such as an auxiliary classifier.

    Attributes:
        outputs: ``logits`` ``(B,)`` and ``features`` ``(B, width)``, what the last dense layer reads.

    Raises:
        RecipeError: a parameter is out of range.
    """

    outputs = frozenset({"logits", "features"})

    def __init__(
        self,
        *,
        image_size: int,
        channels: int,
        num_classes: int,
        width: int | None = None,
        depth: int = 2,
        norm: str = "none",
        activation: str = "maxout",
        dropout: float = 0.5,
        squash: str = "none",
        conditioning: str = "concat",
    ) -> None:
        super().__init__()
        width = scaled_width(image_size, 240, 28) if width is None else width
        if not 0 <= dropout < 1:
            raise RecipeError(f"dropout is {dropout!r}, and must be at least 0 and below 1")
        require_choice(("none", "sigmoid"), squash=squash)
        require_choice(CONDITIONING, conditioning=conditioning)
        self.squash = squash
        conditioning = conditioning if num_classes else "none"
        seen = conditioning == "concat"
        self.label = LabelledImage(num_classes, image_size) if seen else None
        pixels = (channels + 1 if seen else channels) * image_size * image_size
        self.body = nn.Sequential(
            nn.Flatten(),
            *hidden_layers(pixels, width, depth, norm=norm, activation=activation, dropout=dropout, from_image=True),
        )
        self.head = nn.Linear(width, 1)
        self.projection = Projection(num_classes, width) if conditioning == "projection" else None

    def forward(self, x: Tensor, y: Tensor | None = None) -> dict[str, Tensor]:
        """``(B, C, H, W)`` images, ``(B,)`` int64 labels or None -> logits ``(B,)`` and features ``(B, width)``."""
        features = self.body(x if self.label is None else self.label(x, y))
        logits = self.head(features).squeeze(1)
        if self.projection is not None:
            logits = logits + self.projection(features, y)
        return {"logits": torch.sigmoid(logits) if self.squash == "sigmoid" else logits, "features": features}
