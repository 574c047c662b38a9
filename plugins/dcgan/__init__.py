"""The deep convolutional networks of arXiv:1511.06434."""

from collections.abc import Callable

from ganzoo import hookimpl

PAPER = "arXiv:1511.06434"


@hookimpl
def register_generators(register: Callable[..., None]) -> None:
    """The generator of strided transposed convolutions."""
    register(
        "dcgan",
        f"{__name__}.generator:DCGANGenerator",
        summary="transposed convolutions with batch normalisation and ReLU",
        paper=PAPER,
    )


@hookimpl
def register_discriminators(register: Callable[..., None]) -> None:
    """The discriminator of strided convolutions."""
    register(
        "dcgan",
        f"{__name__}.discriminator:DCGANDiscriminator",
        summary="strided convolutions with batch normalisation and LeakyReLU",
        paper=PAPER,
    )
