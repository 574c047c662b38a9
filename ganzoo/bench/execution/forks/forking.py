"""The process of the fork server: imports what every run needs, and forks when it is asked to."""

import gc
import json
import os
import selectors
import signal
import socket
import sys
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

MOST_BYTES = 1 << 17  # of a message


def main(number: int) -> None:
    """Be the server, at the socket of this number; it ends when the other end does."""
    _prepare()
    with socket.socket(fileno=number) as bench:
        _serve(bench)
    os._exit(0)  # what it imported takes a second to take down in order


def _prepare() -> None:
    """Import what every run needs, and nothing of a plugin: what that does when imported is its runs' own affair."""
    from ....backend.internals import load_compiler
    from ....metrics import Evaluator  # noqa: F401
    from .. import worker  # noqa: F401
    from ..worker_runs import WorkerRuns  # noqa: F401

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
    from .. import worker

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
        os._exit(code)  # not through what the server would do at its own end
