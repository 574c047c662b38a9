"""R1 and R2 by finite differences: no second derivative is taken."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Regularizer, Turn
from ganzoo.layers import per_sample, require_at_least
from ganzoo.samples import each


class ByNoise(Regularizer):
    """The part of both penalties: the squared change of D's verdict under a small step of its input.

    For e of N(0, 1) in every number of x, E[((D(x) - D(x + std e)) / std)^2] is ||grad D(x)||^2 where D is linear, and
    tends to it as ``std`` falls: the gradient's inner product with e has that mean square. So ``weight`` is on the
    scale of ``r1`` and ``r2``. It takes one more look of D, and no derivative of a derivative, which some kernels lack.

    Args:
        weight: the paper's gamma.
        std: of the step, in the units of samples; images are in [-1, 1].
        every: take it once in so many turns of the discriminator, so many times as strong (arXiv:1912.04958).

    Raises:
        RecipeError: ``std`` is not above 0.
    """

    reads = frozenset({"logits"})

    def __init__(self, weight: float, std: float, every: int) -> None:
        super().__init__(weight, every)
        require_at_least(0, std=std)
        if not std > 0:
            raise RecipeError(f"std is {std!r}, and must be above 0: a step of nothing says nothing of D's slope")
        self.std = std

    def halved_change(self, turn: Turn, verdict: dict[str, Tensor], shown: Any, y: Tensor | None) -> Tensor:
        """Give half the mean of ((D(x) - D(x + std e)) / std)^2, taken of each head of D.

        Args:
            turn: whose D is asked again.
            verdict: what it says of ``shown``.
            shown: samples as D sees them.
            y: their conditions or None.
        """
        beside = turn.D(each(lambda x: self._moved(x, turn.rng), shown), y)
        changes = [
            (per_sample(verdict[name]) - per_sample(beside[name])) / self.std for name in turn.D.heads or ("logits",)
        ]
        return 0.5 * torch.stack([change.square().mean() for change in changes]).mean()

    def _moved(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """Add the step; whole numbers have none."""
        if not x.is_floating_point():
            return x
        return x + self.std * torch.randn(x.shape, device=x.device, dtype=x.dtype, generator=rng)


class ApproximateR1(ByNoise):
    """R1 by noise: E[((D(real) - D(real + std e)) / std)^2] / 2 for e of N(0, 1), times ``weight``.

    Its mean tends to that of R1 as ``std`` falls. D is asked beside what it was shown, so that augmentations are the
    same in both looks.

    Source: arXiv:2501.08316, its approximated R1; divided by the squared step and halved as in the authors' code for
        arXiv:2509.24935, which brings it to the scale of R1. The former's lambda is ``weight / (2 std^2)``.
    Departs: the step is taken behind the augmentations, where arXiv:2509.24935 takes it before them.

    Args:
        weight: the gamma of R1.
        std: of the step, in the units of samples; images are in [-1, 1]. Below 0.01, half precision leaves little of
            the change.
        every: take it once in so many turns of the discriminator, so many times as strong (arXiv:1912.04958).

    Raises:
        RecipeError: ``std`` is not above 0.
    """

    def __init__(self, weight: float = 0.1, std: float = 0.01, every: int = 1) -> None:
        super().__init__(weight, std, every)

    def d_penalty(self, turn: Turn) -> Tensor:
        """E[((D(real) - D(real + std e)) / std)^2] / 2, a scalar of at least 0."""
        return self.halved_change(turn, turn.on_real, turn.shown_real, turn.y)


class ApproximateR2(ByNoise):
    """R2 by noise: E[((D(fake) - D(fake + std e)) / std)^2] / 2 for e of N(0, 1), times ``weight``.

    Its mean tends to that of R2 as ``std`` falls.

    Source: arXiv:2509.24935, beside the approximated R1 of arXiv:2501.08316, and its authors' code.
    Departs: the step is taken behind the augmentations, where the paper takes it before them.

    Args:
        weight: the gamma of R2.
        std: of the step, in the units of samples; images are in [-1, 1]. Below 0.01, half precision leaves little of
            the change.
        every: take it once in so many turns of the discriminator, so many times as strong (arXiv:1912.04958).

    Raises:
        RecipeError: ``std`` is not above 0.
    """

    def __init__(self, weight: float = 0.1, std: float = 0.01, every: int = 1) -> None:
        super().__init__(weight, std, every)

    def d_penalty(self, turn: Turn) -> Tensor:
        """E[((D(fake) - D(fake + std e)) / std)^2] / 2, a scalar of at least 0."""
        return self.halved_change(turn, turn.on_fake, turn.shown_fake, turn.y_fake)
