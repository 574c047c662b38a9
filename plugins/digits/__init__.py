"""1,797 real handwritten digits of 8x8 pixels that come with the package, and the extractor that judges them."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_datasets(register: Callable[..., None]) -> None:
    """Register the dataset."""
    register(
        "digits",
        f"{__name__}.dataset:Digits",
        summary="1,797 handwritten digits, 8x8 grey, shipped with the package",
        paper="UCI Optical Recognition of Handwritten Digits (E. Alpaydin, C. Kaynak, 1998), CC BY 4.0",
    )


@hookimpl
def register_extractors(register: Callable[..., None]) -> None:
    """Register the extractor."""
    register(
        "digits",
        f"{__name__}.extractor:DigitsExtractor",
        summary="a small classifier of the 8x8 digits, shipped with the package",
    )
