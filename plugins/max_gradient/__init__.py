"""The maximum gradient penalty of arXiv:1902.05687."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """The penalty on the critic's steepest slope."""
    register(
        "max-gradient",
        f"{__name__}.penalty:MaxGradient",
        summary="the largest squared slope of D between real and fake images",
        paper="arXiv:1902.05687",
    )
