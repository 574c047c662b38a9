"""Energy-based GANs, whose discriminator is an autoencoder: EBGAN and BEGAN."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_generators(register: Callable[..., None]) -> None:
    """Register BEGAN's generator."""
    register(
        "began",
        f"{__name__}.began_generator:BEGANGenerator",
        summary="3x3 convolutions with ELU and nearest upsampling, no normalisation",
        paper="arXiv:1703.10717",
    )


@hookimpl
def register_discriminators(register: Callable[..., None]) -> None:
    """Register both autoencoders."""
    register(
        "began",
        f"{__name__}.began_discriminator:BEGANDiscriminator",
        summary="an autoencoder of 3x3 convolutions with ELU; its mean absolute error is the energy",
        paper="arXiv:1703.10717",
    )
    register(
        "autoencoder",
        f"{__name__}.autoencoder:Autoencoder",
        summary="a convolutional autoencoder; its reconstruction error is the energy",
        paper="arXiv:1609.03126",
    )


@hookimpl
def register_losses(register: Callable[..., None]) -> None:
    """Register the losses on energies."""
    register(
        "began",
        f"{__name__}.began:BEGAN",
        summary="Boundary equilibrium: energies of real and fake kept in proportion by a weight that is steered",
        paper="arXiv:1703.10717",
    )
    register(
        "ebgan",
        f"{__name__}.ebgan:EBGAN",
        summary="Margin loss on energies: low for real images, at least a margin for fakes",
        paper="arXiv:1609.03126",
    )


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """Register the pulling-away term."""
    register(
        "pulling-away",
        f"{__name__}.pulling_away:PullingAway",
        summary="Pulling-away term: the fakes of a batch have features that point in different directions",
        paper="arXiv:1609.03126",
    )
