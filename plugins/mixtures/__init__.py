"""Gaussian mixtures in the plane, as data whose modes are known, and the extractors that know them."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_datasets(register: Callable[..., None]) -> None:
    """Both datasets."""
    register(
        "ring",
        f"{__name__}.dataset:Ring",
        summary="100,000 points of 8 Gaussians on a circle",
        paper="arXiv:1705.07761",
    )
    register(
        "grid",
        f"{__name__}.dataset:Grid",
        summary="100,000 points of 25 Gaussians on a grid",
        paper="arXiv:1705.07761",
    )


@hookimpl
def register_extractors(register: Callable[..., None]) -> None:
    """Both extractors."""
    register(
        "ring",
        f"{__name__}.extractor:RingExtractor",
        summary="the points of ring themselves, and which Gaussian each belongs to",
    )
    register(
        "grid",
        f"{__name__}.extractor:GridExtractor",
        summary="the points of grid themselves, and which Gaussian each belongs to",
    )
