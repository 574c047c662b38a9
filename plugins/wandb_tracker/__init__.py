"""Runs shown by Weights & Biases. Needs the extra ``ganzoo-core[wandb]``."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_trackers(register: Callable[..., None]) -> None:
    """Register the tracker ``wandb``."""
    register(
        "wandb",
        f"{__name__}.tracker:WandbTracker",
        summary="runs at Weights & Biases, or offline for it; needs ganzoo-core[wandb]",
    )
