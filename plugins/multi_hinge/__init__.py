"""The multi-hinge loss of arXiv:1912.04216."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_losses(register: Callable[..., None]) -> None:
    """The hinge loss of a discriminator that tells K classes and fakes apart."""
    register(
        "multi-hinge",
        f"{__name__}.loss:MultiHinge",
        summary="one classifier of the K classes and of fakes keeps a margin between the right one and the next",
        paper="arXiv:1912.04216",
    )
