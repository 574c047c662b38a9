"""MMD GAN, arXiv:1705.08584, and its repulsive loss, arXiv:1812.09916."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_losses(register: Callable[..., None]) -> None:
    """The maximum mean discrepancy in a learned space."""
    register(
        "mmd",
        f"{__name__}.loss:MMD",
        summary="the squared maximum mean discrepancy of learned projections; attractive or repulsive",
        paper="arXiv:1705.08584",
    )
