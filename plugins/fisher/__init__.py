"""Fisher GAN, arXiv:1705.09675."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_losses(register: Callable[..., None]) -> None:
    """The difference of means under a constraint on second moments."""
    register(
        "fisher",
        f"{__name__}.loss:Fisher",
        summary="the difference of mean verdicts, whose second moments an augmented Lagrangian holds at 1",
        paper="arXiv:1705.09675",
    )
