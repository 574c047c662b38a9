"""Balanced consistency regularization of arXiv:2002.04724."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """The penalty on verdicts that change with the augmentation, of real and of fake."""
    register(
        "bcr",
        f"{__name__}.penalty:BalancedConsistency",
        summary="D is to say the same of an image, real or fake, and of the image mirrored and moved",
        paper="arXiv:2002.04724",
    )
