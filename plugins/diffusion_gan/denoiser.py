"""The generator of a denoising diffusion GAN."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ganzoo.interfaces import Generator, Size
from ganzoo.layers import require_positive, sides

from .diffusion import Diffusion
from .residual import Told


class Denoiser(Generator):
    """Makes a sample in ``steps`` steps out of noise: at each it guesses the sample by the noisy one and a latent, and
    draws the next, less noisy one of the posterior that this guess gives.

    Latents are all that is drawn on the way, so that a sample is a function of its latent: for each step in turn as
    many standard normal numbers as a sample has, the noise that the step begins with (first x_T, then that of the
    posterior of the step before), and behind them the ``latent`` numbers that the step's guess is made with.

    Source: arXiv:2112.07804, sec. 4, eq. 4, 5 and 6.
    Departs: a dense network, for points and small images, in place of NCSN++; labels, if there are any, tell the layers
        what step and latent do.

    Args:
        image_size: height and width of the images: any.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        steps: from noise to data; T.
        latent: numbers that a step's guess is made with.
        width: units of each layer.
        depth: residual blocks.
        beta_min: of the noise, see ``Diffusion``.
        beta_max: likewise.

    Attributes:
        diffusion: the noise of the steps, for terms that noise real samples.

    Raises:
        RecipeError: a parameter is out of range.
    """

    def __init__(
        self,
        *,
        image_size: Size,
        channels: int,
        num_classes: int,
        steps: int = 4,
        latent: int = 100,
        width: int = 256,
        depth: int = 3,
        beta_min: float = 0.1,
        beta_max: float = 20.0,
    ) -> None:
        super().__init__()
        require_positive(latent=latent, width=width, depth=depth)
        self.diffusion = Diffusion(steps, beta_min, beta_max)
        self.shape, self.bounded = (channels, *sides(image_size)), image_size != 1
        self.numbers = math.prod(self.shape)
        self.z_dim = steps * (self.numbers + latent)
        self.net = Told(self.numbers, self.numbers, width=width, depth=depth, num_classes=num_classes, z_dim=latent)

    def guess(self, noisy: Tensor, step: Tensor, latent: Tensor, label: Tensor | None = None) -> Tensor:
        """``(B, C, H, W)`` x_{s+1}, ``(B,)`` steps, ``(B, latent)`` numbers, labels -> x_0 as it may be, ``(B, C, H,
        W)``, in [-1, 1] but for points.
        """
        x, _ = self.net(noisy.flatten(1), step, label, latent)
        return (torch.tanh(x) if self.bounded else x).view(-1, *self.shape)

    def forward(self, z: Tensor, y: Any = None) -> Tensor:
        """Take the step of a pair, or all steps where there is none.

        Args:
            z: ``(B, z_dim)`` latents.
            y: ``{"noisy", "step"}``, and ``"label"`` where there are labels: one step is taken from each noisy sample;
                labels ``(B,)`` or None: a sample is made.

        Returns:
            x_s, or x_0: ``(B, C, H, W)``.
        """
        if not isinstance(y, Mapping):
            return self.sample(z, y)
        noise, latent = self._drawn(z)[0]
        clean = self.guess(y["noisy"], y["step"], latent, y.get("label"))
        return self.diffusion.posterior(clean, y["noisy"], y["step"], noise)

    def sample(self, z: Tensor, y: Any = None) -> Tensor:
        """Make samples in all steps, ``(B, C, H, W)``; see ``forward`` for the arguments."""
        drawn = self._drawn(z)
        x, label = drawn[0][0], y.get("label") if isinstance(y, Mapping) else y
        for s in reversed(range(self.diffusion.steps)):
            step = torch.full((len(z),), s, device=z.device)
            place = self.diffusion.steps - 1 - s
            clean = self.guess(x, step, drawn[place][1], label)
            x = self.diffusion.posterior(clean, x, step, drawn[place + 1][0]) if s else clean
        return x

    def _drawn(self, z: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Return the noise that each step begins with, as a sample, and its latent, the first step first."""
        parts = z.view(len(z), self.diffusion.steps, -1).unbind(1)
        return [(part[:, : self.numbers].reshape(-1, *self.shape), part[:, self.numbers :]) for part in parts]
