"""Energy-based GAN: an autoencoder as the discriminator, arXiv:1609.03126."""

from collections.abc import Callable

from ganzoo import hookimpl

PAPER = "arXiv:1609.03126"


@hookimpl
def register_discriminators(register: Callable[..., None]) -> None:
    """The autoencoder whose reconstruction error is the energy."""
    register(
        "autoencoder",
        f"{__name__}.discriminator:Autoencoder",
        summary="a convolutional autoencoder; its reconstruction error is the energy",
        paper=PAPER,
    )


@hookimpl
def register_losses(register: Callable[..., None]) -> None:
    """The margin loss on energies."""
    register(
        "ebgan",
        f"{__name__}.loss:EBGAN",
        summary="low energy for real images, at least a margin for fakes",
        paper=PAPER,
    )


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """What keeps the fakes of a batch apart."""
    register(
        "pulling-away",
        f"{__name__}.pulling_away:PullingAway",
        summary="the fakes of a batch have features that point in different directions",
        paper=PAPER,
    )
