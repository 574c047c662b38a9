"""Regularizers of the generator: mode seeking, path length and top-k training."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """Register the regularizers."""
    register(
        "mode-seeking",
        f"{__name__}.mode_seeking:ModeSeeking",
        summary="Mode-seeking term: distant latents are to give distant images",
        paper="arXiv:1903.05628",
    )
    register(
        "path-length",
        f"{__name__}.path_length:PathLength",
        summary="Path length regularization: a step of the latent moves the image by one length, wherever it is taken",
        paper="arXiv:1912.04958",
    )
    register(
        "top-k",
        f"{__name__}.top_k:TopK",
        summary="Top-k training: the generator learns from the fakes with the best verdicts only",
        paper="arXiv:2002.06224",
    )
