"""The networks of arXiv:2501.05441."""

from collections.abc import Callable

from ganzoo import hookimpl

PAPER = "arXiv:2501.05441"


@hookimpl
def register_generators(register: Callable[..., None]) -> None:
    """Register the generator of inverted bottlenecks."""
    register(
        "r3gan",
        f"{__name__}.generator:R3GANGenerator",
        summary="residual inverted bottlenecks with grouped convolutions, and no normalisation",
        paper=PAPER,
        revision=2,
    )


@hookimpl
def register_discriminators(register: Callable[..., None]) -> None:
    """Its mirror image."""
    register(
        "r3gan",
        f"{__name__}.discriminator:R3GANDiscriminator",
        summary="the generator's mirror image: residual inverted bottlenecks, and no normalisation",
        paper=PAPER,
        revision=2,
    )
