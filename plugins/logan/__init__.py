"""Latent optimisation, of arXiv:1912.00953."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """The step of the latents towards a better verdict."""
    register(
        "latent-optimisation",
        f"{__name__}.step:LatentOptimisation",
        summary="moves each latent a step towards a better verdict before either player looks",
        paper="arXiv:1912.00953",
    )
