"""Feature matching, of arXiv:1606.03498."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_losses(register: Callable[..., None]) -> None:
    """The generator's only aim."""
    register(
        "feature-matching",
        f"{__name__}.loss:FeatureMatching",
        summary="cross-entropy for the discriminator; the generator matches the mean features of real images",
        paper="arXiv:1606.03498",
    )


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """The same beside another loss."""
    register(
        "feature-matching",
        f"{__name__}.penalty:FeatureMatchingPenalty",
        summary="squared distance between the mean features of real and generated images",
        paper="arXiv:1606.03498",
    )
