"""Runs on the machines of a Ray cluster. Needs the extra ``ganzoo-core[ray]``."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_executors(register: Callable[..., None]) -> None:
    """Register the executor ``ray``."""
    register(
        "ray",
        f"{__name__}.executor:RayExecutor",
        summary="the machines of a Ray cluster, one run to a GPU; needs ganzoo-core[ray]",
        paper="arXiv:1712.05889",
    )
