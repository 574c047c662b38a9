"""Discriminators that judge several images at once, of arXiv:1712.04086."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_discriminators(register: Callable[..., None]) -> None:
    """The discriminator of DCGAN on packs of images."""
    register(
        "pac-dcgan",
        f"{__name__}.discriminator:PacDCGANDiscriminator",
        summary="the DCGAN discriminator on packs of images, stacked along their channels",
        paper="arXiv:1712.04086",
    )
