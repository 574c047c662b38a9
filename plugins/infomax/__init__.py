"""The contrastive mutual information of arXiv:2007.04589."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """Information between the parts of an image and the whole."""
    register(
        "infomax",
        f"{__name__}.contrast:InfoMax",
        summary="each place in D's maps is matched with the features of its own image among those of the batch",
        paper="arXiv:2007.04589",
    )
