"""The relativistic losses of arXiv:1807.00734."""

from collections.abc import Callable

from ganzoo import hookimpl

PAPER = "arXiv:1807.00734"


@hookimpl
def register_losses(register: Callable[..., None]) -> None:
    """Both ways to compare what is said of real images with what is said of fakes."""
    register(
        "relativistic-pairing",
        f"{__name__}.pairing:RelativisticPairing",
        summary="the verdict on each real image against that on one fake: RSGAN, and the pairing of R3GAN",
        paper=PAPER,
    )
    register(
        "relativistic-average",
        f"{__name__}.average:RelativisticAverage",
        summary="each verdict against the mean of the other kind's: RaSGAN, RaLSGAN, RaHingeGAN",
        paper=PAPER,
    )
