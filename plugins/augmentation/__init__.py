"""Augmentation of all that the discriminator sees: ADA, APA, DiffAugment and instance noise."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """Register the augmentations."""
    register(
        "ada",
        f"{__name__}.ada:ADA",
        summary="augments what D sees as often as D's overfitting asks for",
        paper="arXiv:2006.06676",
    )
    register(
        "apa",
        f"{__name__}.apa:APA",
        summary="passes fakes off as real, as often as D's overfitting asks for",
        paper="arXiv:2111.06849",
    )
    register(
        "diffaugment",
        f"{__name__}.diffaugment:DiffAugment",
        summary="shows D every image, real or fake, with random colours, moved and partly covered",
        paper="arXiv:2006.10738",
    )
    register(
        "instance-noise",
        f"{__name__}.instance_noise:InstanceNoise",
        summary="Gaussian noise on all that D sees, fading to none",
        paper="arXiv:1610.04490",
    )
