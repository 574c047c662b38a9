"""The dense discriminator."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator, Size
from ganzoo.layers import (
    CONDITIONING,
    LabelledImage,
    Projection,
    pack,
    require_at_least,
    require_choice,
    require_pack,
    require_positive,
    scaled_width,
    sides,
    unpack,
)

from .fourier import FourierFeatures
from .hidden import hidden_layers, init_dense


class MLPDiscriminator(Discriminator):
    """An image of any size, a point, or a pack of them through dense layers to one number.

    With ``packing``, neighbours of a batch are judged together and each image gets its pack's verdict, as in
    ``pac-dcgan``, whose notes on means and slopes hold here.

    Source: arXiv:1406.2661, sec. 5, and the authors' code for handwritten digits: two layers of 240 maxout units of 5
    pieces, with dropout; the sigmoid is left to the loss unless ``squash`` asks for it.
    Packs are those of arXiv:1712.04086.
    Departs: weights start as torch's dense layers do unless ``init_std`` is given; pixels themselves are not dropped;
        labels join the pixels as a learned plane, where those of arXiv:1411.1784 join the first hidden layer through
        maxout units of their own.

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
        activation: of the hidden layers: ``maxout`` of 5 pieces, ``relu``, ``leaky-relu`` of slope 0.2, ``elu``,
            ``silu``, or ``tanh``.
        dropout: share of the hidden units that are dropped; the authors drop 0.5.
        squash: ``none``, or ``sigmoid``: the ``logits`` are then in [0, 1] already, for a loss that compares them with
            values in this range, such as least squares.
        conditioning: how a label counts: ``concat``, its learned plane joins the image (arXiv:1411.1784);
            ``projection``, the inner product of the features and the label's learned vector joins the logits
            (arXiv:1802.05637); ``none``, they are left to others, such as an auxiliary classifier.
        packing: how many images make a pack, of which only the first layer grows; 1: each image is judged alone.
        fourier: how many random frequencies the first layer reads the image by, beside its numbers (arXiv:2006.10739);
            0 for none.
        bandwidth: standard deviation of these frequencies, in radians per unit, or a list of such, which share them
            evenly.
        init_std: weights start from N(0, ``init_std``) and biases at zero; None: as torch's dense layers do.

    Attributes:
        outputs: ``logits`` ``(B,)`` and ``features`` ``(B, width)``, what the last dense layer reads, of each
            image's pack.

    Raises:
        RecipeError: a parameter is out of range, a batch in training is smaller than a pack, or packs are to be
            judged by a projection, of which each image has its own.
    """

    outputs = frozenset({"logits", "features"})

    def __init__(
        self,
        *,
        image_size: Size,
        channels: int,
        num_classes: int,
        width: int | None = None,
        depth: int = 2,
        norm: str = "none",
        activation: str = "maxout",
        dropout: float = 0.5,
        squash: str = "none",
        conditioning: str = "concat",
        packing: int = 1,
        fourier: int = 0,
        bandwidth: float | list[float] = 1.0,
        init_std: float | None = None,
    ) -> None:
        super().__init__()
        width = scaled_width(image_size, 240, 28) if width is None else width
        if not 0 <= dropout < 1:
            raise RecipeError(f"dropout is {dropout!r}, and must be at least 0 and below 1")
        require_choice(("none", "sigmoid"), squash=squash)
        require_choice(CONDITIONING, conditioning=conditioning)
        require_positive(packing=packing)
        require_at_least(0, fourier=fourier)
        self.squash, self.packing = squash, packing
        conditioning = conditioning if num_classes else "none"
        if packing > 1 and conditioning == "projection":
            raise RecipeError(
                f"packing is {packing}, and conditioning 'projection' judges each image by its own label: "
                "take conditioning=concat, or packing=1"
            )
        seen = conditioning == "concat"
        self.label = LabelledImage(num_classes, image_size) if seen else None
        pixels = packing * (channels + 1 if seen else channels) * math.prod(sides(image_size))
        waves = FourierFeatures(pixels, fourier, _listed(bandwidth)) if fourier else None
        self.body = nn.Sequential(
            nn.Flatten(),
            *([waves] if waves else []),
            *hidden_layers(
                waves.outputs if waves else pixels,
                width,
                depth,
                norm=norm,
                activation=activation,
                dropout=dropout,
                from_image=True,
            ),
        )
        self.head = nn.Linear(width, 1)
        init_dense(self.body, init_std)
        init_dense(self.head, init_std)
        self.projection = Projection(num_classes, width) if conditioning == "projection" else None

    def forward(self, x: Tensor, y: Tensor | None = None) -> dict[str, Tensor]:
        """``(B, C, H, W)`` images, ``(B,)`` int64 labels or None -> logits ``(B,)`` and features ``(B, width)``."""
        if self.training:
            require_pack(len(x), self.packing)
        seen = x if self.label is None else self.label(x, y)
        features = self.body(seen if self.packing == 1 else pack(seen, self.packing))
        logits = self.head(features).squeeze(1)
        if self.projection is not None:
            logits = logits + self.projection(features, y)
        verdict = {"logits": torch.sigmoid(logits) if self.squash == "sigmoid" else logits, "features": features}
        if self.packing == 1:
            return verdict
        return {name: unpack(output, self.packing, len(x)) for name, output in verdict.items()}


def _listed(bandwidth: float | list[float]) -> list[float]:
    return list(bandwidth) if isinstance(bandwidth, list | tuple) else [bandwidth]
