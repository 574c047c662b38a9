"""The dense networks with which it began, arXiv:1406.2661."""

from collections.abc import Callable

from ganzoo import hookimpl

PAPER = "arXiv:1406.2661"


@hookimpl
def register_generators(register: Callable[..., None]) -> None:
    """Register the dense generator."""
    register(
        "mlp",
        f"{__name__}.generator:MLPGenerator",
        summary="dense layers, for images of any size",
        paper=PAPER,
    )


@hookimpl
def register_discriminators(register: Callable[..., None]) -> None:
    """Register the dense discriminator."""
    register(
        "mlp",
        f"{__name__}.discriminator:MLPDiscriminator",
        summary="dense layers with maxout or another activation, for images of any size",
        paper=PAPER,
    )
