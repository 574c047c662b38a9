"""The R1 penalty of arXiv:1801.04406."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """The penalty on the discriminator's slope at real images."""
    register(
        "r1",
        f"{__name__}.penalty:R1",
        summary="half the squared slope of the discriminator at real images",
        paper="arXiv:1801.04406",
    )
