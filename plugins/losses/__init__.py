"""The losses that any discriminator with logits can play."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_losses(register: Callable[..., None]) -> None:
    """The two losses of the first paper, least squares and hinge."""
    register(
        "minimax",
        f"{__name__}.cross_entropy:Minimax",
        summary="cross-entropy, and the generator descends log(1 - D); it saturates",
        paper="arXiv:1406.2661",
    )
    register(
        "non-saturating",
        f"{__name__}.cross_entropy:NonSaturating",
        summary="cross-entropy, and the generator ascends log D",
        paper="arXiv:1406.2661",
    )
    register(
        "least-squares",
        f"{__name__}.least_squares:LeastSquares",
        summary="half the squared distance of the verdicts from target values",
        paper="arXiv:1611.04076",
    )
    register(
        "hinge",
        f"{__name__}.hinge:Hinge",
        summary="the discriminator keeps a margin, the generator raises its mean verdict",
        paper="arXiv:1705.02894",
    )
