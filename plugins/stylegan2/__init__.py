"""The networks of StyleGAN2, arXiv:1912.04958, and the generator of StyleGAN3, arXiv:2106.12423."""

from collections.abc import Callable

from ganzoo import hookimpl

PAPER = "arXiv:1912.04958"
ALIAS_FREE = "arXiv:2106.12423"


@hookimpl
def register_generators(register: Callable[..., None]) -> None:
    """Register the generators, each of a mapping and a synthesis network."""
    register(
        "stylegan2",
        f"{__name__}.generator:StyleGAN2Generator",
        summary="a learned constant, and convolutions whose weights a mapped latent modulates",
        paper=PAPER,
        revision=2,
    )
    register(
        "stylegan3",
        f"{__name__}.stylegan3:StyleGAN3Generator",
        summary="sine waves on a plane that the style moves, and layers whose filters leave nothing to alias",
        paper=ALIAS_FREE,
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
