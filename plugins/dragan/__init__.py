"""The gradient penalty of arXiv:1705.07215."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """The penalty on the discriminator's slope near real images."""
    register(
        "dragan",
        f"{__name__}.penalty:DRAGAN",
        summary="pulls the slope of D towards 1 around real images",
        paper="arXiv:1705.07215",
    )
