"""The networks of FastGAN, arXiv:2101.04775."""

from collections.abc import Callable

from ganzoo import hookimpl

PAPER = "arXiv:2101.04775"


@hookimpl
def register_generators(register: Callable[..., None]) -> None:
    """Register the generator."""
    register(
        "fastgan",
        f"{__name__}.generator:FastGANGenerator",
        summary="gated linear units, and channels of large maps excited by small ones (skip-layer excitation)",
        paper=PAPER,
    )
