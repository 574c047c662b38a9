"""The networks of arXiv:1912.04958."""

from collections.abc import Callable

from ganzoo import hookimpl

PAPER = "arXiv:1912.04958"


@hookimpl
def register_generators(register: Callable[..., None]) -> None:
    """Register the generator of a mapping and a synthesis network."""
    register(
        "stylegan2",
        f"{__name__}.generator:StyleGAN2Generator",
        summary="a learned constant, and convolutions whose weights a mapped latent modulates",
        paper=PAPER,
        revision=2,
    )


@hookimpl
def register_discriminators(register: Callable[..., None]) -> None:
    """Register the residual discriminator."""
    register(
        "stylegan2",
        f"{__name__}.discriminator:StyleGAN2Discriminator",
        summary="filtered strided convolutions, residual or plain, that see how much a minibatch varies",
        paper=PAPER,
        revision=2,
    )
