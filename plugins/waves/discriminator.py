"""WaveGAN's discriminator."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn

from ganzoo.interfaces import Discriminator
from ganzoo.layers import require_at_least, require_positive

from .phase_shuffle import PhaseShuffle
from .quarters import KERNEL, quarters, widths


class WaveGANDiscriminator(Discriminator):
    """Convolutions of 25 samples that leave a quarter of a wave each, down to 16 to 63 samples, and a dense layer.

    A leaky rectifier of slope 0.2 follows each convolution, and phase shuffle each of these but the last.

    Source: arXiv:1802.04208, appendix, the table of the discriminator, for windows of 16,384 samples.
    Departs: see ``WaveGANGenerator`` for other lengths.

    Args:
        length: samples of a window, at least 64.
        channels: of the waves.
        width: channels of the first layer, d in the paper, which double with each.
        shuffle: n of phase shuffle; 0 for none.

    Attributes:
        outputs: ``logits`` ``(B,)``, any real number, and ``features`` ``(B, F)``, what the dense layer reads.

    Raises:
        RecipeError: a parameter is out of range, or the windows are too short.
    """

    outputs = frozenset({"logits", "features"})

    def __init__(self, *, length: int, channels: int, width: int = 64, shuffle: int = 2) -> None:
        super().__init__()
        require_positive(width=width)
        require_at_least(0, shuffle=shuffle)
        base, times = quarters(length)
        hidden = widths(width, times)
        layers: list[nn.Module] = []
        for narrow, wide in pairwise([channels, *hidden]):
            layers += [nn.Conv1d(narrow, wide, KERNEL, 4, padding=12), nn.LeakyReLU(0.2), PhaseShuffle(shuffle)]
        self.body = nn.Sequential(*layers[:-1], nn.Flatten())
        self.head = nn.Linear(hidden[-1] * base, 1)

    def forward(self, x: Tensor, y: Tensor | None = None) -> dict[str, Tensor]:
        """``(B, C, length)`` waves in [-1, 1] -> logits ``(B,)`` and features ``(B, F)``."""
        features = self.body(x)
        return {"logits": self.head(features).squeeze(1), "features": features}
