"""The number of modes that a generator finds."""

import torch
from torch import Tensor

from ganzoo.interfaces import Metric

from .bars import bars_png
from .counts import counted, side_by_side


class Modes(Metric):
    """The number of modes with at least one generated sample that counts for them.

    Which samples count for a mode is the extractor's to say: of Gaussian mixtures those within three standard
    deviations of the centre, of stacked digits all.

    Source: arXiv:1705.07761 (VEEGAN), sec. 4.1; arXiv:1712.04086 (PacGAN), sec. 4.
    """

    reads = frozenset({"mode"})
    better = "higher"

    def label(self, extractor: str) -> str:
        """``modes``."""
        return "modes"

    def summarise(self, seen: dict[str, Tensor]) -> dict[str, Tensor]:
        """Count the samples of each mode, ``(M,)``, and of all together."""
        return {"counts": counted(seen["mode"]), "n": torch.tensor([len(seen["mode"])])}

    def compare(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> float:
        """Between 0 and the number of modes; the real samples play no part."""
        return float((fake["counts"] > 0).sum())

    def picture(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> bytes:
        """Draw the numbers of generated samples by mode, as bars beside the real ones."""
        generated, there = side_by_side(fake["counts"], real["counts"])
        return bars_png(generated.tolist(), there.tolist(), int(fake["n"]), int(real["n"]))
