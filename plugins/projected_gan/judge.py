"""The discriminator of one scale."""

from __future__ import annotations

from torch import Tensor, nn

from ganzoo.layers import halving, spectral_norm

SLOPE = 0.2
LAST = 4  # pixels along each side of the last kernel
LABEL = 64  # numbers that a label is compared in


class Judge(nn.Module):
    """Strided 4x4 convolutions with batch normalisation, and a last one of 4x4 pixels, all spectrally normalised.

    With labels, the last convolution gives 64 maps, and each verdict is their inner product with what a dense layer
    makes of the label's learned vector, over 8.

    Source: arXiv:2111.01007, sec. 3.2 and the authors' code: ``SingleDisc`` and ``SingleDiscCond``.

    Args:
        shape: ``(C, H, W)`` of the map.
        halvings: how many strided convolutions there are.
        width: channels of the last one, and half as many with each before it, down to an eighth.
        classes: how many labels there are; 0 for none.
    """

    def __init__(self, shape: tuple[int, ...], halvings: int, width: int, classes: int) -> None:
        super().__init__()
        channels, height, across = shape
        layers: list[nn.Module] = []
        for i in reversed(range(halvings)):
            made = max(width >> i, width // 8, 1)
            layers += [spectral_norm(halving(channels, made, 4)), nn.BatchNorm2d(made), nn.LeakyReLU(SLOPE)]
            channels, height, across = made, height // 2, across // 2
        kernel = (min(LAST, height), min(LAST, across))
        self.body = nn.Sequential(*layers)
        self.last = spectral_norm(nn.Conv2d(channels, LABEL if classes else 1, kernel, bias=False))
        self.label = (
            nn.Sequential(nn.Embedding(classes, 2 * LABEL), nn.Linear(2 * LABEL, LABEL), nn.LeakyReLU(SLOPE))
            if classes
            else None
        )

    def forward(self, x: Tensor, y: Tensor | None) -> Tensor:
        """``(B, C, H, W)`` maps, ``(B,)`` int64 labels or None -> verdicts ``(B, P)``, one for each patch."""
        h: Tensor = self.last(self.body(x))
        if self.label is not None:
            h = (h * self.label(y)[:, :, None, None]).sum(dim=1) * LABEL**-0.5
        return h.flatten(1)
