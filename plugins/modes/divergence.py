"""Reverse KL divergence of the generated samples' modes from the real ones'."""

import math

import torch
from torch import Tensor

from ganzoo.errors import MetricError
from ganzoo.interfaces import Metric

from .counts import counted, side_by_side

_UNSEEN = 0.5  # of a real sample: what a mode counts as that only generated samples have


class ReverseKL(Metric):
    """Kullback-Leibler divergence KL(generated || real), in nats, between the shares of the modes.

    A mode's share is taken among the samples that count for any. It is 0 where the generated samples are spread like
    the real ones, and log K where all lie in one of K equally frequent modes. Of finitely many samples it is a little
    above 0 even for a perfect generator: by (K - 1) / 2N or so for K modes and N samples.

    Source: arXiv:1705.07761 (VEEGAN), sec. 4.1; arXiv:1712.04086 (PacGAN), sec. 4.

    Departs: the papers do not say what is done where the divergence has no value. Here a mode that only generated
    samples have counts as half a real one, and where no generated sample counts for a mode the number is that of a
    generator which has the rarest real mode only, the worst that there is among real modes.
    """

    reads = frozenset({"mode"})
    better = "lower"
    positive = True

    def label(self, extractor: str) -> str:
        """``reverse KL``."""
        return "reverse KL"

    def summarise(self, seen: dict[str, Tensor]) -> dict[str, Tensor]:
        """Count the samples of each mode, ``(M,)``."""
        return {"counts": counted(seen["mode"])}

    def compare(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> float:
        """0 or more.

        Raises:
            MetricError: no real sample counts for a mode.
        """
        generated, there = (counts.double() for counts in side_by_side(fake["counts"], real["counts"]))
        if not bool(there.any()):
            raise MetricError("the reverse KL needs real samples that count for a mode, and there are none")
        if not bool(generated.any()):
            return float(-(there[there > 0].min() / there.sum()).log())
        there = torch.where((there == 0) & (generated > 0), _UNSEEN, there)
        p, q = generated / generated.sum(), there / there.sum()
        found = p > 0
        # Rounding may take a divergence of nothing a hair below it.
        return max(0.0, math.fsum((p[found] * (p[found] / q[found]).log()).tolist()))
