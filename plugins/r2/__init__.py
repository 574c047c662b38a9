"""The R2 penalty of arXiv:1801.04406."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """The penalty on the discriminator's slope at fakes."""
    register(
        "r2",
        f"{__name__}.penalty:R2",
        summary="half the squared slope of the discriminator at fakes",
        paper="arXiv:1801.04406",
    )
