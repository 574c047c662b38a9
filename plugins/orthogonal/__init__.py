"""The orthogonal regularisation of arXiv:1609.07093 and arXiv:1809.11096."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """The penalty on filters that are not orthogonal."""
    register(
        "orthogonal",
        f"{__name__}.penalty:Orthogonal",
        summary="pulls the filters of each layer towards orthogonal ones",
        paper="arXiv:1809.11096",
    )
