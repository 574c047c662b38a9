"""The strided convolutions of DCGAN's discriminator, which PacGAN's has as well."""

from __future__ import annotations

from itertools import pairwise

from torch import nn

from ganzoo.layers import halving, hidden_widths, keeping


def halving_layers(channels: int, width: int, kernel: int, times: int) -> list[nn.Module]:
    """Make convolutions that halve images; LeakyReLU of slope 0.2 behind each, batch normalisation behind all but one.

    Args:
        channels: of the images.
        width: channels of the first hidden layer.
        kernel: height and width of the kernels.
        times: how often an image is halved; of one halving, a 3x3 convolution follows it.
    """
    layers: list[nn.Module] = [halving(channels, width, kernel), nn.LeakyReLU(0.2)]
    for narrow, wide in pairwise(hidden_widths(width, times)):
        shrink = halving(narrow, wide, kernel, bias=False) if times > 1 else keeping(narrow, wide, bias=False)
        layers += [shrink, nn.BatchNorm2d(wide), nn.LeakyReLU(0.2)]
    return layers
