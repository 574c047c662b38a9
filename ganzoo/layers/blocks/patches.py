"""Convolutions that give a verdict on each patch of a picture."""

from __future__ import annotations

from torch import nn

from ...interfaces.size import Size, sides
from ..values import require_choice

NORMS = ("batch", "instance", "none")


def norm_layer(norm: str, channels: int) -> nn.Module:
    """Make a layer that normalises ``(B, channels, H, W)``: over the batch, over each picture, or nothing.

    That over a batch is followed by a learned factor and shift, that over a picture is not; so layers in front of the
    latter want biases.

    Args:
        norm: ``batch``, ``instance`` or ``none``.
        channels: of the maps.

    Raises:
        RecipeError: there is no such norm.
    """
    require_choice(NORMS, norm=norm)
    if norm == "batch":
        return nn.BatchNorm2d(channels)
    return nn.InstanceNorm2d(channels) if norm == "instance" else nn.Identity()


def halvings_of_patches(image_size: Size, most: int = 3) -> int:
    """Count the strided convolutions, ``most`` at the most, after which a map of verdicts is left of a picture."""
    side, n = min(sides(image_size)), 0
    while n < most and side // 2 >= 3:  # two convolutions of 4 pixels that do not stride take a pixel each
        side, n = side // 2, n + 1
    return n


def patch_layers(channels: int, *, width: int, layers: int, norm: str) -> nn.Sequential:
    """Make a patch discriminator: ``(B, channels, H, W)`` -> ``(B, 1, h, w)`` logits, one for each patch.

    4x4 convolutions: ``layers`` of stride 2, which double the channels up to eight times ``width``, one of stride 1,
    and one that gives the logits; LeakyReLU of slope 0.2 between them, behind a norm in all but the first. A logit
    sees a square of 16, 34, 70, 142 pixels with 1, 2, 3, 4 strided layers.

    Source: arXiv:1611.07004, sec. 3.2.2 and 6.1.2.

    Args:
        channels: of what is judged.
        width: channels of the first layer.
        layers: convolutions of stride 2.
        norm: ``batch``, ``instance`` or ``none``.
    """
    made: list[nn.Module] = []
    seen = channels
    for n in range(layers + 1):
        stride, out = (2 if n < layers else 1), width * min(2**n, 8)
        made.append(nn.Conv2d(seen, out, 4, stride, 1, bias=n == 0 or norm != "batch"))
        made += [norm_layer(norm, out)] if n else []
        made.append(nn.LeakyReLU(0.2))
        seen = out
    return nn.Sequential(*made, nn.Conv2d(seen, 1, 4, 1, 1))
