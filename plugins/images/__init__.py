"""The modalities of images and of points."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_modalities(register: Callable[..., None]) -> None:
    """Both modalities."""
    register("images", f"{__name__}.images:ImageModality", summary="grey or RGB images of any size, 8 bits")
    register("points", f"{__name__}.points:PointModality", summary="points of any number of coordinates")
