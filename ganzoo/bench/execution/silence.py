"""Silence of a worker, which hangs in a call that holds Python's lock, so that none of its threads can say so.

Counted as the bench lives it, a look of its own at a time: while the machine was suspended, none passed.
"""

import math
import re
import subprocess
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ...errors import GanzooError
from ...registry.guarding.told import package_of
from ...registry.registry import KINDS
from ..results.run_files.spec import RunSpec
from .forks.child import Child
from .watching.hang import BEAT
from .worker import DUMP

SLACK_SECONDS = 10.0  # that signs of life may come late
DUMP_SECONDS = 3.0  # for the stacks to be written
LOOK_SECONDS = 0.2  # between two looks at what was written
SYSTEM = Path("/proc")
_FRAME = re.compile(r'^  File "(.*)", line (\d+) in (.*)$', re.MULTILINE)


class Silence:
    """Counts the time since a worker's last sign of life, which is all that it tells.

    It has no limit until the worker gives it one.

    Attributes:
        quiet: seconds since then.
    """

    def __init__(self) -> None:
        self.quiet = 0.0
        self._limit = self._bound = math.inf
        self._signs = self._seen = 0

    def heard(self, event: dict[str, Any]) -> None:
        """Take note of a sign of life; a thread of its own may."""
        if event.get("kind") == BEAT:
            self._limit, self._bound = event["limit"], event["bound"]
        self._signs += 1

    def tick(self, seconds: float) -> None:
        """Count so many seconds."""
        signs = self._signs
        self.quiet = self.quiet + seconds if signs == self._seen else 0.0
        self._seen = signs

    @property
    def too_long(self) -> bool:
        """True where the worker's own watchdog would have ended it long ago, if it had come to run."""
        return self.quiet > self._limit + SLACK_SECONDS

    @property
    def stuck(self) -> bool:
        """The same of a worker that was asked to stop, and has answered."""
        return self.quiet > self._bound


def stopped(pid: int | None) -> bool:
    """Return whether a process is stopped by a signal or a debugger; False where the system does not say."""
    try:
        return (SYSTEM / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] in ("T", "t")
    except (OSError, IndexError):
        return False


def dumped(process: "subprocess.Popen[bytes] | Child", log: Path) -> str | None:
    """Have a process write the stacks of its threads into its log, and give them.

    Returns:
        nothing where the system knows no such signal, or the process does not follow it; None where it does not and
        the system does not say whether it is stopped.
    """
    if DUMP is None:
        return ""
    text = ""
    with suppress(OSError):
        before = log.stat().st_size
        process.send_signal(DUMP)
        end = time.monotonic() + DUMP_SECONDS
        while time.monotonic() < end:
            time.sleep(LOOK_SECONDS)
            with log.open("rb") as file:
                file.seek(before)
                now = file.read().decode(errors="replace")
            if now and now == text:
                break
            text = now
    return text if text or SYSTEM.is_dir() else None


def whereabouts(stacks: str, plugins: dict[Path, str]) -> str:
    """Tell where the main thread is: the innermost line of a plugin, or else the innermost line.

    Args:
        stacks: as ``faulthandler`` writes them. The main thread, which is the oldest one, comes last.
        plugins: names by file or folder.
    """
    frames = _FRAME.findall(stacks.rpartition("(most recent call first):")[2])
    for file, line, function in frames:
        path = Path(file)
        for place in (path, *path.parents):
            if place in plugins:
                return f"in {function} (line {line} of {path.name}), of plugin {plugins[place]!r}"
    if not frames:
        return "nowhere to be seen"
    file, line, function = frames[0]
    return f"in {function} (line {line} of {Path(file).name})"


def plugins_of(folder: Path) -> dict[Path, str]:
    """Return the plugins that a run may use, by the file or folder of their code, none of which is imported.

    Args:
        folder: of the run.
    """
    try:
        registry = RunSpec.read(folder).load_zoo().registry
    except GanzooError:
        return {}
    entries = [entry for kind in KINDS for entry in registry.all(kind) if isinstance(entry.target, str)]
    named = {package_of(str(entry.target).partition(":")[0]): entry.plugin for entry in entries}
    found: dict[Path, str] = {}
    for package, plugin in named.items():
        with suppress(Exception):  # a stranger's package may be found by a stranger's code
            spec = find_spec(package) if package else None
            if spec is not None:
                places = spec.submodule_search_locations or [spec.origin or ""]
                found |= {Path(place): plugin for place in places if place}
    return found
