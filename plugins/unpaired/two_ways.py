"""The generators of CycleGAN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Generator, Size
from ganzoo.interfaces.size import sides
from ganzoo.layers import NORMS, require_at_least, require_choice, require_positive

from .translator import Translator

SMALLEST = 4  # pixels, which the first convolution mirrors three of


class TwoWays(Generator):
    """Two translators, ``to_a`` and ``to_b``: the sample ``a`` is made of the condition's ``b``, and the other way
    round.

    What is judged and shown also has ``back-a`` and ``back-b``, the condition translated there and back. There is no
    latent.

    Source: arXiv:1703.10593, sec. 4 and 7.2; see ``Translator``.
    Departs: pictures below 32 pixels are halved less often than twice, so that 8 pixels a side are left; those below
        64 have 3 residual blocks. Instance norms have no learned factor and shift, which those of the authors' first
        code have.

    Args:
        image_size: height and width of the pictures, each at least 4.
        channels: of the pictures.
        domains: names of the two, ``a`` and ``b``.
        width: channels of the first layer.
        halvings: None for two, or as many as leave 8 pixels.
        blocks: residual blocks; None for nine from 256 pixels on, six from 64 on, and else three.
        norm: ``instance`` as in the paper, ``batch`` or ``none``. A norm over each picture forgets how bright it was.

    Raises:
        RecipeError: the pictures are too small, or a parameter is out of range.
    """

    z_dim = 0

    def __init__(
        self,
        *,
        image_size: Size,
        channels: int,
        domains: tuple[str, ...],
        width: int = 64,
        halvings: int | None = None,
        blocks: int | None = None,
        norm: str = "instance",
    ) -> None:
        super().__init__()
        side = min(sides(image_size))
        if side < SMALLEST:
            raise RecipeError(f"pictures of {side} pixels are too small for two-ways, which takes {SMALLEST} or more")
        halvings = max(0, min(2, side.bit_length() - 4)) if halvings is None else halvings
        blocks = (9 if side >= 256 else 6 if side >= 64 else 3) if blocks is None else blocks
        require_positive(width=width)
        require_at_least(0, halvings=halvings, blocks=blocks)
        require_choice(NORMS, norm=norm)
        self.to_a, self.to_b = (
            Translator(channels, width=width, halvings=halvings, blocks=blocks, norm=norm) for _ in range(2)
        )

    def forward(self, z: Tensor, y: Any = None) -> Any:
        """``(B, 0)`` latents, ``{"a", "b"}`` pictures ``(B, C, H, W)`` in [-1, 1] -> the same, translated."""
        if not isinstance(y, Mapping):
            raise RecipeError("two-ways translates pictures: write conditional: true into the recipe")
        return {"a": self.to_a(y["b"]), "b": self.to_b(y["a"])}

    def sample(self, z: Tensor, y: Any = None) -> Any:
        """Return the translated pictures, and what comes back of them."""
        made = self.forward(z, y)
        return made | {f"back-{name}": back for name, back in self.forward(z, made).items()}
