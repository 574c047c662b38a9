"""The networks of BigGAN and BigGAN-deep, arXiv:1809.11096."""

from collections.abc import Callable

from ganzoo import hookimpl

PAPER = "arXiv:1809.11096"


@hookimpl
def register_generators(register: Callable[..., None]) -> None:
    """Both generators."""
    register(
        "biggan",
        f"{__name__}.generator:BigGANGenerator",
        summary="residual blocks, each conditioned on a shared class embedding and its own part of the latent",
        paper=PAPER,
        revision=2,
    )
    register(
        "biggan-deep",
        f"{__name__}.deep_generator:BigGANDeepGenerator",
        summary="bottleneck blocks, two for each doubling, conditioned on the class embedding and the latent",
        paper=PAPER,
        revision=2,
    )


@hookimpl
def register_discriminators(register: Callable[..., None]) -> None:
    """Both discriminators."""
    register(
        "biggan",
        f"{__name__}.discriminator:BigGANDiscriminator",
        summary="residual blocks with self-attention and a projection of the label",
        paper=PAPER,
        revision=2,
    )
    register(
        "biggan-deep",
        f"{__name__}.deep_discriminator:BigGANDeepDiscriminator",
        summary="bottleneck blocks, two for each halving, with self-attention and a projection of the label",
        paper=PAPER,
        revision=2,
    )
