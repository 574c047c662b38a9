"""The far end: what a job does, on whatever machine it is. Imports no torch."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PAUSE = 0.2  # between two looks at the process and at what the bench says
FORGOTTEN = 600.0  # seconds without a sign of the bench, after which a job leaves
WARNING = ("SIGTERM", "SIGINT", "SIGUSR1", "SIGUSR2")  # of a time limit, a preemption or a cancelled job


@dataclass(frozen=True)
class Desk:
    """The folder in which a job and the bench leave each other notes; both must see it.

    Attributes:
        folder: of one job.
    """

    folder: Path

    @property
    def events(self) -> Path:
        """The standard output of the process."""
        return self.folder / "events.jsonl"

    @property
    def code(self) -> Path:
        """The exit code of the process, once it has ended."""
        return self.folder / "code"

    @property
    def leave(self) -> Path:
        """A file that tells the process to leave."""
        return self.folder / "leave"

    @property
    def alive(self) -> Path:
        """The sign of life of the bench: its content changes."""
        return self.folder / "alive"

    def write(self, path: Path, text: str) -> None:
        """Write one of the notes whole."""
        part = path.with_name(f".{path.name}")
        part.write_text(text)
        part.replace(path)

    def read(self, path: Path) -> str | None:
        """Read one of them; None where there is none."""
        try:
            return path.read_text()
        except OSError:
            return None


@dataclass(frozen=True)
class TaskJob:
    """Plays a task in its folders, which the job sees where the bench does.

    Slurm warns a job before its time is up or before another job takes its place. Then, or when the bench says so or
    gives no sign any more, the process is told to leave, writes its checkpoints and exits with 143. The bench
    begins another job that goes on from there.

    Attributes:
        desk: for the notes.
        command: what Python is given before the folders.
        folders: of the runs.
        variables: of the environment.
    """

    desk: Path
    command: Sequence[str]
    folders: Sequence[Path]
    variables: Mapping[str, str]

    def __call__(self) -> int:
        """Play to the end, and return the exit code; a job that Slurm itself begins again after that does nothing."""
        desk = Desk(self.desk)
        ended = desk.read(desk.code)
        if ended is not None:
            return int(ended)
        warned: list[int] = []
        for name in WARNING:
            signal.signal(getattr(signal, name), lambda number, frame: warned.append(number))
        with (self.folders[0] / "log.txt").open("ab") as log, desk.events.open("ab") as events:
            process = subprocess.Popen(
                [sys.executable, *self.command, *map(str, self.folders)],
                stdin=subprocess.PIPE,  # which closes when the job is killed, and the process leaves
                stdout=events,
                stderr=log,
                env=os.environ | dict(self.variables),
                start_new_session=True,
            )
            with process:
                code = self._watched(process, desk, warned)
        desk.write(desk.code, str(code))
        return code

    def checkpoint(self) -> Any:
        """Have submitit request no new job, which the bench does."""
        return None

    def _watched(self, process: "subprocess.Popen[bytes]", desk: Desk, warned: Sequence[int]) -> int:
        sign, since, told = desk.read(desk.alive), time.monotonic(), False
        while True:
            try:
                return process.wait(PAUSE)
            except subprocess.TimeoutExpired:
                pass
            now = desk.read(desk.alive)
            if now is not None and now != sign:
                sign, since = now, time.monotonic()
            forgotten = time.monotonic() - since > FORGOTTEN
            if not told and (warned or forgotten or desk.leave.exists()):
                process.send_signal(signal.SIGTERM)
                told = True
