"""Adaptive pseudo augmentation of arXiv:2111.06849."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """Generated images among the real ones."""
    register(
        "apa",
        f"{__name__}.deception:APA",
        summary="passes fakes off as real, as often as D's overfitting asks for",
        paper="arXiv:2111.06849",
    )
