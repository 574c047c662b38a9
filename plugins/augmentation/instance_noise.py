"""Instance noise."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ganzoo.interfaces import Regularizer, Turn
from ganzoo.layers import require_at_least, require_positive
from ganzoo.samples import each


class InstanceNoise(Regularizer):
    """Adds Gaussian noise to every sample that the discriminator sees, real, fake or between, in both turns.

    Two distributions that share no image do so once both are blurred; the blur fades to none, linearly, over the
    first ``turns`` turns of the discriminator, or as a schedule of ``weight`` says, whose places may be shares of the
    run: ``{std: 0.5, turns: null, weight: {shape: linear, start: 1, end: 0, over: 60%}}``.

    Source: arXiv:1610.04490, in its appendix on instance noise.
    Departs: the paper leaves open how the noise fades.

    Args:
        std: of the noise at first; images are in [-1, 1].
        turns: how many turns of the discriminator there is noise in; None: it does not fade by itself.
        weight: factor of the standard deviation.

    Attributes:
        played: turns of the discriminator so far, a buffer.

    Raises:
        RecipeError: a parameter is out of range.
    """

    mirror_symmetric = True

    played: Tensor

    def __init__(self, std: float = 0.1, turns: int | None = 2000, weight: float = 1.0) -> None:
        super().__init__(weight=weight)
        require_at_least(0, std=std)
        if turns is not None:
            require_positive(turns=turns)
        self.std, self.turns = std, turns
        self.register_buffer("played", torch.zeros((), dtype=torch.int64))

    def std_now(self) -> Tensor:
        """Give the noise's standard deviation in the present turn, a scalar on the device."""
        left = torch.ones_like(self.played) if self.turns is None else (1 - self.played / self.turns).clamp(min=0)
        return self.weight * self.std * left

    def view(self, x: Any) -> Any:
        """Samples -> the same with noise, which may leave [-1, 1]; whole numbers have none."""
        std = self.std_now()
        return each(lambda t: t + std * torch.randn_like(t) if t.is_floating_point() else t, x)

    @torch.no_grad()
    def after_step(self, turn: Turn) -> None:
        """Count the discriminator's turns."""
        if turn.player == "D":
            self.played += 1
