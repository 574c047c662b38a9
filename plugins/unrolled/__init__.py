"""Unrolled discriminators, of arXiv:1611.02163."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """The look ahead of the generator."""
    register(
        "unrolled",
        f"{__name__}.lookahead:Unrolled",
        summary="the generator faces the discriminator as it will be some steps later",
        paper="arXiv:1611.02163",
    )
