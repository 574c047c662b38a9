"""The loss of arXiv:1702.08431 for continuous images."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_losses(register: Callable[..., None]) -> None:
    """Fakes on the boundary."""
    register(
        "boundary-seeking",
        f"{__name__}.loss:BoundarySeeking",
        summary="cross-entropy, and the generator puts its images where the discriminator cannot decide",
        paper="arXiv:1702.08431",
    )
