"""Consistency regularization of arXiv:1910.12027."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """The penalty on verdicts that change with the augmentation."""
    register(
        "consistency",
        f"{__name__}.penalty:Consistency",
        summary="D is to say the same of a real image and of the image mirrored and moved",
        paper="arXiv:1910.12027",
    )
