"""The critics of HiFi-GAN's discriminators: one period or one scale each."""

from __future__ import annotations

from itertools import pairwise
from math import gcd

from torch import Tensor, nn
from torch.nn.functional import pad
from torch.nn.utils.parametrizations import weight_norm

from ganzoo.layers import spectral_norm

SLOPE = 0.1
# of a scale's layers behind the first: kernel, stride, groups, and channels over those of the first
SCALE_LAYERS = ((41, 2, 4, 1), (41, 2, 16, 2), (41, 4, 16, 4), (41, 4, 16, 8), (41, 1, 16, 8), (5, 1, 1, 8))


class Critic(nn.Module):
    """Convolutions with a leaky rectifier of slope 0.1 behind each, and one more to the verdicts.

    Args:
        layers: all but the last.
        verdict: the last.
    """

    def __init__(self, layers: list[nn.Module], verdict: nn.Module) -> None:
        super().__init__()
        self.layers, self.verdict = nn.ModuleList(layers), verdict

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Waves ``(B, C, T)`` -> verdicts ``(B, P)``, and what each layer gave, ``(B, ...)``, the verdicts among it."""
        x = self.folded(x)
        seen = []
        for layer in self.layers:
            x = nn.functional.leaky_relu(layer(x), SLOPE)
            seen.append(x)
        said = self.verdict(x)
        return said.flatten(1), [*seen, said]

    def folded(self, x: Tensor) -> Tensor:
        """Return what the first layer sees of waves."""
        return x


class PeriodCritic(Critic):
    """A wave in rows of a period's samples, whose columns are judged apart: convolutions of 5x1, three times shorter.

    Args:
        period: samples of a row.
        channels: of the waves.
        width: channels of the first layer; the others have 4, 16, 32 and 32 times as many.
    """

    def __init__(self, period: int, channels: int, width: int) -> None:
        hidden = [channels, width, 4 * width, 16 * width, 32 * width]
        layers = [weight_norm(nn.Conv2d(a, b, (5, 1), (3, 1), (2, 0))) for a, b in pairwise(hidden)]
        layers.append(weight_norm(nn.Conv2d(32 * width, 32 * width, (5, 1), 1, (2, 0))))
        super().__init__(layers, weight_norm(nn.Conv2d(32 * width, 1, (3, 1), 1, (1, 0))))
        self.period = period

    def folded(self, x: Tensor) -> Tensor:
        """``(B, C, T)`` -> ``(B, C, rows, period)``; the end is mirrored to whole rows."""
        missing = -x.shape[2] % self.period
        whole = pad(x, (0, missing), mode="reflect") if missing else x
        rows: Tensor = whole.unflatten(2, (-1, self.period))
        return rows


class ScaleCritic(Critic):
    """Strided convolutions in groups over the wave as it is given.

    Args:
        channels: of the waves.
        width: channels of the first layer, a multiple of 4; the others have up to 8 times as many. Of a width that 16
            does not divide the groups are fewer.
        norm: ``spectral`` or ``weight``.
    """

    def __init__(self, channels: int, width: int, norm: str) -> None:
        normed = spectral_norm if norm == "spectral" else weight_norm
        layers, now = [normed(nn.Conv1d(channels, width, 15, 1, 7))], width
        for kernel, stride, groups, wider in SCALE_LAYERS:
            groups = gcd(groups, now, wider * width)
            layers.append(normed(nn.Conv1d(now, wider * width, kernel, stride, kernel // 2, groups=groups)))
            now = wider * width
        super().__init__(layers, normed(nn.Conv1d(now, 1, 3, 1, 1)))
