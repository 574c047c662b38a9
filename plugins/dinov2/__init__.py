"""DINOv2's vision transformers as extractors: a network of ganzoo's own that reads the published weights."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_extractors(register: Callable[..., None]) -> None:
    """Register the three sizes whose layers are alike."""
    for size, words in (("S", "small"), ("B", "base"), ("L", "large")):
        register(
            f"dinov2-vit-{size.lower()}-14",
            f"{__name__}.extractor:DINOv2Extractor",
            params={"model": size.lower()},
            summary=f"DINOv2's {words} vision transformer (ViT-{size}/14), trained without labels; no classes.",
            paper="arXiv:2304.07193",
        )
