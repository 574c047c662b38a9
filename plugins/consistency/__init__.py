"""Consistency regularization: verdicts that an augmentation, or a small change of the latent, leaves alone."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """Register the consistency terms."""
    register(
        "bcr",
        f"{__name__}.balanced:BalancedConsistency",
        summary="D is to say the same of an image, real or fake, and of the image mirrored and moved",
        paper="arXiv:2002.04724",
    )
    register(
        "consistency",
        f"{__name__}.consistency:Consistency",
        summary="D is to say the same of a real image and of the image mirrored and moved",
        paper="arXiv:1910.12027",
    )
    register(
        "zcr",
        f"{__name__}.latent:LatentConsistency",
        summary="where z changes a little, G's image is to change and D's verdict is not",
        paper="arXiv:2002.04724",
    )
