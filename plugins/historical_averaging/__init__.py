"""The historical averaging of arXiv:1606.03498."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """The penalty on the distance from the past."""
    register(
        "historical-averaging",
        f"{__name__}.penalty:HistoricalAveraging",
        summary="holds the weights of both players near the mean of their past",
        paper="arXiv:1606.03498",
    )
