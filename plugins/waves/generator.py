"""WaveGAN's generator."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from ganzoo.interfaces import Generator
from ganzoo.layers import require_positive

from .quarters import KERNEL, quarters, widths


class WaveGANGenerator(Generator):
    """A projected latent, made four times as long by transposed convolutions of 25 samples until it is a wave.

    ReLU follows each layer but the last, which ends in tanh; nothing is normalised. Latents are uniform in [-1, 1].

    Source: arXiv:1802.04208, appendix, the table of the generator, for windows of 16,384 samples.
    Departs: shorter and longer windows have fewer and more layers, down to 16 to 63 samples before the first; a
        window of another length than these quadrupled is cut from the next longer one.

    Args:
        length: samples of a window, at least 64.
        channels: of the waves.
        z_dim: length of a latent.
        width: channels of the last hidden layer, d in the paper, which double with each layer before it.

    Raises:
        RecipeError: a parameter is out of range, or the windows are too short.
    """

    def __init__(self, *, length: int, channels: int, z_dim: int = 100, width: int = 64) -> None:
        super().__init__()
        require_positive(z_dim=z_dim, width=width)
        self.z_dim, self.length = z_dim, length
        base, times = quarters(length)
        hidden = widths(width, times)[::-1]
        layers: list[nn.Module] = [nn.Linear(z_dim, hidden[0] * base), nn.Unflatten(1, (hidden[0], base)), nn.ReLU()]
        for wide, narrow in pairwise([*hidden, channels]):
            layers += [nn.ConvTranspose1d(wide, narrow, KERNEL, 4, padding=11, output_padding=1), nn.ReLU()]
        self.net = nn.Sequential(*layers[:-1], nn.Tanh())

    def sample_z(self, n: int, *, device: torch.device | str, rng: torch.Generator | None = None) -> Tensor:
        """Draw ``n`` latents, ``(n, z_dim)``, uniform in [-1, 1]."""
        return torch.rand(n, self.z_dim, device=device, generator=rng) * 2 - 1

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """``(B, z_dim)`` latents -> ``(B, C, length)`` waves in [-1, 1]."""
        made: Tensor = self.net(z)[:, :, : self.length]
        return made
