"""Images spread over their grey levels; what else lies between rest and play is in ``ganzoo.layers``."""

from torch import Tensor


def dequantized(images: Tensor, noise: Tensor) -> Tensor:
    """Images, uint8 -> float32 from -1 to below 1, each spread over its grey level by noise from 0 to 1, same shape.

    Source: x / 128 - 1 + U(0, 1/128) of pfnet-research/sngan_projection, datasets/cifar10.py, and of
        igul222/improved_wgan_training, gan_cifar_resnet.py.
    """
    return images.to(noise.dtype).add_(noise).div_(128.0).sub_(1.0)
