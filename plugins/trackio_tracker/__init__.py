"""Runs shown by Trackio. Needs the extra ``ganzoo-core[trackio]``."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_trackers(register: Callable[..., None]) -> None:
    """Register the tracker ``trackio``."""
    register(
        "trackio",
        f"{__name__}.tracker:TrackioTracker",
        summary="runs in Trackio, on this machine or in a Space; needs ganzoo-core[trackio]",
    )
