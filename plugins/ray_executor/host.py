"""The far end: what runs beside the process of some runs, on whatever machine it is. Imports no torch."""

import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ganzoo

from .folder import Change, Watched, apply, write_all

SECONDS = 0.5  # that an answer waits for news


@dataclass(frozen=True)
class Hello:
    """A machine's first message, before anything is sent to it.

    Attributes:
        version: of ganzoo there.
        lacks: those of the files that it does not have.
    """

    version: str
    lacks: tuple[str, ...]


@dataclass(frozen=True)
class News:
    """News of a process since the last time.

    Attributes:
        events: what it told.
        changes: in each of its folders.
        code: with which it exited, negative for a signal; None while it plays.
    """

    events: list[dict[str, Any]]
    changes: list[list[Change]]
    code: int | None


def cache_folder() -> Path:
    """Give the folder of ganzoo's cache on this machine."""
    if named := os.environ.get("GANZOO_CACHE"):
        return Path(named).expanduser().absolute()
    above = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(above) if Path(above).is_absolute() else Path.home() / ".cache") / "ganzoo"


class Host:
    """Starts the process of some runs in folders of its own, and says how it goes.

    It is an actor of Ray: one call at a time. When it is gone, so is the process's standard input, and the process
    leaves.
    """

    def __init__(self) -> None:
        self._cache = cache_folder()
        self._events: queue.Queue[dict[str, Any]] = queue.Queue()

    def hello(self, places: Sequence[str]) -> Hello:
        """Name the version of ganzoo here, and the files that are missing, by their places below the cache."""
        return Hello(ganzoo.__version__, tuple(place for place in places if not (self._cache / place).exists()))

    def start(
        self,
        runs: Sequence[list[Change]],
        files: Mapping[str, Any],
        command: Sequence[str],
        variables: Mapping[str, str],
    ) -> None:
        """Start the process.

        Args:
            runs: all that each folder holds.
            files: what was missing: references to the files by their places below the cache.
            command: what Python is given before the folders.
            variables: of its environment.
        """
        import ray

        for place, sent in files.items():
            write_all(ray.get(sent), self._cache / place)
        self._root = Path(tempfile.mkdtemp(prefix="ganzoo-ray-"))
        folders = [self._root / str(number) for number in range(len(runs))]
        for folder, held in zip(folders, runs, strict=True):
            folder.mkdir()
            apply(held, folder)
        self._watched = [Watched(folder) for folder in folders]
        with (folders[0] / "log.txt").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *command, *map(str, folders)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=os.environ | dict(variables) | {"GANZOO_CACHE": str(self._cache)},
                start_new_session=True,
            )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def news(self) -> News:
        """Report news, after half a second or at the process's end. With the exit code the folders are thrown away."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(SECONDS)
        code = self._process.poll()
        if code is not None:
            self._listener.join()
        events = []
        with suppress(queue.Empty):
            while True:
                events.append(self._events.get_nowait())
        changes = [watched.changes() for watched in self._watched]
        if code is not None:
            shutil.rmtree(self._root, ignore_errors=True)
        return News(events, changes, code)

    def leave(self) -> None:
        """Tell the process to write checkpoints and to leave."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def _listen(self) -> None:
        for line in self._process.stdout or ():
            with suppress(ValueError):
                self._events.put(json.loads(line))
