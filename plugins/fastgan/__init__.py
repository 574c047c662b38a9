"""The networks of FastGAN, arXiv:2101.04775."""

from collections.abc import Callable

from ganzoo import hookimpl

PAPER = "arXiv:2101.04775"


@hookimpl
def register_generators(register: Callable[..., None]) -> None:
    """Register the generator."""
    register(
        "fastgan",
        f"{__name__}.generator:FastGANGenerator",
        summary="gated linear units, and channels of large maps excited by small ones (skip-layer excitation)",
        paper=PAPER,
    )


@hookimpl
def register_discriminators(register: Callable[..., None]) -> None:
    """Register the discriminator."""
    register(
        "fastgan",
        f"{__name__}.discriminator:FastGANDiscriminator",
        summary="an encoder of the image and one of the image at half its size, whose maps are to be decoded",
        paper=PAPER,
    )


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """Register the term that decodes its maps."""
    register(
        "reconstruction",
        f"{__name__}.reconstruction:Reconstruction",
        summary="Reconstruction: D's maps of real images are decoded to these images again",
        paper=PAPER,
    )
