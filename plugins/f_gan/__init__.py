"""The family of losses of arXiv:1606.00709."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_losses(register: Callable[..., None]) -> None:
    """One loss, with a divergence to choose."""
    register(
        "f-gan",
        f"{__name__}.loss:FGAN",
        summary="the dual form of an f-divergence: KL, reverse KL, Pearson, Neyman, Hellinger, JS or total variation",
        paper="arXiv:1606.00709",
    )
