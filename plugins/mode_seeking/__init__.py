"""The mode-seeking term of arXiv:1903.05628."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """The penalty on images that differ less than their latents."""
    register(
        "mode-seeking",
        f"{__name__}.penalty:ModeSeeking",
        summary="distant latents shall give distant images",
        paper="arXiv:1903.05628",
    )
