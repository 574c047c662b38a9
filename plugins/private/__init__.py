"""Private training: gradients of single rows, clipped, with noise on their sum."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """Register what makes the discriminator's steps private."""
    register(
        "dp-sgd",
        f"{__name__}.dp_sgd:DPSGD",
        summary="Differential privacy: D's gradient is that of each row, clipped, with noise on the sum",
        paper="arXiv:1607.00133",
    )
