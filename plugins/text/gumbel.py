"""The generator that draws characters."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ganzoo.errors import RecipeError

from .generator import TextGenerator
from .letters import one_hot


class GumbelTextGenerator(TextGenerator):
    """The network of ``text``, whose characters are drawn: softmax((logits + g) / tau), g of a Gumbel distribution.

    With ``hard`` the discriminator sees the one-hot argmax of that, which is a draw by the softmax of the logits, and
    the gradient is that of the soft draw (straight through). What is judged is hard in either case.

    Source: arXiv:1611.01144, eq. 2 and sec. 2.2; as the generator of a GAN arXiv:1611.04051.

    Args:
        length: T, how many characters a line has.
        vocabulary: V, how many characters there are.
        z_dim: length of a latent.
        width: channels of the blocks.
        blocks: how many there are.
        kernel: how many characters a convolution sees; odd.
        tau: the temperature, above 0: the smaller, the nearer to one-hot a soft draw is.
        hard: show the discriminator hard draws.

    Raises:
        RecipeError: a parameter is out of range.
    """

    def __init__(
        self,
        *,
        length: int,
        vocabulary: int,
        z_dim: int = 128,
        width: int = 512,
        blocks: int = 5,
        kernel: int = 5,
        tau: float = 1.0,
        hard: bool = True,
    ) -> None:
        super().__init__(length=length, vocabulary=vocabulary, z_dim=z_dim, width=width, blocks=blocks, kernel=kernel)
        if not 0 < tau < math.inf:
            raise RecipeError(f"tau is {tau!r}, and must be a number above 0")
        self.tau, self.hard = tau, hard

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """``(B, z_dim)`` latents -> ``(B, T, V)`` draws, soft or one-hot; there are no conditions."""
        soft = gumbel_softmax(self.scores(z), self.tau)
        return straight_through(soft) if self.hard else soft

    def sample(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """``(B, z_dim)`` latents -> ``(B, T, V)`` one-hot draws by the softmax of the logits."""
        soft = gumbel_softmax(self.scores(z), self.tau)
        return one_hot(soft.argmax(dim=2), soft.shape[2])


def gumbel_softmax(scores: Tensor, tau: float) -> Tensor:
    """Return softmax((scores + g) / tau) over the last dimension, with g of a Gumbel distribution, and never NaN."""
    least = torch.finfo(torch.float32).tiny
    g = -torch.empty_like(scores, dtype=torch.float32).exponential_().clamp_min_(least).log()
    return torch.softmax((scores + g) / tau, dim=-1)


def straight_through(soft: Tensor) -> Tensor:
    """Return soft draws ``(B, T, V)`` as the one-hot of their largest share, with the gradient of the soft ones."""
    hard = one_hot(soft.argmax(dim=2), soft.shape[2]).to(soft.dtype)
    return hard + (soft - soft.detach())
