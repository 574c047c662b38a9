"""The dense generator."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Generator, Size
from ganzoo.layers import LabelledLatent, require_choice, require_positive, scaled_width, sides

from .hidden import hidden_layers, init_dense


class MLPGenerator(Generator):
    """A latent through dense layers to an image of any size, or to a point.

    Source: arXiv:1406.2661, sec. 5, and the authors' code for handwritten digits: 100 numbers, two layers of 1200
    rectified units, sigmoid.
    Departs: weights start as torch's dense layers do unless ``init_std`` is given; with labels, a learned vector of
        the label joins the latent, for the mapping that arXiv:1411.1784 gives both first.

    Args:
        image_size: height and width of the images: any.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        z_dim: length of a latent.
        width: units of each hidden layer; by default the authors' 1200 at 28x28, in proportion at other sizes, and
            32 at the least.
        depth: how many hidden layers there are.
        norm: ``batch`` normalisation before each activation, or ``none``.
        activation: of the hidden layers: ``relu``, ``leaky-relu`` of slope 0.2, ``elu``, ``silu``, ``tanh``, or
            ``maxout`` of 5 pieces.
        output: ``tanh``, or ``sigmoid``, whose [0, 1] is stretched to [-1, 1]; or ``linear``, without bounds, for
            points, which are played in their own units.
        scale: factor of a ``linear`` output: about how far from 0 the points reach.
        prior: standard ``normal`` as in that code; ``uniform`` in [-1, 1]; or ``signs``: the first half of the latent
            is -1 or 1 at random, the rest standard normal, so that a continuous map draws separate pieces without
            bridges between them.
        init_std: weights start from N(0, ``init_std``) and biases at zero; None: as torch's dense layers do.

    Raises:
        RecipeError: a parameter is out of range, the output is bounded where points are drawn, or scaled where images
            are.
    """

    confines: ClassVar[Mapping[str, tuple[str, ...]]] = {"scale": ("points",)}

    def __init__(
        self,
        *,
        image_size: Size,
        channels: int,
        num_classes: int,
        z_dim: int = 100,
        width: int | None = None,
        depth: int = 2,
        norm: str = "none",
        activation: str = "relu",
        output: str = "sigmoid",
        scale: float = 1.0,
        prior: str = "normal",
        init_std: float | None = None,
    ) -> None:
        super().__init__()
        width = scaled_width(image_size, 1200, 28) if width is None else width
        require_positive(z_dim=z_dim)
        require_choice(("tanh", "sigmoid", "linear"), output=output)
        require_choice(("uniform", "normal", "signs"), prior=prior)
        if isinstance(scale, bool) or not isinstance(scale, int | float) or not 0 < scale < math.inf:
            raise RecipeError(f"scale is {scale!r}, and must be a number above 0")
        if scale != 1 and output != "linear":
            raise RecipeError(f"scale is {scale!r}, and output {output!r} has bounds of its own: take output=linear")
        if image_size == 1 and output != "linear":
            raise RecipeError(
                f"output is {output!r}, which is bounded, and points are not (images of one pixel count as points): "
                "take output=linear"
            )
        if image_size != 1 and scale != 1:
            raise RecipeError(
                f"scale is {scale!r}, for points, and images have values from -1 to 1: play points, such as --data "
                "grid, or take generator.scale=1"
            )
        self.z_dim, self.output, self.scale, self.prior = z_dim, output, scale, prior
        self.label = LabelledLatent(num_classes, z_dim) if num_classes else None
        shape = (channels, *sides(image_size))
        self.net = nn.Sequential(
            *hidden_layers(2 * z_dim if num_classes else z_dim, width, depth, norm=norm, activation=activation),
            nn.Linear(width, math.prod(shape)),
            nn.Unflatten(1, shape),
        )
        init_dense(self.net, init_std)

    def sample_z(self, n: int, *, device: torch.device | str, rng: torch.Generator | None = None) -> Tensor:
        """Draw ``n`` latents, ``(n, z_dim)``, from the prior."""
        if self.prior == "normal":
            return super().sample_z(n, device=device, rng=rng)
        if self.prior == "signs":
            half = self.z_dim // 2
            signs = torch.randint(2, (n, half), device=device, generator=rng) * 2.0 - 1
            return torch.cat([signs, torch.randn(n, self.z_dim - half, device=device, generator=rng)], dim=1)
        return torch.rand(n, self.z_dim, device=device, generator=rng) * 2 - 1

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """``(B, z_dim)`` latents, ``(B,)`` int64 labels or None -> ``(B, C, H, W)``, in [-1, 1] unless linear."""
        x = self.net(z if self.label is None else self.label(z, y))
        if self.output == "linear":
            out: Tensor = x if self.scale == 1 else self.scale * x
            return out
        return torch.tanh(x) if self.output == "tanh" else 2 * torch.sigmoid(x) - 1
