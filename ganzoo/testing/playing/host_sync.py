"""Refuses turns that wait for the device, on any device."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from ...training.execution.host_sync import watched
from ..findings import ConformanceError


@contextmanager
def no_host_sync(parts: Mapping[str, object]) -> Iterator[None]:
    """Refuse host synchronisation inside the block; all of it is looked at before the refusal.

    Args:
        parts: see ``watched``.

    Raises:
        ConformanceError: with each line of code at fault, what it does and whose it is.
    """
    with watched(parts) as offences:
        yield
    if offences:
        raise ConformanceError("a turn must never wait for the device: " + "; ".join(offences))
