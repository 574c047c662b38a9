"""Cramer GAN, arXiv:1705.10743."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_losses(register: Callable[..., None]) -> None:
    """The energy distance of learned projections."""
    register(
        "cramer",
        f"{__name__}.loss:Cramer",
        summary="the energy distance between learned projections of real and fake images",
        paper="arXiv:1705.10743",
    )
