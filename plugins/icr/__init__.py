"""Latent consistency regularization of arXiv:2002.04724; with ``bcr`` beside it, improved consistency (ICR)."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """Two penalties on a small change of the latent."""
    register(
        "zcr",
        f"{__name__}.latent:LatentConsistency",
        summary="where z changes a little, G's image is to change and D's verdict is not",
        paper="arXiv:2002.04724",
    )
