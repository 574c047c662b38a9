"""HiFi-GAN's discriminators."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool1d

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator
from ganzoo.layers import require_positive

from .critics import Critic, PeriodCritic, ScaleCritic

PERIODS, SCALES = (2, 3, 5, 7, 11), 3


class WaveHeads(Discriminator):
    """A critic of each period and of each scale of a wave, each a head of its own.

    A critic of a period judges every so many samples of the wave; one of a scale the wave itself, or what averages over
    4 samples, 2 apart, leave of it once or twice. The first scale has spectral normalisation, all others weight
    normalisation.

    Source: arXiv:2010.05646, sec. 2.3 and app. B; jik876/hifi-gan, ``models.py``.
    Departs: periods that a window has no three rows of, and scales that leave less than 16 samples, are refused.
        A width that 16 does not divide has fewer groups.

    Args:
        length: samples of a window.
        channels: of the waves.
        periods: samples of each period; none for no such critics.
        scales: how many; 0 for none.
        width: channels of a scale's first layer, a multiple of 4, 128 in the paper; a period's has a quarter of them.

    Attributes:
        outputs: each head ``(B, P)``, such as ``period-2`` and ``scale-1``; ``logits``, all of them side by side; and
            ``features`` ``(B, F)``: what each layer of each critic gives, over how many numbers that layer gives of a
            wave, so that a sum of absolute values is the sum over layers of their means.
        heads: all critics; the loss is the mean over them, where the paper takes the sum.

    Raises:
        RecipeError: a parameter is out of range, or the windows are too short.
    """

    outputs = frozenset({"logits", "features"})

    def __init__(
        self,
        *,
        length: int,
        channels: int,
        periods: Sequence[int] = PERIODS,
        scales: int = SCALES,
        width: int = 128,
    ) -> None:
        super().__init__()
        require_positive(width=width)
        if width % 4:
            raise RecipeError(f"width is {width}, and must be a multiple of 4: critics of periods have a quarter of it")
        for period in periods:
            require_positive(periods=period)
            if 3 * period > length:
                raise RecipeError(f"periods has {period}, and a window of {length} samples has no three of these")
        if scales and length < 16 * 2 ** (scales - 1):
            raise RecipeError(f"scales is {scales}, and leaves less than 16 of a window's {length} samples: take fewer")
        critics: dict[str, Critic] = {f"period-{p}": PeriodCritic(p, channels, width // 4) for p in periods}
        for k in range(scales):
            critics[f"scale-{k + 1}"] = ScaleCritic(channels, width, "weight" if k else "spectral")
        if not critics or len(critics) != len(periods) + scales:
            raise RecipeError("periods has a number twice, or there are neither periods nor scales: name each once")
        self.critics = nn.ModuleDict(critics)
        self.heads = tuple(critics)
        self.outputs = type(self).outputs | frozenset(critics)  # type: ignore[misc]

    def forward(self, x: Tensor, y: Tensor | None = None) -> dict[str, Tensor]:
        """``(B, C, length)`` waves in [-1, 1] -> verdicts ``(B, P)`` of each head, and all of them side by side."""
        said: dict[str, Tensor] = {}
        seen: list[Tensor] = []
        shorter = x
        for name, critic in self.critics.items():
            of_scale = isinstance(critic, ScaleCritic)
            if of_scale and name != "scale-1":
                shorter = avg_pool1d(shorter, 4, 2, 2)
            said[name], layers = critic(shorter if of_scale else x)
            seen += layers
        features = torch.cat([one.flatten(1) / one.shape[1:].numel() for one in seen], dim=1)
        return {"logits": torch.cat([*said.values()], dim=1), "features": features, **said}


class MultiPeriod(WaveHeads):
    """The multi-period discriminator alone: see ``WaveHeads``.

    Source: arXiv:2010.05646, sec. 2.3.

    Args:
        length: samples of a window.
        channels: of the waves.
        periods: samples of each period.
        width: four times the channels of the first layers.
    """

    def __init__(
        self,
        *,
        length: int,
        channels: int,
        periods: Sequence[int] = PERIODS,
        width: int = 128,
    ) -> None:
        super().__init__(length=length, channels=channels, periods=periods, scales=0, width=width)


class MultiScale(WaveHeads):
    """The multi-scale discriminator alone, MelGAN's: see ``WaveHeads``.

    Source: arXiv:2010.05646, sec. 2.3; arXiv:1910.06711.

    Args:
        length: samples of a window.
        channels: of the waves.
        scales: how many.
        width: channels of the first layers, a multiple of 4.
    """

    def __init__(self, *, length: int, channels: int, scales: int = SCALES, width: int = 128) -> None:
        super().__init__(length=length, channels=channels, periods=(), scales=scales, width=width)
