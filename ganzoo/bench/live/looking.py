"""Lines on how far a look at the real samples is, where that takes long."""

import logging
import time
from collections.abc import Callable

from ..results.formats import clock

FIRST, EVERY = 20.0, 60.0  # seconds until the first line, and between two

_log = logging.getLogger(__name__)


def looking_at(what: str, n: int, now: Callable[[], float] = time.monotonic) -> Callable[[int], None]:
    """Return what is told how many samples were seen, and logs a line of it now and then.

    A network that sees 50,000 images on a CPU may take half an hour, once, before anything is trained.

    Args:
        what: is seen, such as ``the real images``.
        n: how many there are.
        now: a clock, in seconds.
    """
    start = now()
    due = start + FIRST

    def tick(seen: int) -> None:
        nonlocal due
        at = now()
        if at < due or not 0 < seen < n:
            return
        due = at + EVERY
        left = clock((at - start) / seen * (n - seen))
        _log.info(
            f"{what}: the extractor has seen {seen:,} of {n:,}, {left} left; its numbers are kept, so this is once"
        )

    return tick
