"""The zero-centred gradient penalty of arXiv:1902.03984."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """The penalty on the discriminator's slope between real and fake."""
    register(
        "zero-centred",
        f"{__name__}.penalty:ZeroCentred",
        summary="the squared slope of D between real and fake images",
        paper="arXiv:1902.03984",
    )
