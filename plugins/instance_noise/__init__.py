"""The instance noise of arXiv:1610.04490."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """The noise on what the discriminator sees."""
    register(
        "instance-noise",
        f"{__name__}.noise:InstanceNoise",
        summary="Gaussian noise on all that D sees, fading to none",
        paper="arXiv:1610.04490",
    )
