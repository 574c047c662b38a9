"""Denoising diffusion GAN: few large steps from noise to data, each of them a conditional GAN, arXiv:2112.07804."""

from collections.abc import Callable

from ganzoo import hookimpl

PAPER = "arXiv:2112.07804"


@hookimpl
def register_generators(register: Callable[..., None]) -> None:
    """Register the generator of steps."""
    register(
        "denoiser",
        f"{__name__}.denoiser:Denoiser",
        summary="residual dense layers that make a sample in a few steps out of noise",
        paper=PAPER,
    )


@hookimpl
def register_discriminators(register: Callable[..., None]) -> None:
    """Register the discriminator of steps."""
    register(
        "step-critic",
        f"{__name__}.step_critic:StepCritic",
        summary="residual dense layers that judge a sample beside the noisier one before it",
        paper=PAPER,
    )


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """Register what makes the game one of steps."""
    register(
        "noised-pairs",
        f"{__name__}.noised_pairs:NoisedPairs",
        summary="both players see neighbours of a diffusion in place of samples",
        paper=PAPER,
    )
