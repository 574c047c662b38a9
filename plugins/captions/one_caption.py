"""An order of captioned images, each of which takes one of its captions at random."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ganzoo.interfaces import Shuffled

_BLOCK = 1024  # positions whose captions are drawn together
_OWN = 1605_05396  # keeps these draws apart from others of the same seed


class OneCaption(Shuffled):
    """One permutation of the images after the other; each image comes with one of its captions, all equally likely.

    The field ``caption`` counts captions, and is dealt by an index of its own; all other fields are the images'.

    Source: arXiv:1605.05396, sec. 5: a caption is drawn for an image each time it comes.

    Args:
        names: of all fields.
        counts: ``(N,)`` whole numbers, how many captions each image has, at least 1.
        seed: of the order and of the captions.
    """

    def __init__(self, names: list[str], counts: Tensor, seed: int) -> None:
        by = {name: "caption" if name == "caption" else "image" for name in names}
        super().__init__({"x": len(counts)}, seed, by={"x": "image"})
        self.by = by
        self._seed = seed
        self._counts = {torch.device("cpu"): counts.long().cpu()}
        self._last: tuple[int, np.ndarray] = -1, np.empty(0)

    def _draws(self, number: int) -> np.ndarray:
        if self._last[0] != number:
            self._last = number, np.random.default_rng((_OWN, self._seed, number)).random(_BLOCK)
        return self._last[1]

    def take(self, position: int, count: int) -> dict[str, Tensor]:
        """See ``Deal.take``."""
        taken = super().take(position, count)
        first, last = position // _BLOCK, (position + count - 1) // _BLOCK
        draws = np.concatenate([self._draws(number) for number in range(first, last + 1)])
        chosen = torch.from_numpy(draws[position - first * _BLOCK :][:count].copy())
        counts = self._counts[torch.device("cpu")][taken["image"]]
        return taken | {"caption": (chosen * counts).long()}

    def draw(self, n: int, rng: torch.Generator) -> dict[str, Tensor]:
        """See ``Deal.draw``."""
        drawn = super().draw(n, rng)
        if rng.device not in self._counts:
            self._counts[rng.device] = self._counts[torch.device("cpu")].to(rng.device)
        share = torch.rand(n, device=rng.device, generator=rng)
        counts = self._counts[rng.device][drawn["image"]]
        return drawn | {"caption": (share * counts).long().minimum(counts - 1)}
