"""The transformers of GAT, arXiv:2509.24935."""

from collections.abc import Callable

from ganzoo import hookimpl

PAPER = "arXiv:2509.24935"


@hookimpl
def register_generators(register: Callable[..., None]) -> None:
    """Register the generator."""
    register(
        "gat",
        f"{__name__}.generator:GATGenerator",
        summary="a transformer over patches, whose tokens the latent scales, with an image at several depths",
        paper=PAPER,
    )


@hookimpl
def register_discriminators(register: Callable[..., None]) -> None:
    """Register the discriminator."""
    register(
        "gat",
        f"{__name__}.discriminator:GATDiscriminator",
        summary="a transformer over patches of an image, or of its levels, whose class token is the verdict",
        paper=PAPER,
    )


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """Register the levels of noise."""
    register(
        "multi-level-noise",
        f"{__name__}.multi_level_noise:MultiLevelNoise",
        summary="Multi-level noise-perturbed guidance: D sees what each depth of G makes, the early ones in noise",
        paper=PAPER,
    )
