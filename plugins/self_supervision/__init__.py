"""Self-supervised tasks of the discriminator: rotation (SSGAN) and mutual information (InfoMax-GAN)."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """Register the tasks."""
    register(
        "infomax",
        f"{__name__}.infomax:InfoMax",
        summary="each place in D's maps is matched with the features of its own image among those of the batch",
        paper="arXiv:2007.04589",
    )
    register(
        "rotation",
        f"{__name__}.rotation:Rotation",
        summary="D tells by how many right angles an image was turned, of real ones and, for G, of fakes",
        paper="arXiv:1811.11212",
    )
