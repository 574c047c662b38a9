"""Runs shown by MLflow. Needs the extra ``ganzoo-core[mlflow]``."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_trackers(register: Callable[..., None]) -> None:
    """Register the tracker ``mlflow``."""
    register(
        "mlflow",
        f"{__name__}.tracker:MlflowTracker",
        summary="runs at an MLflow server or in its local store; needs ganzoo-core[mlflow]",
    )
