"""The display of a bench in a notebook: one line that is updated."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from ...text import printable
from ..results.formats import clock, number, whole
from .display import Display, Progress, RunEnd, RunInfo

SECONDS = 0.5  # between two updates
MOST = 3  # runs that the line names


def in_notebook() -> bool:
    """Say whether this process is the kernel of a notebook, without importing what would tell."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and getattr(shell, "kernel", None) is not None


class NotebookDisplay(Display):
    """One line below the cell, updated twice a second: what has ended, what runs, and how far it is.

    Args:
        now: gives seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now, self._shown = now, float("-inf")
        self._handle: Any = None
        self._titles: dict[str, str] = {}
        self._running: dict[str, Progress] = {}
        self._ended: dict[str, str] = {}
        self._last = ""

    def begin(self, runs: Sequence[RunInfo]) -> None:
        """Draw the line."""
        self._titles = {run.id: printable(run.title) for run in runs}
        self._draw(at_once=True)

    def update(self, id: str, progress: Progress) -> None:
        """Note where the run is, and draw the line anew where the last one is half a second old."""
        self._running[id] = progress
        self._draw()

    def finish(self, id: str, end: RunEnd) -> None:
        """Draw the line anew; why a run did not finish is said in a line that stays."""
        self._running.pop(id, None)
        self._ended[id] = end.status
        title = self._titles.get(id, id)
        self._last = f"{title}: {', '.join(part for part in (end.status, end.scores) if part)}"
        if end.reason:
            self.say(f"{title}: {end.status}: {end.reason}")
        self._draw(at_once=True)

    def say(self, text: str) -> None:
        """Print the line, which stays."""
        print(printable(text), file=sys.stderr, flush=True)

    def end(self) -> None:
        """Draw the line for the last time."""
        if self._handle is not None:
            self._draw(at_once=True)

    def _draw(self, *, at_once: bool = False) -> None:
        if not at_once and self._now() - self._shown < SECONDS:
            return
        self._shown = self._now()
        line = self._line()
        content = {"text/plain": line, "text/html": f"<code>{escape(line)}</code>"}
        if self._handle is None:
            from IPython.display import display

            self._handle = display(content, raw=True, display_id=True)
        else:
            self._handle.update(content, raw=True)

    def _line(self) -> str:
        statuses = list(self._ended.values())
        counts = [f"{statuses.count('done')}/{len(self._titles)} done"]
        counts += [f"{statuses.count(name)} {name}" for name in dict.fromkeys(statuses) if name != "done"]
        running = [self._of_run(id, at) for id, at in [*self._running.items()][:MOST]]
        more = len(self._running) - MOST
        running += [f"{more} more"] if more > 0 else []
        last = [self._last] if self._last and not running else []
        return "; ".join([", ".join(counts), *running, *last])

    def _of_run(self, id: str, at: Progress) -> str:
        parts = [f"{at.phase} {at.fraction:.0%}", f"{whole(number(at.kimg))} kimg"]
        if at.seconds_left is not None:
            parts.append(f"{clock(number(at.seconds_left))} left")
        return printable(f"{self._titles.get(id, id)}: {', '.join(parts)}")
