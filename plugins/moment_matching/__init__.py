"""Feature matching and output matching: the generator matches what D gives for real images."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_losses(register: Callable[..., None]) -> None:
    """Register the losses."""
    register(
        "feature-matching",
        f"{__name__}.feature_matching:FeatureMatching",
        summary="cross-entropy for the discriminator; the generator matches the mean features of real images",
        paper="arXiv:1606.03498",
    )
    register(
        "output-matching",
        f"{__name__}.output_matching:OutputMatching",
        summary="least squares, and the generator's target is what the discriminator says of real images",
        paper="arXiv:1606.03498",
    )


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """Register feature matching beside another loss."""
    register(
        "feature-matching",
        f"{__name__}.feature_penalty:FeatureMatchingPenalty",
        summary="squared distance between the mean features of real and generated images",
        paper="arXiv:1606.03498",
    )
