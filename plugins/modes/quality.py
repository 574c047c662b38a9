"""The share of samples of high quality."""

import torch
from torch import Tensor

from ganzoo.interfaces import Metric


class HighQuality(Metric):
    """Per cent of the generated samples that are of high quality, which is the extractor's to say.

    Of Gaussian mixtures these are the samples within three standard deviations of a centre; of real ones in the plane
    1 - exp(-4.5) are, which is 98.9 %.

    Source: arXiv:1705.07761 (VEEGAN), sec. 4.1; arXiv:1712.04086 (PacGAN), sec. 4.
    """

    reads = frozenset({"quality"})
    better = "higher"

    def label(self, extractor: str) -> str:
        """``high quality %``."""
        return "high quality %"

    def summarise(self, seen: dict[str, Tensor]) -> dict[str, Tensor]:
        """Count the samples of high quality, and all samples."""
        quality = seen["quality"]
        return {"high": (quality > 0.5).sum()[None], "n": torch.tensor([len(quality)])}

    def compare(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> float:
        """Between 0 and 100; the real samples play no part."""
        return 100 * int(fake["high"]) / int(fake["n"])
