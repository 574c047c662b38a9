"""Projected GANs: discriminators of a pretrained network's mixed features, arXiv:2111.01007."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_discriminators(register: Callable[..., None]) -> None:
    """Register the discriminator."""
    register(
        "projected",
        f"{__name__}.discriminator:ProjectedDiscriminator",
        summary="a small discriminator for each scale of a frozen pretrained network, whose features are mixed",
        paper="arXiv:2111.01007",
    )
