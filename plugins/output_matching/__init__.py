"""A loss in which the generator imitates the verdict on real images."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_losses(register: Callable[..., None]) -> None:
    """Least squares for both, with moving targets for one."""
    register(
        "output-matching",
        f"{__name__}.loss:OutputMatching",
        summary="least squares, and the generator's target is what the discriminator says of real images",
        paper="arXiv:1606.03498",
    )
