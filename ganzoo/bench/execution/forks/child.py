"""A process of a run or of several that the fork server has forked, as the bench sees it."""

import os
import signal
import sys
import threading
from contextlib import suppress
from typing import IO

LOST = 256  # the code of one whose server is gone: how it ended, nobody knows


class Child:
    """A fork of the server; what is used of ``subprocess.Popen``.

    The server tells how it ended. Where the server is gone, the fork plays on, and has ended when what it tells does.

    Attributes:
        stdin: open as long as it shall play.
        stdout: what it tells.
        returncode: once it has ended, negative for a signal, ``LOST`` where nobody knows; None before.
        pid: its number once it has started.
    """

    def __init__(self, stdin: IO[bytes], stdout: IO[bytes]) -> None:
        self.stdin, self.stdout = stdin, stdout
        self.returncode: int | None = None
        self.pid: int | None = None
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._waiting: list[int] = []  # signals for a process that is still to start
        self._silent = self._orphaned = False

    def began(self, pid: int) -> None:
        """Take note that it runs, under this number."""
        with self._lock:
            self.pid = pid
        for number in self._waiting:
            self.send_signal(number)

    def ended(self, code: int) -> None:
        """Take note that it runs no longer."""
        with self._lock:
            if self.returncode is None:
                self.returncode = code
        self._ended.set()

    def silent(self) -> None:
        """Take note that it has closed what it tells."""
        self._silent = True
        if self._orphaned:
            self.ended(LOST)

    def orphaned(self) -> None:
        """Take note that its server is gone."""
        self._orphaned = True
        if self._silent:
            self.ended(LOST)

    def poll(self) -> int | None:
        """``returncode``."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait until it has ended, or for so many seconds; gives ``returncode``."""
        self._ended.wait(timeout)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal; nothing happens to one that has ended, and one that is to start gets it then."""
        with self._lock:
            if self.pid is None:
                self._waiting += [number] * (number not in self._waiting)
            elif self.returncode is None:
                signal_group(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


def signal_group(pid: int, number: int) -> None:
    """Send a signal to a process; SIGKILL and SIGCONT to all processes that it leads.

    Those two a process cannot pass on: so no rank of a run, and no process that a plugin started, stays behind.
    """
    with suppress(ProcessLookupError):  # it has just ended, and that is on its way here
        if sys.platform != "win32" and number in (signal.SIGKILL, signal.SIGCONT):
            with suppress(ProcessLookupError):  # it leads none yet
                os.killpg(pid, number)
                return
        os.kill(pid, number)
