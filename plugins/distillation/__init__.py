"""Adversarial distillation: a student that a frozen teacher and a discriminator train, arXiv:2311.17042."""

from collections.abc import Callable

from ganzoo import hookimpl

PAPER = "arXiv:2311.17042"


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """Register the term of the teacher."""
    register(
        "distillation",
        f"{__name__}.distillation:Distillation",
        summary="the generator makes of each latent what a frozen teacher makes of it",
        paper=PAPER,
    )
