"""Boundary equilibrium GAN, arXiv:1703.10717."""

from collections.abc import Callable

from ganzoo import hookimpl

PAPER = "arXiv:1703.10717"


@hookimpl
def register_generators(register: Callable[..., None]) -> None:
    """The decoder as a generator."""
    register(
        "began",
        f"{__name__}.generator:BEGANGenerator",
        summary="3x3 convolutions with ELU and nearest upsampling, no normalisation",
        paper=PAPER,
    )


@hookimpl
def register_discriminators(register: Callable[..., None]) -> None:
    """The autoencoder whose mean absolute error is the energy."""
    register(
        "began",
        f"{__name__}.discriminator:BEGANDiscriminator",
        summary="an autoencoder of 3x3 convolutions with ELU; its mean absolute error is the energy",
        paper=PAPER,
    )


@hookimpl
def register_losses(register: Callable[..., None]) -> None:
    """The loss that balances two energies."""
    register(
        "began",
        f"{__name__}.loss:BEGAN",
        summary="energies of real and fake images kept in proportion by a weight that is steered",
        paper=PAPER,
    )
