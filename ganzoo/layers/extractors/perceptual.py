"""Learned perceptual distance between images: LPIPS."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor, nn

from ganzoo.errors import SetupError

Trunk = Literal["alex", "vgg16"]
_TINY = 1e-10  # beside the length of a column of activations, as in the authors' code
_SHIFT, _SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)  # of images in [-1, 1], to ImageNet's standard scores
_NAMED = re.compile(r"(?:net\.slice\d\.|features\.|net\.features\.)(\d+)\.(weight|bias)")
_HEAD = re.compile(r"lin(\d)\.model\.1\.weight")


def _alex() -> tuple[list[nn.Module], tuple[int, ...]]:
    """The convolutions of AlexNet, as torchvision has them, and the places behind which it is looked at."""
    layers: list[nn.Module] = [nn.Conv2d(3, 64, 11, 4, 2), nn.ReLU(), nn.MaxPool2d(3, 2)]
    layers += [nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2)]
    for channels, made in ((192, 384), (384, 256), (256, 256)):
        layers += [nn.Conv2d(channels, made, 3, padding=1), nn.ReLU()]
    return layers, (1, 4, 7, 9, 11)


def _vgg16() -> tuple[list[nn.Module], tuple[int, ...]]:
    """The convolutions of VGG-16, likewise."""
    layers: list[nn.Module] = []
    channels, looked_at = 3, []
    for made, n in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(n):
            layers += [nn.Conv2d(channels, made, 3, padding=1), nn.ReLU()]
            channels = made
        looked_at.append(len(layers) - 1)
        layers.append(nn.MaxPool2d(2, 2))
    return layers[:-1], tuple(looked_at)


_TRUNKS = {"alex": _alex, "vgg16": _vgg16}


class PerceptualDistance(nn.Module):
    """LPIPS: the weighted squared difference of normalised activations of a trained network, summed over five layers.

    Differentiable in both images; its own parameters are frozen.

    Source: arXiv:1801.03924, eq. 1, version 0.1 of the authors' weights.

    Args:
        trunk: the network whose activations are compared, ``alex`` or ``vgg16``.
        tensors: its convolutions and the linear heads, named as ``lpips.LPIPS(net=...).state_dict()`` names them.

    Raises:
        SetupError: the tensors are not those of this network, or a head is negative.
    """

    def __init__(self, trunk: Trunk, tensors: Mapping[str, Tensor]) -> None:
        super().__init__()
        with torch.device("meta"):
            layers, self._looked_at = _TRUNKS[trunk]()
        self.layers = nn.Sequential(*layers)
        state = {f"{m[1]}.{m[2]}": value for name, value in tensors.items() if (m := _NAMED.fullmatch(name))}
        heads = {int(m[1]): value for name, value in tensors.items() if (m := _HEAD.fullmatch(name))}
        try:
            self.layers.load_state_dict({name: value.float() for name, value in state.items()}, assign=True)
        except RuntimeError as error:
            raise SetupError(f"the tensors are not those of the trunk {trunk!r} of LPIPS") from error
        widths = [len(state[f"{place - 1}.bias"]) for place in self._looked_at]
        if [heads[i].numel() if i in heads else 0 for i in range(len(widths))] != widths:
            raise SetupError(f"the linear heads of LPIPS are not those of the trunk {trunk!r}, or are missing")
        if any(float(head.min()) < 0 for head in heads.values()):
            raise SetupError("a linear head of LPIPS is negative, and then it is no distance")
        for i, head in heads.items():
            self.register_buffer(f"head{i}", head.float().reshape(1, -1, 1, 1))
        self.register_buffer("shift", torch.tensor(_SHIFT).view(1, 3, 1, 1))
        self.register_buffer("scale", torch.tensor(_SCALE).view(1, 3, 1, 1))
        self.requires_grad_(False)

    def activations(self, images: Tensor) -> list[Tensor]:
        """``(B, 1 or 3, H, W)`` in [-1, 1] -> the normalised activations of five layers, each ``(B, C, h, w)``."""
        x = (images.expand(-1, 3, -1, -1) - self.get_buffer("shift")) / self.get_buffer("scale")
        found = []
        for place, layer in enumerate(self.layers):
            x = layer(x)
            if place in self._looked_at:
                found.append(x / (x.square().sum(1, keepdim=True).sqrt() + _TINY))
        return found

    def embedded(self, images: Tensor) -> Tensor:
        """Return vectors ``(B, F)`` whose squared Euclidean distance is LPIPS; F grows with the images' size."""
        found = self.activations(images)
        return torch.cat(
            [
                (maps * (self.get_buffer(f"head{i}") / (maps.shape[2] * maps.shape[3])).sqrt()).flatten(1)
                for i, maps in enumerate(found)
            ],
            dim=1,
        )

    def forward(self, one: Tensor, other: Tensor) -> Tensor:
        """Return the distances ``(B,)`` of images in [-1, 1]; either batch may be of a single image."""
        total = torch.zeros((), device=one.device)
        for i, (a, b) in enumerate(zip(self.activations(one), self.activations(other), strict=True)):
            total = total + (self.get_buffer(f"head{i}") * (a - b).square()).sum(1).mean((1, 2))
        return total
