"""The fork server, from which runs on a CPU start: one process that has imported what all of them need, and forks.

Importing torch and what its optimizers need costs each process some seconds, which a bench of many short runs pays
many times over; a fork of a process that has paid them costs some milliseconds, and shares its memory.

This is the bench's end of it, and ``forking`` the other. They talk over a socket that keeps the bounds of messages.
The bench sends ``{"id", "folders"}`` with three open files, which become standard input, output and error of a fork
that plays the runs of these folders; it hears ``{"id", "pid"}`` and, when the fork has ended, ``{"id", "code"}``,
negative for a signal. When the bench has gone, so does the server; the runs notice by their standard input. When the
server has gone, the runs play on.

Only for runs on a CPU: whether a GPU may be used in a fork depends on what was asked of its driver before.
"""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO

from .child import Child
from .forking import MOST_BYTES

LEAVE_SECONDS = 2.0  # for the server to notice that the bench has gone


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
                    f"from ganzoo.bench.execution.forks.forking import main; main({far.fileno()})",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(environment),
                pass_fds=[far.fileno()],
                start_new_session=True,  # so that Ctrl-C reaches the bench alone
            )
        self._children: dict[int, Child] = {}  # that play, by the request's number
        self._number = 0
        self._lock = threading.Lock()
        self._gone = False
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def alive(self) -> bool:
        """True while it can start processes."""
        return not self._gone

    def start(self, folders: Sequence[str], log: IO[bytes]) -> Child:
        """Start a process that plays the runs of these folders; its standard error goes to ``log``."""
        his_input, our_input = os.pipe()
        our_output, his_output = os.pipe()
        child = Child(os.fdopen(our_input, "wb", buffering=0), os.fdopen(our_output, "rb"))
        with self._lock:
            self._number += 1
            number = self._number
            self._children[number] = child
        message = json.dumps({"id": number, "folders": list(folders)}).encode()
        try:
            socket.send_fds(self._socket, [message], [his_input, his_output, log.fileno()])
        except OSError:  # it has just died
            child.orphaned()
        finally:
            os.close(his_input)
            os.close(his_output)
        return child

    def close(self) -> None:
        """Let it go. What it has started goes on until its standard input closes."""
        with suppress(OSError):  # it went by itself
            self._socket.shutdown(socket.SHUT_RDWR)
        try:
            self._process.wait(LEAVE_SECONDS)
        except subprocess.TimeoutExpired:  # it still imports, or is frozen
            self._process.kill()
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
                child = self._children[heard["id"]] if "pid" in heard else self._children.pop(heard["id"])
            if "pid" in heard:
                child.began(heard["pid"])
            else:
                child.ended(heard["code"])
        self._gone = True
        self._socket.close()
        with self._lock:
            left = list(self._children.values())
        for child in left:
            child.orphaned()
