"""One program in a process group of its own: a limit on its time, and a log that cannot fill the disk."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

GRACE = 6.0  # seconds from being asked to stop to being killed
HEAD, TAIL = 4_000_000, 200_000  # bytes of a log that are kept
_PIECE = 65_536
_TICK = 0.05


@dataclass(frozen=True)
class Ended:
    """The end of a program.

    Attributes:
        code: its exit code, or minus the number of the signal that ended it; None where it could not be started.
        seconds: that it took.
        cut: ``time`` or ``interrupt`` where it was ended from outside, else empty.
        error: why it could not be started.
    """

    code: int | None
    seconds: float
    cut: str = ""
    error: str = ""


class Log:
    """A file that takes the first and the last of what is written to it.

    Args:
        path: of the file; what it holds is kept, and written after.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab")
        self._room = HEAD
        self._tail: deque[bytes] = deque()
        self._kept = self._dropped = 0

    def write(self, piece: bytes) -> None:
        """Take some bytes."""
        head, rest = piece[: self._room], piece[self._room :]
        if head:
            self._file.write(head)
            self._file.flush()
            self._room -= len(head)
        if rest:
            self._tail.append(rest)
            self._kept += len(rest)
        while self._kept > TAIL and len(self._tail) > 1:
            gone = len(self._tail.popleft())
            self._kept -= gone
            self._dropped += gone

    def close(self) -> None:
        """Write the last of it, and say how much is missing between."""
        if self._dropped:
            self._file.write(f"\n[... {self._dropped:,} bytes left out ...]\n".encode())
        self._file.write(b"".join(self._tail))
        self._file.close()


def _pump(source: int, log: Log) -> None:
    with contextlib.suppress(OSError):
        while piece := os.read(source, _PIECE):
            log.write(piece)
    log.close()


def _interruptible() -> None:
    # A shell's background job has SIGINT ignored, and would hand that down.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def run(
    words: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    log: Path,
    seconds: float,
    stdout: Path | None = None,
    stopped: Callable[[], bool] = lambda: False,
    grace: float = GRACE,
) -> Ended:
    """Run a program until it ends, its time is up, or ``stopped()``; none of its children outlives it.

    Args:
        words: the command.
        folder: in which it runs.
        environment: its variables.
        log: takes its output.
        seconds: after which it is interrupted, as by Ctrl-C; it is killed ``grace`` seconds later.
        stdout: takes its standard output in the log's stead.
        stopped: asked all the time.
        grace: see ``seconds``.
    """
    began = time.monotonic()
    source, sink = os.pipe()
    taking = Log(log)
    with contextlib.ExitStack() as stack:
        out = stack.enter_context(stdout.open("wb")) if stdout is not None else sink
        try:
            child = subprocess.Popen(
                words,
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=sink,
                start_new_session=True,
                preexec_fn=_interruptible,
            )
        except OSError as error:
            os.close(source)
            taking.close()
            return Ended(None, time.monotonic() - began, error=str(error))
        finally:
            os.close(sink)
    pump = threading.Thread(target=_pump, args=(source, taking), daemon=True)
    pump.start()
    cut = _waited(child, began + seconds, stopped)
    if cut:
        _tell_group(child.pid, signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(grace)
    _tell_group(child.pid, signal.SIGKILL)  # also what a program that ended by itself left behind
    code = child.wait()
    pump.join(1.0)  # a child in a session of its own may hold the pipe
    return Ended(code, time.monotonic() - began, cut)


def _waited(child: subprocess.Popen[bytes], until: float, stopped: Callable[[], bool]) -> str:
    """The reason to end it from outside; empty if it ended."""
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_TICK)
            return ""
        if stopped():
            return "interrupt"
        if time.monotonic() >= until:
            return "time"


def _tell_group(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
