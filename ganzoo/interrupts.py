"""Interrupts: the signals that tell a process to stop, and the exception that they become."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

# Windows has no SIGHUP.
NUMBERS = tuple(number for number in signal.Signals if number.name in ("SIGINT", "SIGTERM", "SIGHUP"))


class Interrupted(KeyboardInterrupt):
    """A signal that told the process to stop; what was being done has been left in order.

    Attributes:
        signal: its number.
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.signal = number

    @property
    def exit_code(self) -> int:
        """128 and the signal's number, as a shell counts."""
        return 128 + self.signal


def raise_interrupted(number: int) -> None:
    """End what is being done.

    Raises:
        Interrupted: always.
    """
    raise Interrupted(number)


@contextmanager
def heard_by(hear: Callable[[int], None]) -> Iterator[None]:
    """Have the signals that tell a process to stop heard by a function, until the block ends.

    One that was ignored when the process began stays ignored, as ``nohup`` and a shell's background jobs have it.
    Outside the main thread, where Python allows no handlers, nothing changes.

    Args:
        hear: is given the signal's number; in the main thread, between two of its instructions.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {}
    try:
        for number in NUMBERS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, _handler(hear))
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _handler(hear: Callable[[int], None]) -> Callable[[int, Any], None]:
    return lambda number, frame: hear(number)
