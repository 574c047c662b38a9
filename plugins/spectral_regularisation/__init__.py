"""The spectral norm regularisation of arXiv:1705.10941."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """The penalty on the largest singular values of the weights."""
    register(
        "spectral-regularisation",
        f"{__name__}.penalty:SpectralRegularisation",
        summary="half the squared largest singular value of each weight",
        paper="arXiv:1705.10941",
    )
