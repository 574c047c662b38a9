"""Self-supervised tasks of the discriminator: rotation (SSGAN) and mutual information (InfoMax-GAN)."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """Register the tasks."""
    register(
        "infomax",
        f"{__name__}.infomax:InfoMax",
        summary="Contrastive mutual information (InfoNCE) of the places in D's maps and the features of their image",
        paper="arXiv:2007.04589",
    )
    register(
        "rotation",
        f"{__name__}.rotation:Rotation",
        revision=2,
        summary="Self-supervised rotation: D tells by how many right angles an image was turned",
        paper="arXiv:1811.11212",
    )
