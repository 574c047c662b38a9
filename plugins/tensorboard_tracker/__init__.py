"""Runs as event files for TensorBoard. Needs the extra ``ganzoo-core[tensorboard]``."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_trackers(register: Callable[..., None]) -> None:
    """Register the tracker ``tensorboard``."""
    register(
        "tensorboard",
        f"{__name__}.tracker:TensorBoardTracker",
        summary="event files for TensorBoard in each run's folder; needs ganzoo-core[tensorboard]",
    )
