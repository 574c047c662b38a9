"""The drift penalty of arXiv:1710.10196."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """The penalty on the size of the critic's verdicts."""
    register(
        "drift",
        f"{__name__}.penalty:Drift",
        summary="keeps the verdicts on real images near 0",
        paper="arXiv:1710.10196",
    )
