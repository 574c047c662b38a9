"""The display of a bench as plain lines, for logs and pipes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TextIO

from ...text import printable
from ..results.formats import clock, number, whole
from .display import Display, Progress, RunEnd, RunInfo, losses_in_words

SECONDS_BETWEEN_LINES = 10.0
_STARTING = Progress(phase="starting")  # before the process knows how far an earlier one came


class LineDisplay(Display):
    """Plain lines, for logs and pipes: few, and each understandable by itself."""

    def __init__(self, stream: TextIO, now: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._now = now
        self._titles: dict[str, str] = {}
        self._said: dict[str, tuple[float, str]] = {}
        self._finished = 0

    def begin(self, runs: Sequence[RunInfo]) -> None:
        """Print how many runs there are, and their names."""
        self._titles = {run.id: printable(run.title) for run in runs}
        self.say(f"{len(runs)} run{'' if len(runs) == 1 else 's'}: {', '.join(self._titles.values())}")

    def update(self, id: str, progress: Progress) -> None:
        """Print a line when the run starts something new, or when its last one is ten seconds old."""
        at, phase = self._said.get(id, (float("-inf"), ""))
        now = self._now()
        # Going back to training after an evaluation is no news.
        turned = progress.phase != phase and (progress.phase != "training" or not phase)
        if not turned and now - at < SECONDS_BETWEEN_LINES:
            if progress.phase != phase:
                self._said[id] = (at, progress.phase)
            return
        self._said[id] = (now, progress.phase)
        parts = [f"{progress.fraction:.0%}", f"{whole(number(progress.kimg))} kimg"] if progress != _STARTING else []
        if progress.images_per_second is not None:
            parts.append(f"{whole(number(progress.images_per_second))} images/s")
        if losses := losses_in_words(progress):
            parts.append(f"losses d / g {losses}")
        if progress.seconds_left is not None:
            parts.append(f"{clock(number(progress.seconds_left))} left")
        self.say(f"{self._titles.get(id, id)}: {', '.join([progress.phase, *parts])}")

    def finish(self, id: str, end: RunEnd) -> None:
        """Print how the run ended, and how many have."""
        self._finished += 1
        said = [end.status] + [text for text in (end.reason, end.scores) if text]
        self.say(f"{self._titles.get(id, id)}: {', '.join(said)} ({self._finished} of {len(self._titles)})")

    def say(self, text: str) -> None:
        """Print the line."""
        print(printable(text), file=self._stream, flush=True)

    def end(self) -> None:
        """Nothing is left to do."""
