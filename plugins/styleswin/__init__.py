"""The networks of StyleSwin, arXiv:2112.10762."""

from collections.abc import Callable

from ganzoo import hookimpl

PAPER = "arXiv:2112.10762"


@hookimpl
def register_generators(register: Callable[..., None]) -> None:
    """Register the generator."""
    register(
        "styleswin",
        f"{__name__}.generator:StyleSwinGenerator",
        summary="a style-based transformer that attends within windows, half of its heads within shifted ones",
        paper=PAPER,
    )


@hookimpl
def register_discriminators(register: Callable[..., None]) -> None:
    """Register the discriminator."""
    register(
        "wavelet",
        f"{__name__}.discriminator:WaveletDiscriminator",
        summary="StyleGAN2's skip discriminator on Haar wavelets of the image, which show the grid of windows",
        paper=PAPER,
    )
