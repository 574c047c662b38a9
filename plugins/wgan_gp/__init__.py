"""The networks and the gradient penalty of arXiv:1704.00028."""

from collections.abc import Callable

from ganzoo import hookimpl

PAPER = "arXiv:1704.00028"


@hookimpl
def register_generators(register: Callable[..., None]) -> None:
    """The two generators of the paper's experiments on small images."""
    register(
        "wgan-gp",
        f"{__name__}.convolutional:WGANGPGenerator",
        summary="DCGAN-like: transposed convolutions with batch normalisation",
        paper=PAPER,
    )
    register(
        "wgan-gp-resnet",
        f"{__name__}.residual:ResNetGenerator",
        summary="residual blocks with batch normalisation and nearest upsampling",
        paper=PAPER,
    )


@hookimpl
def register_discriminators(register: Callable[..., None]) -> None:
    """The two critics; neither has batch normalisation."""
    register(
        "wgan-gp",
        f"{__name__}.convolutional:WGANGPCritic",
        summary="DCGAN-like critic without batch normalisation",
        paper=PAPER,
    )
    register(
        "wgan-gp-resnet",
        f"{__name__}.residual:ResNetCritic",
        summary="residual critic with mean-pool downsampling, without batch normalisation",
        paper=PAPER,
    )


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """The penalty on the critic's slope between real and fake."""
    register(
        "gradient-penalty",
        f"{__name__}.penalty:GradientPenalty",
        summary="pulls the critic's slope towards 1 between real and fake images",
        paper=PAPER,
    )
