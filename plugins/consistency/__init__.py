"""Consistency regularization: verdicts that an augmentation, or a small change of the latent, leaves alone."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """Register the consistency terms."""
    register(
        "bcr",
        f"{__name__}.balanced:BalancedConsistency",
        summary="Balanced consistency regularization: D's verdict on any image is to outlast flips and shifts",
        paper="arXiv:2002.04724",
    )
    register(
        "consistency",
        f"{__name__}.consistency:Consistency",
        summary="Consistency regularization: D's verdict on a real image is to outlast flips and shifts",
        paper="arXiv:1910.12027",
    )
    register(
        "zcr",
        f"{__name__}.latent:LatentConsistency",
        summary="Latent consistency: where z changes a little, G's image is to change and D's verdict is not",
        paper="arXiv:2002.04724",
    )
