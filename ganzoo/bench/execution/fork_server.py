"""The fork server, from which runs on a CPU start: one process that has imported what all of them need, and forks.

Importing torch and what its optimizers need costs each process some seconds, which a bench of many short runs pays
many times over; a fork of a process that has paid them costs some milliseconds, and shares its memory.

The two ends talk over a socket that keeps the bounds of messages. The bench sends ``{"id", "folders"}`` with three
open files, which become standard input, output and error of a fork that plays the runs of these folders; it hears
``{"id", "pid"}`` and, when the fork has ended, ``{"id", "code"}``, negative for a signal. When the bench has gone, so
does the nursery; the runs notice by their standard input.

Only for runs on a CPU: whether a GPU may be used in a fork depends on what was asked of its driver before.
"""

import gc
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

MOST_BYTES = 1 << 17  # of a message


class Child:
    """A process of a run or of several, as the bench sees it; what is used of ``subprocess.Popen``.

    Attributes:
        stdin: open as long as it shall play.
        stdout: what it tells.
        returncode: once it has ended, negative for a signal; None before.
    """

    def __init__(self, stdin: IO[bytes], stdout: IO[bytes]) -> None:
        self.stdin, self.stdout = stdin, stdout
        self.returncode: int | None = None
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._pid: int | None = None
        self._waiting: int | None = None  # a signal for a process that is still to start

    def began(self, pid: int) -> None:
        """Take note that it runs, under this number."""
        with self._lock:
            self._pid = pid
        if self._waiting is not None:
            self.send_signal(self._waiting)

    def ended(self, code: int) -> None:
        """Take note that it runs no longer."""
        with self._lock:
            self.returncode = code
        self._ended.set()

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
            if self._pid is None:
                self._waiting = number
            elif self.returncode is None:
                with suppress(ProcessLookupError):  # it has just ended, and that is on its way here
                    os.kill(self._pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


class ForkServer:
    """The process that forks those of the runs; started at once, ready some seconds later.

    Args:
        environment: of the process and of its forks.
        log: takes what it may have to say.
    """

    def __init__(self, environment: Mapping[str, str], log: IO[bytes]) -> None:
        self._socket, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with far:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-P",
                    "-c",
                    f"from ganzoo.bench.execution.fork_server import main; main({far.fileno()})",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(environment),
                pass_fds=[far.fileno()],
                start_new_session=True,  # so that Ctrl-C reaches the bench alone
            )
        self._children: dict[int, Child] = {}
        self._lock = threading.Lock()
        self._gone = False
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def alive(self) -> bool:
        """Whether it can start anything more."""
        return not self._gone

    def start(self, folders: Sequence[str], log: IO[bytes]) -> Child:
        """Start a process that plays the runs of these folders; its standard error goes to ``log``."""
        his_input, our_input = os.pipe()
        our_output, his_output = os.pipe()
        child = Child(os.fdopen(our_input, "wb", buffering=0), os.fdopen(our_output, "rb"))
        with self._lock:
            number = len(self._children)
            self._children[number] = child
        message = json.dumps({"id": number, "folders": list(folders)}).encode()
        try:
            socket.send_fds(self._socket, [message], [his_input, his_output, log.fileno()])
        except OSError:  # it has just died
            self._lost(child)
        finally:
            os.close(his_input)
            os.close(his_output)
        return child

    def close(self) -> None:
        """Let it go. What it has started goes on until its standard input closes."""
        with suppress(OSError):  # it went by itself
            self._socket.shutdown(socket.SHUT_RDWR)
        self._process.wait()

    def _listen(self) -> None:
        while True:
            try:
                packet = self._socket.recv(MOST_BYTES)
            except OSError:
                packet = b""
            if not packet:
                break
            heard = json.loads(packet)
            with self._lock:
                child = self._children[heard["id"]]
            if "pid" in heard:
                child.began(heard["pid"])
            else:
                child.ended(heard["code"])
        self._gone = True
        self._socket.close()
        with self._lock:
            lost = [child for child in self._children.values() if child.poll() is None]
        for child in lost:
            self._lost(child)

    @staticmethod
    def _lost(child: Child) -> None:
        """Nobody will say how it ends: it is told to leave, and counts as killed."""
        child.kill()
        child.ended(-signal.SIGKILL)


def main(number: int) -> None:
    """Be the nursery, at the socket of this number; it ends when the other end does."""
    _prepare()
    with socket.socket(fileno=number) as bench:
        _serve(bench)
    os._exit(0)  # what it imported takes a second to take down in order


def _prepare() -> None:
    """Import what every run needs, and nothing of a plugin: what that does when imported is its runs' own affair."""
    from ...backend.internals import load_compiler
    from ...metrics import Evaluator  # noqa: F401
    from . import worker  # noqa: F401
    from .interleaved import InterleavedRuns  # noqa: F401

    load_compiler()
    gc.collect()
    gc.freeze()  # a collection in a fork would touch, and so copy, the pages that it shares


def _serve(bench: socket.socket) -> None:
    playing: dict[int, int] = {}  # the request's id by pid
    woken, wake = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    with selectors.DefaultSelector() as selector:
        selector.register(bench, selectors.EVENT_READ)
        selector.register(woken, selectors.EVENT_READ)
        while True:
            ready = {key.fileobj for key, _ in selector.select()}
            if woken in ready:
                os.read(woken, 4096)
            for pid, code in _ended(playing):
                _tell(bench, {"id": playing.pop(pid), "code": code})
            if bench in ready:
                message, files, _, _ = socket.recv_fds(bench, MOST_BYTES, 3)
                if not message:
                    return
                request = json.loads(message)
                pid = os.fork()
                if not pid:
                    selector.close()
                    signal.set_wakeup_fd(-1)
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    for one in (woken, wake, bench.detach()):
                        os.close(one)
                    _play(request["folders"], files)
                for one in files:
                    os.close(one)
                playing[pid] = request["id"]
                _tell(bench, {"id": request["id"], "pid": pid})


def _ended(playing: Mapping[int, int]) -> list[tuple[int, int]]:
    """Return the processes among these that have ended, and their codes."""
    codes = []
    for pid in playing:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            codes.append((pid, os.waitstatus_to_exitcode(status)))
    return codes


def _tell(bench: socket.socket, message: Mapping[str, Any]) -> None:
    with suppress(OSError):  # it has gone; the next look at the socket says so
        bench.send(json.dumps(message).encode())


def _play(folders: Sequence[str], files: Sequence[int]) -> None:
    """In the fork: play the runs, and end."""
    from . import worker

    code = 1
    try:
        os.setsid()
        for place, file in enumerate(files):
            os.dup2(file, place)
            os.close(file)
        worker.main([Path(folder) for folder in folders])
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)  # not through what the nursery would do at its own end
