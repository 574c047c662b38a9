"""Between data at rest and what networks play with, on whatever device the tensor is.

Images are bytes at rest, and play in [-1, 1]; points are float32 both times, and stay as they are.
"""

import torch
from torch import Tensor


def are_points(at_rest: Tensor) -> bool:
    """Say whether data at rest are points, and no images."""
    return at_rest.is_floating_point()


def to_unit(images: Tensor) -> Tensor:
    """Images, uint8 -> float32 in [-1, 1]; points -> a copy, since what a turn was dealt is its own."""
    played = images.to(torch.float32, copy=True)
    return played if are_points(images) else played.div_(127.5).sub_(1.0)


def dequantized(images: Tensor, noise: Tensor) -> Tensor:
    """Images, uint8 -> float32 from -1 to below 1, each spread over its grey level by noise from 0 to 1, same shape.

    Source: x / 128 - 1 + U(0, 1/128) of pfnet-research/sngan_projection, datasets/cifar10.py, and of
        igul222/improved_wgan_training, gan_cifar_resnet.py.
    """
    return images.to(noise.dtype).add_(noise).div_(128.0).sub_(1.0)


def to_rest(generated: Tensor, *, points: bool) -> Tensor:
    """Convert what a generator gives to data at rest: uint8 images, or float32 points."""
    return generated.to(torch.float32) if points else to_uint8(generated)


def to_uint8(images: Tensor) -> Tensor:
    """[-1, 1] -> uint8, rounded to the nearest as a saved image would be; what lies outside is clamped.

    The inverse of ``to_unit``, exactly.
    """
    return images.to(torch.float32).mul(127.5).add_(128.0).clamp_(0.0, 255.0).to(torch.uint8)


def flip(images: Tensor, rng: torch.Generator) -> Tensor:
    """Mirror each image of ``(B, C, H, W)`` left to right with probability one half; ``rng`` lives on its device."""
    coin = torch.rand(images.shape[0], 1, 1, 1, generator=rng, device=images.device) < 0.5
    return torch.where(coin, images.flip(3), images)
