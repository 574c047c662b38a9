"""Augmentation of all that the discriminator sees: ADA, APA, DiffAugment and instance noise."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """Register the augmentations."""
    register(
        "ada",
        f"{__name__}.ada:ADA",
        summary="Adaptive discriminator augmentation: as often as D's overfitting asks for",
        paper="arXiv:2006.06676",
    )
    register(
        "apa",
        f"{__name__}.apa:APA",
        summary="Adaptive pseudo augmentation: passes fakes off as real, as often as D's overfitting asks for",
        paper="arXiv:2111.06849",
    )
    register(
        "diffaugment",
        f"{__name__}.diffaugment:DiffAugment",
        summary="Differentiable augmentation: random colours, translation and cutout of all that D sees",
        paper="arXiv:2006.10738",
    )
    register(
        "instance-noise",
        f"{__name__}.instance_noise:InstanceNoise",
        summary="Instance noise: Gaussian noise on all that D sees, fading to none",
        paper="arXiv:1610.04490",
    )
