"""Latents that begin with a code."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor


class Draw(Protocol):
    """A callable that draws latents, as ``Generator.sample_z`` does."""

    def __call__(self, n: int, *, device: torch.device | str, rng: torch.Generator | None = None) -> Tensor:
        """``(n, z_dim)`` latents."""


class Codes:
    """Parts of a code: categories, one-hot, and then numbers in (-1, 1).

    Args:
        categorical: how many values each category has.
        continuous: how many numbers there are.

    Attributes:
        length: how many dimensions of a latent it takes.
        entropies: what is to be known of a code, in nats: of all its categories, and of all its numbers.
    """

    def __init__(self, categorical: Sequence[int], continuous: int) -> None:
        self.categorical, self.continuous = tuple(categorical), continuous
        self.length = sum(self.categorical) + continuous
        self.entropies = sum(math.log(k) for k in self.categorical), continuous * math.log(2)

    def draw(self, n: int, *, device: torch.device | str, rng: torch.Generator | None = None) -> Tensor:
        """``n`` codes, ``(n, length)``: every value of a category as likely as any other, and every number."""
        parts = []
        for k in self.categorical:
            value = torch.randint(k, (n, 1), device=device, generator=rng)
            parts.append((value == torch.arange(k, device=device)).float())
        parts.append(torch.rand(n, self.continuous, device=device, generator=rng) * 2 - 1)
        return torch.cat(parts, dim=1)

    def read(self, z: Tensor) -> tuple[list[Tensor], Tensor]:
        """Read the code of latents ``(B, z_dim)``: value of each category, ``(B,)`` int64, and ``(B, continuous)``."""
        *one_hot, numbers, _ = z.detach().split([*self.categorical, self.continuous, z.shape[1] - self.length], dim=1)
        return [part.argmax(dim=1) for part in one_hot], numbers


class CodedLatents:
    """Takes the place of a generator's ``sample_z``: its latents, with a code in their first dimensions.

    It holds the generator's own method, which a deep copy of the generator (its average) finds bound to the copy.

    Args:
        draw: the generator's own ``sample_z``.
        codes: what a code is made of.
    """

    def __init__(self, draw: Draw, codes: Codes) -> None:
        self.draw, self.codes = draw, codes

    def __call__(self, n: int, *, device: torch.device | str, rng: torch.Generator | None = None) -> Tensor:
        """``n`` latents, ``(n, z_dim)``."""
        z = self.draw(n, device=device, rng=rng)
        return torch.cat([self.codes.draw(n, device=device, rng=rng), z[:, self.codes.length :]], dim=1)
