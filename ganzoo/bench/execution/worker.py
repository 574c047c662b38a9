"""The process of a run, or of several; a fork of the nursery's on a CPU, otherwise
``python -c "from ganzoo.bench.execution.worker import main; main()" RUN_FOLDER...``.

A run has a process of its own, so that a crash or a lack of memory ends one run and not the bench; seeds of one
recipe may share it. It tells how they go in JSON lines on what was its standard output, each with the ``run``'s place
among the arguments; whatever else is printed goes to its standard error, which is the first run's log. It writes
checkpoints and leaves when it is told to (SIGTERM, SIGINT) or when its standard input closes, which is what
happens when the bench is killed.
"""

import faulthandler
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...interrupts import NUMBERS
from ...messages import logged_to, to_stderr
from ...storage.json_text import parse_json

if TYPE_CHECKING:
    from ..runs.ranks.others import Others

COMMAND = (
    "-P",
    "-c",
    "from ganzoo.bench.execution.worker import main; main()",
)  # of the interpreter, before the folders
STOPPED = 143
DUMP: int | None = getattr(signal, "SIGUSR1", None)  # has the stacks written; None where there is no such signal
LEAVING = "leaving"  # the kind of the event that answers a request to stop


class Channel:
    """Standard output as the executor reads it; what is printed goes to standard error from then on.

    Attributes:
        on_closed: called when nobody reads it any more.
        around: entered around each event that is told, which may take as long as nobody reads.
    """

    def __init__(self) -> None:
        self._file = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
        self._lock = threading.Lock()
        self.on_closed: Callable[[], None] = lambda: None
        self.around: Callable[[], AbstractContextManager[None]] = nullcontext
        os.dup2(2, 1)

    def tell(self, number: int, event: dict[str, Any]) -> None:
        """Tell an event of the run of this number; any thread may."""
        try:
            with self.around(), self._lock:
                self._file.write(json.dumps({"run": number, **event}) + "\n")
        except BrokenPipeError:
            self.on_closed()


class Stop:
    """A request to stop the runs, and an answer to it at once, whatever the runs are about.

    Args:
        answer: tells that it was heard; called in a thread of its own.
    """

    def __init__(self, answer: Callable[[], None]) -> None:
        self.asked = self._answered = False
        self._answer, self._lock = answer, threading.Lock()
        self._woken, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.signal(signal.SIGTERM, _noted)  # by which whoever started the process tells it to leave
        for number in NUMBERS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup is respected
                signal.signal(number, _noted)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        # Each waits by itself: no selector takes every kind of file, and on Windows none takes a pipe.
        for wait in (self._signalled, self._input_closed):
            threading.Thread(target=self._wait, args=(wait,), daemon=True).start()

    def ask(self) -> None:
        """Stop the runs."""
        self.asked = True

    def _wait(self, wait: Callable[[], None]) -> None:
        wait()
        with self._lock:
            answered, self._answered, self.asked = self._answered, True, True
        if not answered:
            self._answer()

    def _signalled(self) -> None:
        """Wait for one of the signals, which main threads hear only between two instructions."""
        while not set(os.read(self._woken, 4096)) & set(NUMBERS):
            pass

    @staticmethod
    def _input_closed() -> None:
        """Wait for the end of input."""
        with suppress(OSError):  # there is none
            while os.read(0, 4096):
                pass


def _noted(number: int, frame: Any) -> None:
    """Nothing: ``set_wakeup_fd`` has it."""


def main(folders: Sequence[Path] | None = None) -> None:
    """Play the runs of these folders; exits 0 with their results, 1 if one failed, 143 when stopped.

    Args:
        folders: of the runs; by default those that the command line names.
    """
    named = [Path(name) for name in sys.argv[1:]] if folders is None else folders
    folders = [folder.absolute() for folder in named]  # a part may change the working folder
    faulthandler.enable()
    if sys.platform != "win32" and DUMP is not None:  # without Python's lock, which may be what it hangs with
        faulthandler.register(DUMP, all_threads=True, chain=False)
    others = _fork_others(folders)
    channel = Channel()
    stop = Stop(lambda: channel.tell(0, {"kind": LEAVING}))
    channel.on_closed = stop.ask
    try:
        with logged_to(to_stderr):  # the first run's log
            for number in range(len(folders)):
                channel.tell(number, {"kind": "progress", "phase": "starting"})
            from .worker_runs import WorkerRuns

            code = WorkerRuns(folders, channel, stop, others).play()
    finally:
        if others is not None:
            others.close()
    sys.exit(code)


def _fork_others(folders: list[Path]) -> "Others | None":
    """Return the other ranks of a run that several processes play; now, as a fork must not share a thread or a GPU."""
    with suppress(OSError, ValueError):  # a run that cannot be read is complained of later
        held = parse_json((folders[0] / "run.json").read_bytes())
        count = held.get("ranks", 1) if isinstance(held, dict) else 1
        if isinstance(count, int) and count > 1:
            from ..runs.ranks.follow import follow
            from ..runs.ranks.others import Others

            return Others(folders[0], count, follow)
    return None
