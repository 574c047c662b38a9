"""Feature matching and output matching: the generator matches what D gives for real images."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_losses(register: Callable[..., None]) -> None:
    """Register the losses."""
    register(
        "feature-matching",
        f"{__name__}.feature_matching:FeatureMatching",
        summary="Feature matching: cross-entropy for D; G matches the mean features of real images",
        paper="arXiv:1606.03498",
    )
    register(
        "output-matching",
        f"{__name__}.output_matching:OutputMatching",
        summary="Output matching: least squares, and G's target is D's verdict on real images",
        paper="arXiv:1606.03498",
    )


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """Register feature matching beside another loss."""
    register(
        "feature-matching",
        f"{__name__}.feature_penalty:FeatureMatchingPenalty",
        summary="Feature matching beside another loss: squared distance between mean features of real and fake",
        paper="arXiv:1606.03498",
    )
