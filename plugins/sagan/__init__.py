"""The self-attention networks of arXiv:1805.08318."""

from collections.abc import Callable

from ganzoo import hookimpl

PAPER = "arXiv:1805.08318"


@hookimpl
def register_generators(register: Callable[..., None]) -> None:
    """Register the generator with self-attention."""
    register(
        "sagan",
        f"{__name__}.generator:SAGANGenerator",
        summary="a pyramid of residual blocks with self-attention and class-conditional batch normalisation",
        paper=PAPER,
    )


@hookimpl
def register_discriminators(register: Callable[..., None]) -> None:
    """Register the discriminator with self-attention."""
    register(
        "sagan",
        f"{__name__}.discriminator:SAGANDiscriminator",
        summary="a pyramid of residual blocks with self-attention and a projection of the label",
        paper=PAPER,
    )
