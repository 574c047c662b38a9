"""Latent codes that an image tells of, and the networks of arXiv:1606.03657."""

from collections.abc import Callable

from ganzoo import hookimpl

PAPER = "arXiv:1606.03657"


@hookimpl
def register_generators(register: Callable[..., None]) -> None:
    """Register the generator of the paper's MNIST table."""
    register(
        "infogan",
        f"{__name__}.generator:InfoGANGenerator",
        summary="two dense layers, then 4x4 transposed convolutions, with batch normalisation and ReLU",
        paper=PAPER,
    )


@hookimpl
def register_discriminators(register: Callable[..., None]) -> None:
    """Register the discriminator of the paper's MNIST table."""
    register(
        "infogan",
        f"{__name__}.discriminator:InfoGANDiscriminator",
        summary="4x4 strided convolutions, then a dense layer, with batch normalisation and LeakyReLU 0.1",
        paper=PAPER,
    )


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """Register the codes and what is known of them."""
    register(
        "mutual-information",
        f"{__name__}.information:MutualInformation",
        summary="a part of the latent is a code that a network beside D reads back from the image",
        paper=PAPER,
    )
