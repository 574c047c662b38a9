"""The self-supervision of arXiv:1811.11212."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """How far an image was turned."""
    register(
        "rotation",
        f"{__name__}.rotation:Rotation",
        summary="D tells by how many right angles an image was turned, of real ones and, for G, of fakes",
        paper="arXiv:1811.11212",
    )
