"""Spectral normalisation and the plain networks of arXiv:1802.05957."""

from collections.abc import Callable

from ganzoo import hookimpl

PAPER = "arXiv:1802.05957"


@hookimpl
def register_generators(register: Callable[..., None]) -> None:
    """The generator of the paper's standard CNN."""
    register(
        "sngan",
        f"{__name__}.generator:SNGANGenerator",
        summary="the standard CNN: 4x4 transposed convolutions with batch normalisation",
        paper=PAPER,
    )


@hookimpl
def register_discriminators(register: Callable[..., None]) -> None:
    """The discriminator of the paper's standard CNN."""
    register(
        "sngan",
        f"{__name__}.discriminator:SNGANDiscriminator",
        summary="the standard CNN: pairs of a 3x3 and a strided 4x4 convolution, LeakyReLU 0.1",
        paper=PAPER,
    )


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """The normalisation itself."""
    register(
        "spectral-norm",
        f"{__name__}.spectral:SpectralNorm",
        summary="divides every weight of D by its largest singular value",
        paper=PAPER,
    )
