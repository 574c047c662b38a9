"""Processes of their own for code of third parties: each may take so long, and leaves an answer or none.

A process is ``python *command FOLDER``; it reads ``request.json`` in the folder and leaves ``answer.json`` by
``answered``. Whatever else it does (ends early, never ends, prints, closes its streams), the process that asks hears.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import PluginError
from ...text import printable_block
from ..sources.installed import resolved_path

SECONDS = "GANZOO_PLUGIN_SECONDS"
DEFAULT_SECONDS = 30.0
AT_ONCE = 4
_PAUSE = 0.005
_MOST_PRINTED = 2_000


@dataclass(frozen=True)
class Apart:
    """The end of a process.

    Attributes:
        answer: that it left; None for none.
        why: without an answer, how it ended, to go on a noun such as ``its import``.
        late: it did not end in time.
        passing: it could not be started, or was killed, as a system does that lacks memory: another time it may end
            otherwise.
        printed: the beginning of what it printed.
    """

    answer: dict[str, Any] | None
    why: str = ""
    late: bool = False
    passing: bool = False
    printed: str = ""


@dataclass
class _Process:
    number: int
    folder: Path
    process: subprocess.Popen[bytes]
    until: float


def seconds_allowed() -> float:
    """Return the time that a plugin's import may take: ``$GANZOO_PLUGIN_SECONDS``, or 30.

    Raises:
        PluginError: the variable is no number above 0.
    """
    given = os.environ.get(SECONDS, "").strip()
    try:
        allowed = float(given or DEFAULT_SECONDS)
    except ValueError:
        allowed = 0.0
    if not 0 < allowed < float("inf"):
        raise PluginError(f"{SECONDS} is {given!r}, and must be a number of seconds above 0")
    return allowed


def run_apart(
    command: Sequence[str],
    requests: Sequence[Mapping[str, Any]],
    allowed: float,
    variables: Mapping[str, str] | None = None,
    at_once: int = AT_ONCE,
) -> list[Apart]:
    """Run a process for each request, some at once.

    Args:
        command: of the interpreter, before the folder.
        requests: as JSON can hold them.
        allowed: seconds for each.
        variables: of the environment, beside those that there are.
        at_once: processes at a time.
    """
    ended: dict[int, Apart] = {}
    waiting, running = list(range(len(requests))), list[_Process]()
    # No .pyc files: what is written beside a plugin's modules would look like a change of it.
    environment = {"PYTHONPATH": resolved_path(), "PYTHONDONTWRITEBYTECODE": "1", **(variables or {})}
    with ExitStack() as stack:
        below = ""
        try:
            while waiting or running:
                while waiting and len(running) < at_once:
                    number = waiting.pop(0)
                    try:
                        below = below or stack.enter_context(
                            tempfile.TemporaryDirectory(prefix="ganzoo-plugins-", ignore_cleanup_errors=True)
                        )
                        folder = Path(tempfile.mkdtemp(dir=below))
                        (folder / "request.json").write_text(json.dumps(requests[number]))
                        process = _started(command, folder, environment)
                    except OSError as error:
                        ended[number] = Apart(
                            None, f"cannot be looked at: no process can be started: {error}", passing=True
                        )
                    else:
                        running.append(_Process(number, folder, process, time.monotonic() + allowed))
                for one in [one for one in running if one.process.poll() is not None or time.monotonic() > one.until]:
                    running.remove(one)
                    ended[one.number] = _end_of(one, allowed)
                time.sleep(_PAUSE)
        finally:
            for one in running:
                _end(one.process)
    return [ended[number] for number in range(len(requests))]


def _started(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    with (folder / "printed.txt").open("wb") as printed:
        return subprocess.Popen(
            [sys.executable, *command, str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            env=os.environ | environment,
            start_new_session=True,  # so that what it starts can be ended with it
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and what it started."""
    with suppress(OSError):
        if (end_group := getattr(os, "killpg", None)) is not None:  # not on Windows
            end_group(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def _end_of(one: _Process, allowed: float) -> Apart:
    code = one.process.poll()
    _end(one.process)
    with (one.folder / "printed.txt").open("rb") as file:
        printed = printable_block(file.read(_MOST_PRINTED).decode(errors="replace"))
    read: Any = None
    with suppress(OSError, ValueError, RecursionError):
        read = json.loads((one.folder / "answer.json").read_text())
    if isinstance(read, dict):
        return Apart(read, printed=printed)
    if code is None:
        return Apart(None, f"did not end within {allowed:g} s", late=True, printed=printed)
    if code < 0:
        why = f"ends the process by {signal.Signals(-code).name}"
        return Apart(None, why, passing=-code == getattr(signal, "SIGKILL", None), printed=printed)
    return Apart(None, f"ends the process with code {code}", printed=printed)


class Answering:
    """The other end: reads the request, and leaves the answer with functions that a plugin cannot replace meanwhile."""

    def __init__(self) -> None:
        self._folder = sys.argv[1]
        self.request: dict[str, Any] = json.loads((Path(self._folder) / "request.json").read_text())
        self._bound = json.dumps, os.open, os.write, os.close, os.replace, os._exit

    def leave(self, answer: Mapping[str, Any]) -> None:
        """Write the answer and end the process at once, whatever threads the plugin has started."""
        dumps, opened, write, close, rename, leave = self._bound
        half = f"{self._folder}/half.json"
        file = opened(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        write(file, dumps(answer).encode())
        close(file)
        rename(half, f"{self._folder}/answer.json")
        leave(0)
