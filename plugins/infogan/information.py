"""The mutual information of InfoGAN."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator, Generator, Regularizer, Turn
from ganzoo.layers import output_shape, require_at_least, require_positive

from .codes import CodedLatents, Codes


class MutualInformation(Regularizer):
    """The first dimensions of a latent are a code, and Q, a network beside D, reads it back from the fake.

    ``prepare`` lets the generator draw codes in those dimensions, in training and in evaluation: a one-hot vector
    for each category, then numbers uniform in (-1, 1). Q reads D's features: a hidden layer with batch
    normalisation, then the logits of each category and the mean and the logarithm of the standard deviation of
    each number. What Q gets right is a lower bound of the mutual information between code and image, which both
    players raise.

    Source: arXiv:1606.03657, eq. 4 to 6, sec. 6 and table 1.

    Args:
        weight: factor in both turns, the paper's lambda.
        every: take it once in so many turns of a player, so many times as strong.
        categorical: how many values each category has.
        continuous: how many numbers there are.
        continuous_weight: one more factor, of what is known of the numbers: the paper takes a smaller lambda there.
        hidden: width of Q's hidden layer.

    Raises:
        RecipeError: a parameter is out of range.
    """

    reads = frozenset({"features"})

    def __init__(
        self,
        weight: float = 1.0,
        every: int = 1,
        categorical: Sequence[int] = (10,),
        continuous: int = 2,
        continuous_weight: float = 0.1,
        hidden: int = 128,
    ) -> None:
        super().__init__(weight, every)
        if isinstance(categorical, str) or not isinstance(categorical, Sequence):
            raise RecipeError(f"categorical is {categorical!r}, and must be a list of whole numbers, such as [10]")
        for size in categorical:
            if isinstance(size, bool) or not isinstance(size, int) or size < 2:
                raise RecipeError(f"categorical has a category of {size!r} values, and must have whole numbers above 1")
        if isinstance(continuous, bool) or not isinstance(continuous, int) or continuous < 0:
            raise RecipeError(f"continuous is {continuous!r}, and must be a whole number of at least 0")
        if not categorical and not continuous:
            raise RecipeError("mutual-information has no code: give it a categorical size or a continuous number")
        require_at_least(0, continuous_weight=continuous_weight)
        require_positive(hidden=hidden)
        self.codes = Codes(categorical, continuous)
        self.continuous_weight, self.hidden = continuous_weight, hidden

    def prepare(self, G: Generator, D: Discriminator) -> None:
        """Let G draw codes, and make Q.

        Raises:
            RecipeError: G's latents are too short for the code, or have one already.
        """
        if G.z_dim < self.codes.length:
            raise RecipeError(
                f"regularizer 'mutual-information' puts a code of {self.codes.length} values into the latents of "
                f"{type(G).__name__}, which have {G.z_dim}: give the generator a z_dim of at least {self.codes.length}"
            )
        if isinstance(G.sample_z, CodedLatents):
            raise RecipeError("regularizer 'mutual-information' is there twice, and latents begin with one code only")
        G.sample_z = CodedLatents(G.sample_z, self.codes)  # type: ignore[method-assign] # it stands in for the method
        self.Q = nn.Sequential(
            nn.Linear(output_shape(D, "features").numel(), self.hidden, bias=False),
            nn.BatchNorm1d(self.hidden),
            nn.LeakyReLU(0.1),
            nn.Linear(self.hidden, sum(self.codes.categorical) + 2 * self.codes.continuous),
        )

    def known(self, features: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
        """Estimate what Q knows of codes in nats, a lower bound of the mutual information, H(c) + E[log Q(c | x)].

        Args:
            features: D's of the fakes, ``(B, F)``.
            z: their latents, ``(B, z_dim)``.

        Returns:
            Of the categories, at most their entropy; and of the numbers. Two scalars.
        """
        values, numbers = self.codes.read(z)
        *logits, mean, log_std = self.Q(features).split(
            [*self.codes.categorical, self.codes.continuous, self.codes.continuous], dim=1
        )
        of_categories, of_numbers = (numbers.new_full((), entropy) for entropy in self.codes.entropies)
        for of_one, value in zip(logits, values, strict=True):
            of_categories = of_categories - cross_entropy(of_one, value)
        density = -0.5 * math.log(2 * math.pi) - log_std - 0.5 * ((numbers - mean) * torch.exp(-log_std)).square()
        return of_categories, of_numbers + density.sum(dim=1).mean()

    def _penalty(self, turn: Turn) -> Tensor:
        of_categories, of_numbers = self.known(turn.on_fake["features"], turn.z)
        return -of_categories - self.continuous_weight * of_numbers

    def d_penalty(self, turn: Turn) -> Tensor:
        """E[-log Q(c | fake)] - H(c), of numbers times ``continuous_weight``; Q and D's features learn from it."""
        return self._penalty(turn)

    def g_penalty(self, turn: Turn) -> Tensor:
        """E[-log Q(c | fake)] - H(c), of numbers times ``continuous_weight``; a scalar."""
        return self._penalty(turn)
