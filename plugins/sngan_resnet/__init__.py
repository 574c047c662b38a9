"""The residual networks of arXiv:1802.05957, with the labels of arXiv:1802.05637."""

from collections.abc import Callable

from ganzoo import hookimpl

PAPER = "arXiv:1802.05957"


@hookimpl
def register_generators(register: Callable[..., None]) -> None:
    """The generator of the CIFAR-10 ResNet."""
    register(
        "sngan-resnet",
        f"{__name__}.generator:SNGANResNetGenerator",
        summary="residual blocks of one width, with class-conditional batch normalisation",
        paper=PAPER,
    )


@hookimpl
def register_discriminators(register: Callable[..., None]) -> None:
    """The discriminator of the CIFAR-10 ResNet."""
    register(
        "sngan-resnet",
        f"{__name__}.discriminator:SNGANResNetDiscriminator",
        summary="residual blocks of one width, sum-pooled, with a projection of the label",
        paper=PAPER,
    )
