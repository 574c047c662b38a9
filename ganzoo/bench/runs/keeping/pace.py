"""The times of a run's checkpoints."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

FIRST_SECONDS = 1.0
SHARE = 10  # times as long as the last one took to write


class CheckpointPace:
    """Checkpoints come close together at first, so that a run that diverges early leaves one of before that.

    The time to the next is doubled with each, up to the one that the run asks for. While it is shorter, it is at least
    ten times as long as it took to write the last one.

    Args:
        seconds: between two checkpoints, in the long run.

    Attributes:
        next: ``time.monotonic()`` at which one is due.
    """

    def __init__(self, seconds: float) -> None:
        self._most, self._interval = seconds, min(FIRST_SECONDS, seconds)
        self.next = time.monotonic() + self._interval

    def resumed(self) -> None:
        """Go on with a run that has a checkpoint: the next is due when the run asks for it."""
        self._interval = self._most
        self.next = time.monotonic() + self._interval

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Around the writing of one."""
        began = time.monotonic()
        yield
        now = time.monotonic()
        self.next = now + min(self._most, max(self._interval, SHARE * (now - began)))
        self._interval = min(self._most, 2 * self._interval)
