"""Penalties on the verdicts of the discriminator: drift and LeCam."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """Register the penalties."""
    register(
        "drift",
        f"{__name__}.drift:Drift",
        summary="Drift penalty: keeps the verdicts on real images near 0",
        paper="arXiv:1710.10196",
    )
    register(
        "lecam",
        f"{__name__}.lecam:LeCam",
        summary="LeCam regularization: pulls verdicts towards the running mean of those on the other kind",
        paper="arXiv:2104.03310",
    )
