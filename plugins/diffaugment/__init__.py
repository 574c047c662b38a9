"""Differentiable augmentation of arXiv:2006.10738."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """What the discriminator is shown instead of every image."""
    register(
        "diffaugment",
        f"{__name__}.augmentation:DiffAugment",
        summary="shows D every image, real or fake, with random colours, moved and partly covered",
        paper="arXiv:2006.10738",
    )
