"""The extractor of three digits in the colours of an image."""

from typing import ClassVar

from torch import Tensor

from ganzoo.errors import MetricError

from .extractor import MnistExtractor

CONFIDENT = 0.9  # probability from which a digit is of high quality
FRAME = 2  # pixels of black round each digit of 32x32


class StackedMnistExtractor(MnistExtractor):
    """The extractor ``mnist``, with the same weights, on red, green and blue by themselves.

    The mode of an image is the number that its three digits write, red first: every image counts for one of 1,000.
    It is of high quality if the classifier gives each of its three digits a probability of at least 0.9. ``features``
    and ``logits`` are those of the three channels side by side. The one channel of a grey image counts for all three.
    Of an image of 32x32 pixels the inner 28x28 are seen, which is where ``stacked-mnist-32`` has its digits.

    Source: arXiv:1611.02163 (unrolled GANs), sec. 3.3.1, for modes counted by a classifier.

    Departs: the papers know no high quality of stacked digits.
    """

    modes: ClassVar[int] = 1000

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """``(B, 1 or 3, H, W)`` uint8 -> ``features (B, 192)``, ``logits (B, 30)``, ``mode`` and ``quality (B, 1)``.

        Raises:
            MetricError: the images have another number of channels.
        """
        channels = images.shape[1]
        if channels not in (1, 3):
            raise MetricError(f"the extractor stacked-mnist sees images of 1 or 3 channels, not of {channels}")
        if images.shape[2:] == (MnistExtractor.size + 2 * FRAME,) * 2:
            images = images[:, :, FRAME:-FRAME, FRAME:-FRAME]
        stacked = images.expand(-1, 3, -1, -1).flatten(0, 1)
        seen = {key: rows.unflatten(0, (-1, 3)) for key, rows in super().forward(stacked[:, None]).items()}
        probability, digit = seen["logits"].softmax(2).max(2)
        return {
            "features": seen["features"].flatten(1),
            "logits": seen["logits"].flatten(1),
            "mode": (100 * digit[:, :1] + 10 * digit[:, 1:2] + digit[:, 2:]).float(),
            "quality": (probability >= CONFIDENT).all(1, keepdim=True).float(),
        }
