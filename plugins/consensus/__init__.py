"""Consensus optimisation, of arXiv:1705.10461."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """The penalty on both players' gradients."""
    register(
        "consensus",
        f"{__name__}.penalty:Consensus",
        summary="both players flatten the squared gradients of both losses",
        paper="arXiv:1705.10461",
    )
