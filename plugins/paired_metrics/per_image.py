"""A number of each generated image beside the real one of its row, in the mean over the images."""

from abc import abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor

from ganzoo.errors import MetricError
from ganzoo.interfaces import Metric

_AT_ONCE = 64  # pairs; constant, so that numbers repeat to the bit


class PerImage(Metric):
    """The mean over all generated images of a number that each has beside the real image of its row.

    Attributes:
        title: of the column.
    """

    reads = frozenset({"value"})
    better = "higher"
    paired = True
    title: str

    def look(self, sample: Tensor, target: Tensor | None) -> dict[str, Tensor]:
        """Give ``value (B, 1)``, the number of each image.

        Args:
            sample: ``(B, C, H, W)`` uint8, generated.
            target: the real images of the same rows, likewise.

        Raises:
            MetricError: these are no images of 8 bits, or of two shapes.
        """
        assert target is not None  # ``paired``
        for images in (sample, target):
            if images.dtype != torch.uint8 or images.ndim != 4:
                raise MetricError(
                    f"{self.title} compares uint8 images of shape (B, C, H, W), not {images.dtype} "
                    f"{tuple(images.shape)}"
                )
        if sample.shape != target.shape:
            raise MetricError(
                f"{self.title} compares images of one shape, not {tuple(sample.shape[1:])} with "
                f"{tuple(target.shape[1:])}"
            )
        pairs = zip(sample.split(_AT_ONCE), target.split(_AT_ONCE), strict=True)
        return {"value": torch.cat([self.of(_wide(one), _wide(other)) for one, other in pairs])[:, None]}

    @abstractmethod
    def of(self, sample: Tensor, target: Tensor) -> Tensor:
        """Return the number of each pair, ``(B,)``, of images ``(B, C, H, W)`` float64 from 0 to 255."""

    def label(self, extractor: str) -> str:
        """Return the title; no extractor plays a part."""
        return self.title

    def summarise(self, seen: dict[str, Tensor]) -> dict[str, Tensor]:
        """Give the values themselves, ``value (N, 1)``."""
        return {"value": seen["value"]}

    def compare(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> float:
        """Give the mean over the generated images."""
        return float(_wide(fake["value"]).mean())

    def spread(self, fake: dict[str, Tensor], real: dict[str, Tensor], halves: Sequence[Tensor]) -> float | None:
        """Take the standard error of the mean over the images; None of a single one."""
        values = _wide(fake["value"])
        return float(values.std() / len(values) ** 0.5) if len(values) > 1 else None

    def states(self, n_fake: int, n_real: int) -> str:
        """State the number of pairs, and the floor's meaning."""
        return f"mean over {n_fake:,} pairs of one row; the floor is that of random pairs of real images"


def _wide(values: Tensor) -> Tensor:
    """Return float64 values, on the CPU if they come from a device without it, as Apple's."""
    return (values.cpu() if values.device.type == "mps" else values).double()
