"""Divergences of n-grams."""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from torch import Tensor

from ganzoo.errors import MetricError
from ganzoo.interfaces import Metric


class NgramDivergence(Metric):
    """The Jensen-Shannon divergence between the shares of n-grams of generated and of real text, in bits.

    An n-gram is n characters that follow each other within a sample, ends of a line among them. With M = (P + Q) / 2 it
    is (KL(P || M) + KL(Q || M)) / 2, which is 0 for equal shares and 1 where no n-gram is in both. Of two finite sets
    of the same text it is above 0, the more so the fewer samples there are and the longer the n-grams: the floor says
    by how much.

    Source: arXiv:1704.00028, sec. 5.4; igul222/improved_wgan_training@4fde7f3 language_helpers.py: js_with.

    Args:
        vocabulary: V, how many characters there are.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"characters"})
    positive: ClassVar[bool] = True
    n: ClassVar[int]

    def __init__(self, *, vocabulary: int) -> None:
        self._size = vocabulary

    def look(self, sample: Tensor, target: Tensor | None) -> dict[str, Tensor]:
        """The characters' numbers, ``(B, T)``."""
        return {"characters": sample}

    def label(self, extractor: str) -> str:
        """Return the title, which names no extractor."""
        return f"JSD-{self.n}"

    def summarise(self, seen: dict[str, Tensor]) -> dict[str, Tensor]:
        """Count the n-grams: ``(K,)`` int64 codes in rising order, and how often each comes.

        Raises:
            MetricError: samples are shorter than n.
        """
        x = seen["characters"].long()
        places = x.shape[1] - self.n + 1
        if places < 1:
            raise MetricError(f"jsd-{self.n} counts {self.n} characters in a row, and samples have {x.shape[1]}")
        codes = torch.zeros_like(x[:, :places])
        for k in range(self.n):
            codes = codes * self._size + x[:, k : k + places]
        ngrams, counts = codes.flatten().unique(return_counts=True)
        return {"ngrams": ngrams, "counts": counts}

    def compare(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> float:
        """Between 0 and 1; the lower the better."""
        sides = [{key: tensor.long().cpu() for key, tensor in side.items()} for side in (fake, real)]
        either = torch.cat([side["ngrams"] for side in sides]).unique()
        shares = []
        for side in sides:
            share = torch.zeros(len(either), dtype=torch.float64)
            share[torch.searchsorted(either, side["ngrams"])] = side["counts"].double() / side["counts"].sum()
            shares.append(share)
        middle = (shares[0] + shares[1]) / 2
        nats = sum(float(torch.xlogy(share, share / middle).sum()) for share in shares) / 2
        return max(nats / math.log(2), 0.0)


class JSD1(NgramDivergence):
    """See ``NgramDivergence``, of characters: n is 1."""

    n = 1


class JSD2(NgramDivergence):
    """See ``NgramDivergence``, of pairs of characters: n is 2."""

    n = 2


class JSD3(NgramDivergence):
    """See ``NgramDivergence``, of three characters: n is 3."""

    n = 3


class JSD4(NgramDivergence):
    """See ``NgramDivergence``, of four characters: n is 4."""

    n = 4
