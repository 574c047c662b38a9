"""A picture plane of sine waves, which the style moves and turns."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from .bands import Band
from .equalised import EqualisedLinear
from .scaled import Scaled


class FourierInput(Scaled):
    """Sine waves of fixed frequencies and phases on a plane that the style turns and shifts, mixed by learned weights.

    Frequencies are drawn evenly from the disc below the cutoff. The plane has the image's middle at 0, and its shorter
    side is 1 long.

    Source: arXiv:2106.12423, sec. 3 (Fourier features, transformed Fourier features) and app. F.

    Args:
        channels: that it gives, and waves.
        style: length of a style.
        band: the map that it gives.
    """

    frequencies: Tensor
    phases: Tensor
    plane: Tensor

    def __init__(self, channels: int, style: int, band: Band) -> None:
        super().__init__()
        self.cutoff, self.limit = band.cutoff, band.rate / 2
        self.affine = EqualisedLinear(style, 4)
        with torch.no_grad():
            self.affine.weight.zero_()
            self.affine.bias[0] = 1.0
        self.weight = nn.Parameter(torch.randn(channels, channels))
        self.scales = {"weight": channels**-0.5}
        direction = 2 * math.pi * torch.rand(channels)
        radius = band.cutoff * torch.rand(channels).sqrt()
        self.register_buffer("frequencies", torch.stack([direction.cos(), direction.sin()], dim=1) * radius[:, None])
        self.register_buffer("phases", torch.rand(channels) - 0.5)
        y, x = ((torch.arange(side) + 0.5 - side / 2) / band.rate for side in band.size)
        plane = torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)
        self.register_buffer("plane", plane, persistent=False)

    def placed(self, w: Tensor, transform: Tensor | None) -> tuple[Tensor, Tensor]:
        """Give where each point of the plane is taken from: it times a matrix, plus an offset.

        Args:
            w: ``(B, style)``.
            transform: ``(3, 3)`` or ``(B, 3, 3)``; see ``forward``.

        Returns:
            ``(B, 2, 2)`` and ``(B, 2)``.
        """
        r_c, r_s, t_x, t_y = self.affine(w).unbind(dim=1)
        length = torch.hypot(r_c, r_s)
        cosine, sine = r_c / length, r_s / length
        turn = torch.stack([torch.stack([cosine, -sine], dim=1), torch.stack([sine, cosine], dim=1)], dim=1)
        offset = -torch.stack([t_x, t_y], dim=1) / length[:, None]
        if transform is None:
            return turn, (turn @ offset[..., None]).squeeze(2)
        offset = offset + transform[..., :2, 2]
        return turn @ transform[..., :2, :2], (turn @ offset[..., None]).squeeze(2)

    def forward(self, w: Tensor, transform: Tensor | None = None) -> Tensor:
        """Give the waves, mixed.

        Args:
            w: ``(B, style)``.
            transform: ``(3, 3)``, or one for each image: the point p of the image, as ``(x, y, 1)`` with y downwards,
                is what was at ``transform @ p``. None for the identity.

        Returns:
            ``(B, channels, *band.size)``.
        """
        matrix, offset = self.placed(w, transform)
        frequencies = self.frequencies @ matrix  # (B, channels, 2)
        phases = self.phases + offset @ self.frequencies.T
        beyond = (frequencies.norm(dim=2) - self.cutoff) / (self.limit - self.cutoff)
        amplitudes = (1 - beyond).clamp(0, 1)  # of waves that a transform made finer than the map can hold
        at = torch.einsum("hwp,bcp->bhwc", self.plane, frequencies) + phases[:, None, None]
        waves = (2 * math.pi * at).sin() * amplitudes[:, None, None]
        return linear(waves, self.scaled()["weight"]).permute(0, 3, 1, 2).contiguous()
