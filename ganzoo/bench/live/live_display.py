"""The display of a bench on a terminal: a bar for every run, drawn four times a second."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from ...text import printable
from ..results.formats import clock, number, whole
from .display import Display, Progress, RunEnd, RunInfo, losses_in_words

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.table import Table
    from rich.text import Text


@dataclass
class _Shown:
    """A run as the live picture knows it."""

    title: str
    progress: Progress | None = None
    status: str = ""
    scores: str = ""
    place: int = 0


_STATE = 15  # the narrowest that the last column gets
_STYLES = {"done": "green", "reached": "green", "diverged": "yellow", "failed": "red", "oom": "red", "skipped": "dim"}


class LiveDisplay(Display):
    """A bar for every run; where they do not fit, the running ones, those that ended last, and a count."""

    def __init__(self, stream: TextIO, width: int | None = None, height: int | None = None) -> None:
        from rich.live import Live

        from ...console import SafeConsole

        self._console = SafeConsole(file=stream, width=width, height=height)
        # stdout is the caller's: it may carry JSON. stderr is caught, so that a warning does not tear the picture.
        self._live = Live(
            self,
            console=self._console,
            refresh_per_second=4,
            transient=False,
            redirect_stdout=False,
            redirect_stderr=stream is sys.stderr,
            vertical_overflow="crop",
        )
        self._runs: dict[str, _Shown] = {}
        self._finished = 0

    def begin(self, runs: Sequence[RunInfo]) -> None:
        """Draw all runs as waiting."""
        self._runs = {run.id: _Shown(printable(run.title)) for run in runs}
        self._live.start()

    def update(self, id: str, progress: Progress) -> None:
        """Note where the run is; it is drawn four times a second."""
        self._runs[id].progress = progress

    def finish(self, id: str, end: RunEnd) -> None:
        """Draw the run's end; why it did not finish is said in a line that stays."""
        run = self._runs[id]
        self._finished += 1
        run.place = self._finished
        run.scores = end.scores
        run.status = end.status
        if end.reason:
            self.say(f"{run.title}: {end.status}: {end.reason}")

    def say(self, text: str) -> None:
        """Print the line above the picture."""
        from rich.text import Text

        self._console.print(Text(printable(text)))

    def end(self) -> None:
        """Leave the last picture on the terminal."""
        if self._live.is_started:
            self._live.stop()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Return the picture of this moment."""
        runs = list(self._runs.values())
        # One line for the titles, one for the count, one for the cursor.
        room = max(2, options.size.height - 3)
        yield self._table(runs if len(runs) <= room else self._chosen(runs, room), options.max_width)
        yield self._count(runs)

    @staticmethod
    def _chosen(runs: Sequence[_Shown], room: int) -> list[_Shown]:
        """Return the running ones first, then those that ended last, in the order of the bench."""
        running = [run for run in runs if run.progress is not None and not run.status][:room]
        ended = sorted((run for run in runs if run.status), key=lambda run: -run.place)
        chosen = {id(run) for run in [*running, *ended[: max(0, room - len(running))]]}
        return [run for run in runs if id(run) in chosen]

    @staticmethod
    def _count(runs: Sequence[_Shown]) -> Text:
        from rich.text import Text

        counts = {status: sum(run.status == status for run in runs) for status in _STYLES}
        running = sum(run.progress is not None and not run.status for run in runs)
        waiting = len(runs) - running - sum(bool(run.status) for run in runs)
        parts = [Text(f"{counts['done']}/{len(runs)} done")]
        parts += [Text(f"{n} {status}", _STYLES[status]) for status, n in counts.items() if n and status != "done"]
        parts += [Text(f"{n} {said}") for n, said in ((running, "running"), (waiting, "waiting")) if n]
        return Text(", ").join(parts)

    def _table(self, runs: Sequence[_Shown], width: int) -> Table:
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        longest = max((len(run.title) for run in runs), default=0)
        numbers_width = 6 + 8 + 13 + 5 * 2
        title_width = max(8, min(longest, width - numbers_width - _STATE - 8))
        bar_width = max(4, min(24, width - numbers_width - _STATE - title_width))
        state_width = max(_STATE, width - numbers_width - title_width - bar_width)
        table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim", show_header=True)
        table.add_column("run", width=title_width, no_wrap=True, overflow="ellipsis")
        table.add_column("", width=bar_width)
        for title, size in (("kimg", 6), ("images/s", 8), ("loss d / g", 13)):
            table.add_column(title, width=size, justify="right", no_wrap=True, overflow="ellipsis")
        table.add_column("", width=state_width, no_wrap=True, overflow="ellipsis")
        for run in runs:
            at = run.progress or Progress()
            bar = ProgressBar(
                total=1.0,
                completed=1.0 if run.status == "done" else min(1.0, max(0.0, at.fraction)),
                width=bar_width,
                complete_style=_STYLES.get(run.status, "cyan"),
                finished_style=_STYLES.get(run.status, "cyan"),
            )
            kimg, speed, losses = (
                ("", "", "")
                if run.progress is None
                else (whole(number(at.kimg)), whole(number(at.images_per_second)), losses_in_words(at))
            )
            state = Text(self._state(run, state_width), _STYLES.get(run.status, "dim" if run.progress is None else ""))
            table.add_row(Text(run.title), bar, kimg, speed, losses, state)
        return table

    @staticmethod
    def _state(run: _Shown, width: int) -> str:
        if run.status:
            ended = f"{run.status}, {run.scores}" if run.scores else run.status
            return ended if len(ended) <= width else run.status
        if run.progress is None:
            return "waiting"
        if run.progress.phase == "training":
            return "" if run.progress.seconds_left is None else f"{clock(number(run.progress.seconds_left))} left"
        return printable(run.progress.phase)
