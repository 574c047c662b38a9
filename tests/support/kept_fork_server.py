"""A fork server for all benches that a test process plays: it imports torch once, which each would import again.

Each bench still has a server of its own: a fork of the one that is kept, with the variables, the folder and the paths
of modules that its own process would have had. One is kept for each setting of the variables that a process reads while
it starts. ``tests/integration/test_fork_server.py`` tries the real one.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any
from unittest.mock import patch

from ganzoo.bench.execution.forks import fork_server, forking

# Variables that Python, torch and what they load read once, by the beginnings of their names.
EARLY = ("ATEN", "CUDA", "GOMP", "KMP", "LD_", "MALLOC", "MKL", "OMP", "PYTHON", "PYTORCH", "TORCH_", "NVIDIA")
MOST_BYTES = 1 << 17
CODE = "import sys; sys.path.append(sys.argv[1]); from kept_fork_server import main; main(int(sys.argv[2]))"


def early(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables that matter while a process starts; the paths of modules are set later."""
    return {name: value for name, value in variables.items() if name.startswith(EARLY) and name != "PYTHONPATH"}


def paths(variables: Mapping[str, str]) -> list[str]:
    """The folders that Python looks for modules in before its own."""
    return variables["PYTHONPATH"].split(os.pathsep) if variables.get("PYTHONPATH") else []


class Forked:
    """A fork of the kept process, with as much of ``subprocess.Popen`` as ``ForkServer`` uses."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def wait(self, timeout: float | None = None) -> None:
        """Wait until it has ended.

        Raises:
            subprocess.TimeoutExpired: it has not.
        """
        with suppress(ProcessLookupError):  # it has ended already
            handle = os.pidfd_open(self.pid)
            try:
                ended, _, _ = select.select([handle], [], [], timeout)
            finally:
                os.close(handle)
            if not ended:
                raise subprocess.TimeoutExpired("a fork server", timeout or 0.0)

    def kill(self) -> None:
        """End it at once."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


class Kept:
    """The process that is kept; it ends with this one."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._socket, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with far:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-c", CODE, str(Path(__file__).parent), str(far.fileno())],
                stdin=subprocess.DEVNULL,
                cwd=Path(__file__).parent,  # not the folder of the test that is the first to need it
                env=dict(variables),
                pass_fds=[far.fileno()],
                start_new_session=True,
            )

    def fork(self, words: Sequence[Any], *, env: Mapping[str, str], pass_fds: Sequence[int], stdout: IO[bytes], **how):
        """A process for ``ForkServer``, in place of ``subprocess.Popen``."""
        message = json.dumps({"variables": dict(env), "folder": str(Path.cwd())}).encode()
        socket.send_fds(self._socket, [message], [*pass_fds, stdout.fileno()])
        return Forked(int(self._socket.recv(MOST_BYTES)))


@cache
def kept(variables: frozenset[tuple[str, str]]) -> Kept:
    """The process of these early variables."""
    return Kept({name: value for name, value in os.environ.items() if name not in early(os.environ)} | dict(variables))


class KeptForkServer(fork_server.ForkServer):
    """A fork server that is a fork of the one that is kept."""

    def __init__(self, environment: Mapping[str, str], log: IO[bytes]) -> None:
        start = kept(frozenset(early(environment).items())).fork
        pretended = SimpleNamespace(Popen=start, DEVNULL=subprocess.DEVNULL, TimeoutExpired=subprocess.TimeoutExpired)
        with patch.object(fork_server, "subprocess", pretended):
            super().__init__(environment, log)


def main(number: int) -> None:
    """Be the process that is kept."""
    own = paths(os.environ)
    behind = [path for path in sys.path if path not in own]
    forking._prepare()
    signal.signal(signal.SIGCHLD, reap)
    with socket.socket(fileno=number) as tests:
        while True:
            message, files, _, _ = socket.recv_fds(tests, MOST_BYTES, 2)
            if not message:
                os._exit(0)
            pid = os.fork()
            if not pid:
                tests.detach()
                os.close(number)
                serve(**json.loads(message), files=files, behind=behind)
            for file in files:
                os.close(file)
            tests.send(str(pid).encode())


def reap(*_: Any) -> None:
    """Take note of the forks that have ended."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def serve(variables: dict[str, str], folder: str, files: Sequence[int], behind: Sequence[str]) -> None:
    """In the fork: be a fork server of these surroundings."""
    try:
        bench, log = files
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDONLY)
        for place, file in enumerate((nothing, log, log)):
            os.dup2(file, place)
        os.close(nothing)
        os.close(log)
        os.environ.clear()
        os.environ.update(variables)
        os.chdir(folder)
        sys.path[:] = [*paths(variables), *behind]
        importlib.invalidate_caches()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        with socket.socket(fileno=bench) as end:
            forking._serve(end)
    finally:
        os._exit(0)
