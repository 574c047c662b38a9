"""Networks of spectrally normalised GANs, the standard CNN and the ResNet, arXiv:1802.05957."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_generators(register: Callable[..., None]) -> None:
    """Register the generators."""
    register(
        "sngan",
        f"{__name__}.generator:SNGANGenerator",
        summary="the standard CNN: 4x4 transposed convolutions with batch normalisation",
        paper="arXiv:1802.05957",
    )
    register(
        "sngan-resnet",
        f"{__name__}.resnet_generator:SNGANResNetGenerator",
        summary="residual blocks of one width, with class-conditional batch normalisation",
        paper="arXiv:1802.05957",
    )


@hookimpl
def register_discriminators(register: Callable[..., None]) -> None:
    """Register the discriminators."""
    register(
        "sngan",
        f"{__name__}.discriminator:SNGANDiscriminator",
        summary="the standard CNN: pairs of a 3x3 and a strided 4x4 convolution, LeakyReLU 0.1",
        paper="arXiv:1802.05957",
    )
    register(
        "sngan-resnet",
        f"{__name__}.resnet_discriminator:SNGANResNetDiscriminator",
        revision=2,
        summary="residual blocks of one width, sum-pooled, with a projection of the label",
        paper="arXiv:1802.05957",
    )
