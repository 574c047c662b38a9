"""Integral probability metrics as losses: kernel MMD, the energy distance (Cramer GAN) and Fisher GAN."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_losses(register: Callable[..., None]) -> None:
    """Register the losses."""
    register(
        "cramer",
        f"{__name__}.cramer:Cramer",
        summary="Energy distance between learned projections of real and fake images (Cramer GAN)",
        paper="arXiv:1705.10743",
    )
    register(
        "fisher",
        f"{__name__}.fisher:Fisher",
        summary="the difference of mean verdicts, whose second moments an augmented Lagrangian holds at 1",
        paper="arXiv:1705.09675",
    )
    register(
        "mmd",
        f"{__name__}.mmd:MMD",
        summary="Maximum mean discrepancy (MMD) of learned projections, squared; attractive or repulsive",
        paper="arXiv:1705.08584",
    )
