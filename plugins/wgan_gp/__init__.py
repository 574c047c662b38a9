"""Networks of WGAN-GP, arXiv:1704.00028: convolutional and residual."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_generators(register: Callable[..., None]) -> None:
    """Register the generators of the paper's experiments on small images."""
    register(
        "wgan-gp",
        f"{__name__}.convolutional:WGANGPGenerator",
        summary="DCGAN-like: transposed convolutions with batch normalisation",
        paper="arXiv:1704.00028",
    )
    register(
        "wgan-gp-resnet",
        f"{__name__}.residual:ResNetGenerator",
        summary="residual blocks with batch normalisation and nearest upsampling",
        paper="arXiv:1704.00028",
    )


@hookimpl
def register_discriminators(register: Callable[..., None]) -> None:
    """Register the critics; neither has batch normalisation."""
    register(
        "wgan-gp",
        f"{__name__}.convolutional:WGANGPCritic",
        summary="DCGAN-like critic without batch normalisation",
        paper="arXiv:1704.00028",
    )
    register(
        "wgan-gp-resnet",
        f"{__name__}.residual:ResNetCritic",
        summary="residual critic with mean-pool downsampling, without batch normalisation",
        paper="arXiv:1704.00028",
    )
