"""The rotation term of SSGAN."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator, Generator, Regularizer, Turn
from ganzoo.layers import batch_size, gathered, output_shape, own_rows, require_at_least, require_images

DIRECTIONS = 4


def turned(x: Tensor) -> tuple[Tensor, Tensor]:
    """Images in all four directions.

    Args:
        x: ``(B, C, H, H)`` images.

    Returns:
        ``(4 * B, C, H, H)``: all of them upright, then all turned by 90, by 180 and by 270 degrees to the left,
        and by how many right angles each, ``(4 * B,)`` int64.
    """
    angles = torch.arange(DIRECTIONS, device=x.device).repeat_interleave(len(x))
    return torch.cat([torch.rot90(x, k, (2, 3)) for k in range(DIRECTIONS)]), angles


class Rotation(Regularizer):
    """A dense layer on D's features tells by how many right angles an image was turned.

    D learns it of real images, and so keeps features that do not depend on what the generator does just now; the
    generator makes images whose direction can be told. A quarter of a batch is turned in all four directions, so
    that as many turned images are judged as the batch has.

    Source: arXiv:1811.11212, sec. 3; the quarter is that of its experiments with batches of 64, sec. 4.

    Args:
        weight: factor in both turns.
        every: take it once in so many turns of a player, so many times as strong.
        d_weight: factor in D's turn, the paper's beta.
        g_weight: factor in G's turn, the paper's alpha.

    Raises:
        RecipeError: a factor is below 0, or the images are not square.
    """

    reads = frozenset({"features"})
    samples = "gathered"

    def __init__(self, weight: float = 1.0, every: int = 1, d_weight: float = 1.0, g_weight: float = 0.2) -> None:
        super().__init__(weight, every)
        require_at_least(0, d_weight=d_weight, g_weight=g_weight)
        self.d_weight, self.g_weight = d_weight, g_weight

    def prepare(self, G: Generator, D: Discriminator) -> None:
        """Make the classifier of directions, of square images: no other fits where it was once it is turned.

        Raises:
            RecipeError: samples are no images, or not square.
        """
        _, height, width = require_images(D, "regularizer 'rotation'")
        if height != width:
            raise RecipeError(
                f"regularizer 'rotation' turns images by right angles, and these are {height}x{width}, not square: "
                f"--size {min(height, width)} --crop center makes them square"
            )
        self.head = nn.Linear(output_shape(D, "features").numel(), DIRECTIONS)

    def heads(self) -> tuple[nn.Module, ...]:
        """Return the classifier of directions."""
        return (self.head,)

    def _of(self, turn: Turn, x: Tensor, y: Tensor | None) -> Tensor:
        n = max(1, batch_size(x) // DIRECTIONS)
        images, angles = turned(own_rows(gathered(x)[:n]))
        verdict = turn.judge(images, None if y is None else own_rows(gathered(y)[:n]).repeat(DIRECTIONS))
        return cross_entropy(self.head(verdict["features"]), angles)

    def d_penalty(self, turn: Turn) -> Tensor:
        """``d_weight`` times -E[log Q(angle | T(real))], T the turn by that angle, a scalar of at least 0."""
        return self.d_weight * self._of(turn, turn.real, turn.y)

    def g_penalty(self, turn: Turn) -> Tensor:
        """``g_weight`` times -E[log Q(angle | T(fake))], T the turn by that angle, a scalar of at least 0."""
        return self.g_weight * self._of(turn, turn.fake, turn.y_fake)
