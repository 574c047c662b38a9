"""The loss of arXiv:1704.06191."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_losses(register: Callable[..., None]) -> None:
    """Cross-entropy over a batch."""
    register(
        "softmax-gan",
        f"{__name__}.loss:SoftmaxGAN",
        summary="a softmax over the whole batch: D puts all mass on real images, G spreads it evenly",
        paper="arXiv:1704.06191",
    )
