"""Plays stages one after the other; none of them can end it, and each is written down as soon as it has ended."""

import os
import shlex
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from . import page, record
from .archive import pack
from .child import GRACE, Ended, run
from .record import CUT, DONE, FAILED, NOT_PLAYED, RUNNING, STOPPED, Played, Record
from .sentences import how, plain
from .stages import ROOT, Setting, Stage

SPARE = 2.0  # seconds for the last page
NO_GPU = 3  # exit code
LOG = "log.txt"
REHEARSAL_PATIENCE = 3  # times a stage's limit, on machines without a GPU, some of which are slow


class Stop:
    """True once a signal has asked the command to end."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self) -> bool:
        """Return whether it has."""
        return self.number != 0

    def _take(self, number: int, frame: FrameType | None) -> None:
        self.number = number

    @contextmanager
    def listening(self) -> Any:
        """Take Ctrl-C, SIGTERM and SIGHUP while the block runs."""
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, self._take) for number in numbers}
        try:
            yield self
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def now() -> str:
    """Of day and time, in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass
class Session:
    """One run of the command.

    Attributes:
        folder: of the results.
        given: for the stages.
        until: on the monotonic clock, when all must be over.
        stop: asked all the time.
        record: what is filled.
        archive: renewed after each stage.
        tell: takes lines for whoever waits.
        grace: seconds from asking a stage to stop to killing it.
    """

    folder: Path
    given: Setting
    until: float
    stop: Stop
    record: Record
    archive: Path | None = None
    tell: Callable[[str], None] = lambda line: print(line, flush=True)
    grace: float = GRACE

    def left(self) -> float:
        """Seconds that a stage may take now."""
        return self.until - time.monotonic() - self.grace - SPARE

    def keep(self) -> None:
        """Write down what there is; a full disk must not end what still measures."""
        try:
            record.write(self.record, self.folder)
            page.write(self.record, self.folder)
            if self.archive is not None:
                pack(self.folder, self.archive)
        except OSError as error:
            self.tell(f"cannot write down what there is: {error}")

    def play(self, stages: Iterable[Stage]) -> None:
        """Play them in their order, as far as the time goes."""
        for stage in stages:
            try:
                played = self._not_begun(stage) or self._begun(stage)
            except Exception as error:  # a stage whose command cannot even be written costs itself, too
                played = Played(stage.name, stage.title, FAILED, plain(f"it cannot be begun: {error!r}"))
            self.record.stages[stage.name] = played
            self.keep()
            self.tell(f"{stage.name}: {played.status}, {played.seconds:.1f} s{_more(played)}")

    def _not_begun(self, stage: Stage) -> Played | None:
        if self.stop():
            return Played(stage.name, stage.title, CUT, "not begun: the command was stopped")
        if lacks := stage.lacks(self.given):
            return Played(stage.name, stage.title, NOT_PLAYED, lacks)
        left = self.left()
        if left < stage.least:
            why = f"not begun: {max(0.0, left):.0f} seconds were left, and it takes {stage.least:.0f} at least"
            return Played(stage.name, stage.title, CUT, why)
        return None

    def _begun(self, stage: Stage) -> Played:
        left = self.left()
        patience = REHEARSAL_PATIENCE if self.given.rehearsal else 1
        limit = min(max(patience * stage.limit, stage.share * left), left)
        folder = self.folder / stage.name
        if not stage.goes_on:
            shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        words = [sys.executable, *stage.command(self.given)]
        played = Played(stage.name, stage.title, RUNNING, limit=round(limit, 1))
        played.command = shlex.join(["python", *(plain(word) for word in words[1:])])
        self.record.stages[stage.name] = played
        self.keep()
        self.tell(f"{stage.name}: {stage.title}, {limit:.0f} s at most")
        stdout = folder / stage.stdout if stage.stdout else None
        log = folder / LOG
        ended = run(
            words,
            folder=folder,
            environment=surroundings(),
            log=log,
            seconds=limit,
            stdout=stdout,
            stopped=self.stop,
            grace=self.grace,
        )
        return filled(stage, played, ended, folder)


def filled(stage: Stage, played: Played, ended: Ended, folder: Path) -> Played:
    """With what a stage left, and how it ended."""
    played.seconds, played.why = round(ended.seconds, 2), how(ended, folder / LOG)
    played.status = {"time": CUT, "interrupt": STOPPED}.get(ended.cut) or (FAILED if played.why else DONE)
    try:
        found = stage.read(folder)
    except Exception as error:  # whatever a stage wrote, the others go on
        said = f"it left no results: {error}" if isinstance(error, FileNotFoundError) else f"its results: {error!r}"
        said = plain(said.replace("[Errno 2] ", ""))
        if played.status == DONE:
            played.status, played.why = FAILED, said
        else:
            played.notes.append(said)
        return played
    if found.why and played.status in (DONE, FAILED):  # a bench may end well with runs that failed
        played.why = plain(found.why)
    played.short, played.notes, played.data = plain(found.short), list(map(plain, found.notes)), found.data
    played.tables = {title: [dict(row) for row in rows] for title, rows in found.tables.items()}
    played.columns = {title: list(columns) for title, columns in found.columns.items()}
    return played


def surroundings() -> dict[str, str]:
    """Return the variables of a stage: the repository is importable, output comes at once, a crash
    says where it was.
    """
    paths = [str(Path(path).resolve()) for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    made = {
        "PYTHONPATH": os.pathsep.join([*paths, *([] if str(ROOT) in paths else [str(ROOT)])]),
        "PYTHONUNBUFFERED": "1",
        "PYTHONFAULTHANDLER": "1",
        "NO_COLOR": "1",
    }
    return {**os.environ, **made}


def _more(played: Played) -> str:
    said = "; ".join(filter(None, (played.short, played.why)))
    return f": {said}" if said else ""


def lacks_a_gpu(played: Played, folder: Path) -> bool:
    """Return whether the first stage ended because there is no GPU, which its exit code says."""
    return played.status == FAILED and played.why.startswith(f"exit code {NO_GPU}") and not played.tables


def from_stage(stages: Sequence[Stage], name: str | None) -> list[Stage]:
    """Return the stages from one on; the first is always among them, for it says whether this is the same machine."""
    if name is None:
        return list(stages)
    names = [stage.name for stage in stages]
    return [stages[0], *stages[max(1, names.index(name)) :]]
