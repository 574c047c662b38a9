"""The executor that plays on this machine."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_executors(register: Callable[..., None]) -> None:
    """Register the executor ``local``, which is the bench's own."""
    register(
        "local", "ganzoo.bench.execution.local:LocalExecutor", summary="processes on this machine, one to a GPU or core"
    )
