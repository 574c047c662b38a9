"""Lines on how far a long reading is."""

import logging
import time

_log = logging.getLogger(__name__)

_SECONDS_BETWEEN_REPORTS = 5.0


class Progress:
    """Tells every few seconds how many images are read.

    Args:
        where: what they lie in.
        n: how many there are.
        done: what was done with those that are, in a word.
    """

    def __init__(self, where: str, n: int, done: str = "decoded") -> None:
        self._where, self._n, self._done = where, n, done
        self._told = time.monotonic()

    def at(self, index: int) -> None:
        """Note that so many are read."""
        if time.monotonic() - self._told > _SECONDS_BETWEEN_REPORTS:
            self._told = time.monotonic()
            _log.info(f"{self._where}: {self._done} {index:,} of {self._n:,} images")
