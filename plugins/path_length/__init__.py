"""The path length penalty of arXiv:1912.04958."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """The penalty on how unevenly the generator stretches its latents."""
    register(
        "path-length",
        f"{__name__}.penalty:PathLength",
        summary="a step of the latent moves the image by one length, wherever and whereto it is taken",
        paper="arXiv:1912.04958",
    )
