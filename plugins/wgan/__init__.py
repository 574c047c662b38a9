"""The loss and the weight clipping of arXiv:1701.07875."""

from collections.abc import Callable

from ganzoo import hookimpl

PAPER = "arXiv:1701.07875"


@hookimpl
def register_losses(register: Callable[..., None]) -> None:
    """The difference of the critic's means."""
    register(
        "wasserstein",
        f"{__name__}.loss:Wasserstein",
        summary="the critic's mean on fake images less its mean on real ones",
        paper=PAPER,
    )


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """The bound on the critic's weights."""
    register(
        "weight-clipping",
        f"{__name__}.clipping:WeightClipping",
        summary="keeps every parameter of the critic in a small box",
        paper=PAPER,
    )
