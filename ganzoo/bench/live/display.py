"""Displays of a bench while it runs: always on stderr, never on stdout."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from ...messages import redraws
from ...text import printable
from ..results.formats import decimals, fixed, number, short


@dataclass(frozen=True)
class RunInfo:
    """A run that will be shown.

    Attributes:
        id: what its updates are sent under.
        title: what it is called, e.g. ``dcgan seed 0``.
        folder: of the run.
    """

    id: str
    title: str
    folder: Path | None = None


@dataclass(frozen=True)
class Progress:
    """The progress of a run.

    Attributes:
        fraction: the part of its budget that is spent, 0 to 1.
        kimg: thousand real images shown to D.
        images_per_second: its speed; None while unknown.
        d_loss: D's latest loss; None while unknown.
        g_loss: G's latest loss; None while unknown.
        seconds_left: an estimate of the time to its end; None while unknown.
        phase: what it is doing, e.g. ``training``.
    """

    fraction: float = 0.0
    kimg: float = 0.0
    images_per_second: float | None = None
    d_loss: float | None = None
    g_loss: float | None = None
    seconds_left: float | None = None
    phase: str = "training"


@dataclass(frozen=True)
class RunEnd:
    """The end of a run.

    Attributes:
        status: ``done``, ``reached``, ``diverged``, ``failed``, ``oom`` or ``skipped``.
        reason: why, unless it is done.
        metrics: its final numbers by the columns' keys.
        columns: the metrics shown, as in ``results.json``: ``key`` and ``label`` are read.
    """

    status: str
    reason: str | None
    metrics: Mapping[str, float | None] | None
    columns: Sequence[Mapping[str, str]]

    @property
    def scores(self) -> str:
        """The known numbers with their labels: ``FD[digits] 10.12, IS[digits] 8.03``."""
        known = [(column, number((self.metrics or {}).get(column["key"]))) for column in self.columns]
        return ", ".join(
            f"{printable(column['label'])} {fixed(value, decimals([value]))}"
            for column, value in known
            if value is not None
        )


class Display(ABC):
    """A display of a bench. As a context manager it ends itself, whatever happens inside.

    Attributes:
        stops: whoever watches has asked the bench to stop, which it does as at a signal; any thread may set it.
    """

    stops: bool = False

    @abstractmethod
    def begin(self, runs: Sequence[RunInfo]) -> None:
        """Show ``runs`` as waiting; once, before any update."""

    @abstractmethod
    def update(self, id: str, progress: Progress) -> None:
        """Show where the run ``id`` is. Cheap: may be called for every step."""

    @abstractmethod
    def finish(self, id: str, end: RunEnd) -> None:
        """Show how the run ``id`` ended."""

    @abstractmethod
    def say(self, text: str) -> None:
        """Show one line that stays."""

    @abstractmethod
    def end(self) -> None:
        """Stop; may be called twice."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()


def losses_in_words(progress: Progress) -> str:
    """Return both losses, ``0.69 / 1.2``; empty where neither is known."""
    if progress.d_loss is None and progress.g_loss is None:
        return ""
    return f"{short(number(progress.d_loss))} / {short(number(progress.g_loss))}"


class QuietDisplay(Display):
    """Prints lines that must be seen, and nothing else."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def begin(self, runs: Sequence[RunInfo]) -> None:
        """Nothing."""

    def update(self, id: str, progress: Progress) -> None:
        """Nothing."""

    def finish(self, id: str, end: RunEnd) -> None:
        """Nothing: the table and the results tell it."""

    def say(self, text: str) -> None:
        """Print the line."""
        print(printable(text), file=self._stream, flush=True)

    def end(self) -> None:
        """Nothing."""


def make_display(stream: TextIO | None = None, *, quiet: bool = False) -> Display:
    """Make the display that suits a stream: bars on a terminal, plain lines elsewhere, next to nothing if ``quiet``.

    NO_COLOR takes the colours away; TERM=dumb and the shell commands of a notebook get plain lines.

    Args:
        stream: where to draw; stderr by default.
        quiet: only the lines of ``say``.
    """
    if stream is None:
        stream = sys.stderr
    if quiet:
        return QuietDisplay(stream)
    from .line_display import LineDisplay

    if not redraws(stream):
        return LineDisplay(stream)
    from ...console import SafeConsole
    from .live_display import LiveDisplay

    return LineDisplay(stream) if SafeConsole(file=stream).is_dumb_terminal else LiveDisplay(stream)
