"""Adaptive discriminator augmentation of arXiv:2006.06676."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """What the discriminator is shown instead of every image."""
    register(
        "ada",
        f"{__name__}.augmentation:ADA",
        summary="augments what D sees as often as D's overfitting asks for",
        paper="arXiv:2006.06676",
    )
