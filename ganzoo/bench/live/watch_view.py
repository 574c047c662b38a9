"""The view of ``ganzoo watch``: all runs of some benches with their curves, and below them the table of the moment."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from ...text import printable
from ..results.formats import clock, decimals, fixed, whole
from ..results.run_files.result import ALTERED, ENDED_WELL, FELL
from ..tables.forms.terminal_table import encodable, fitting, print_table
from .watched_run import ENDED, WatchedRun
from .watching import Look, WatchedBench, Watcher

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, JustifyMethod, OverflowMethod, RenderResult
    from rich.segment import Segment
    from rich.table import Table as RichTable
    from rich.text import Text

_STYLES = {
    "done": "green",
    "reached": "green",
    "diverged": "yellow",
    "failed": "red",
    "oom": "red",
    ALTERED: "red",
    "skipped": "dim",
    "waiting": "dim",
    "stopped": "dim",
}
BLOCKS = "▁▂▃▄▅▆▇█"  # of a curve in a line of text, from low to high
ASCII = "_.-:=+*#"  # where a terminal knows no blocks
_NARROW = 80  # columns below which there is no room for images
_FEWEST = 3  # runs of a bench that is being played that are shown however little room there is


def follow(root: Path, console: Console, interval: float, sleep: Callable[[float], None] = time.sleep) -> None:
    """Draw the benches below a folder again and again until all has ended, and leave the last picture there.

    Args:
        root: the folder.
        console: a terminal.
        interval: seconds between two looks.
        sleep: waits so many seconds.

    Raises:
        GanzooError: there is no such folder.
    """
    from rich.live import Live

    watcher = Watcher(root)
    look = watcher.look()
    try:
        with Live(console=console, auto_refresh=False, transient=True, vertical_overflow="crop") as live:
            while not look.over:
                live.update(WatchView(root, look), refresh=True)
                sleep(interval)
                look = watcher.look()
    finally:
        print_look(look, console)


def print_look(look: Look, console: Console) -> None:
    """Print how all benches stand, with every run and every note, however long that is."""
    from rich.text import Text

    for bench in look.benches:
        console.print(_heading(bench, str(bench.folder), console))
        console.print(_runs(bench, bench.runs, console))
        if bench.table is not None:
            print_table(bench.table, console.file, console.width)
        for line in bench.said:
            console.print(Text(encodable(line, console)))
        console.print()
    if look.to_come:
        console.print(_to_come(look, console))


class WatchView:
    """All benches at a moment, in as many lines as the terminal has.

    Where they do not fit, those that are being played come first, and of their runs those that are.
    """

    def __init__(self, root: Path, look: Look) -> None:
        self.root, self.look = root, look

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Return the lines of this moment."""
        from rich.text import Text

        room = max(_FEWEST + 3, options.size.height - 1)  # the last line is the cursor's
        benches = sorted(self.look.benches, key=lambda bench: bench.over)
        if not benches:
            yield Text(encodable(f"no bench below {self.root} yet", console), style="dim")
            return
        active = [bench for bench in benches if not bench.over][: room // (_FEWEST + 3)] or benches[:1]
        others = [bench for bench in benches if bench not in active]
        lines = min(len(others), max(1, min(room // 3, room - len(active) * (_FEWEST + 3))))
        left = room - lines - bool(self.look.to_come)
        for bench in active:
            yield self._title(bench, console)
            yield from _in_room(bench, max(_FEWEST + 1, left // len(active) - 1), console, options)
        listed = others if lines == len(others) else others[: lines - 1]
        for bench in listed:
            yield self._title(bench, console)
        if len(listed) < len(others):
            yield Text(f"and {len(others) - len(listed)} more benches", style="dim")
        if self.look.to_come:
            yield _to_come(self.look, console)

    def _title(self, bench: WatchedBench, console: Console) -> Text:
        """Return the bench in one line, whatever is lost at its end."""
        name = str(bench.folder.relative_to(self.root)) if bench.folder != self.root else self.root.name
        heading = _heading(bench, name or str(self.root), console)
        heading.no_wrap, heading.overflow = True, "ellipsis" if console.encoding.startswith("utf") else "crop"
        return heading


def _in_room(
    bench: WatchedBench, room: int, console: Console, options: ConsoleOptions
) -> Iterator[RichTable | Segment | Text]:
    """Yield the runs of a bench, and as much of its table as has room beside as many of them as are played."""
    from rich.text import Text

    lines = [] if bench.table is None else _lines(fitting(bench.table, console), console, options)
    playing = sum(run.status == "running" for run in bench.runs)
    least = min(len(bench.runs), max(_FEWEST, playing)) + 1  # a line for the titles
    if len(bench.runs) + 1 + len(lines) > room:
        lines = lines[: max(0, room - least)] if room - least > 4 else []  # a head without a row says nothing
    runs = max(_FEWEST, room - 1 - len(lines))
    yield _runs(bench, _chosen(bench.runs, runs), console)
    for line in lines:
        yield from line
        yield Text("")


def _lines(drawn: Iterable[RichTable], console: Console, options: ConsoleOptions) -> list[list[Segment]]:
    unbounded = options.update(height=None)
    return [line for table in drawn for line in console.render_lines(table, unbounded, pad=False)]


def _chosen(runs: Sequence[WatchedRun], room: int) -> list[WatchedRun]:
    """As many as there is room for: those that are played first, then failures, what waits next and what ended last."""
    if len(runs) <= room:
        return list(runs)
    places = range(len(runs))
    playing = [i for i in places if runs[i].status in ("running", "stopped")]
    failed = [i for i in places if runs[i].status in (*FELL, ALTERED)]
    done = [i for i in reversed(places) if runs[i].status in (*ENDED_WELL, "skipped")]
    waiting = [i for i in places if runs[i].status == "waiting"]
    chosen = [*playing, *failed, *waiting[:1], *done, *waiting[1:]][:room]
    return [runs[i] for i in sorted(chosen)]


def _heading(bench: WatchedBench, name: str, console: Console) -> Text:
    """Return the bench in a line: how many of its runs stand how, and on what terms and machines."""
    from rich.text import Text

    counts = [(status, sum(run.status == status for run in bench.runs)) for status in (*ENDED, "running", "waiting")]
    parts = [Text(f"{counts[0][1]}/{len(bench.runs)} done", "bold")]
    parts += [Text(f"{n} {status}", _STYLES.get(status, "")) for status, n in counts[1:] if n]
    if bench.trials:
        parts.append(Text(f"{bench.trials} trial{'s have' if bench.trials > 1 else ' has'} ended"))
    if not bench.live and not bench.over:
        parts.append(Text("stopped; the same command goes on", "yellow"))
    about = "".join(f"; {said}" for said in (bench.terms, *bench.devices) if said)
    counted = Text(f"{encodable(printable(name), console)}: ").append_text(Text(", ").join(parts))
    return counted.append(encodable(about, console), "dim")


def _to_come(look: Look, console: Console) -> Text:
    from rich.text import Text

    return Text(encodable(f"to come: {', '.join(look.to_come)}", console), style="dim")


def _runs(bench: WatchedBench, runs: Sequence[WatchedRun], console: Console) -> RichTable:
    """Return a line for each of some runs of a bench."""
    from rich.table import Table
    from rich.text import Text

    utf = console.encoding.startswith("utf")
    signs = BLOCKS if utf else ASCII
    overflow: OverflowMethod = "ellipsis" if utf else "crop"
    wide = console.width >= _NARROW
    curve = 16 if console.width >= 130 else 10 if console.width >= 100 else 6
    label = encodable(bench.label, console)
    sizes = {"": 4, **({"kimg": 6, "images/s": 8} if wide else {}), **({label: curve + 8} if label else {})}
    sizes |= {"D loss": curve, "G loss": curve}
    used = sum(sizes.values()) + len(sizes) + 1
    longest = max((len(run.title) for run in runs), default=0)
    title = max(8, min(longest, console.width - used - 12))
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="dim", show_header=True)
    table.add_column("run", width=title, no_wrap=True, overflow=overflow)
    for name, size in sizes.items():
        justify: JustifyMethod = "left" if name in (label, "D loss", "G loss") and name else "right"
        table.add_column(Text(name), width=size, no_wrap=True, overflow=overflow, justify=justify)
    table.add_column("", width=max(8, console.width - used - title), no_wrap=True, overflow=overflow)
    for run in runs:
        cells = [f"{100 * run.fraction:.0f}%"]
        cells += [whole(value) if value else "" for value in (run.kimg, run.images_per_second)] if wide else []
        cells += [_scores(run, curve, signs)] if label else []
        cells += [sparkline(losses, curve, signs) for losses in (run.d_losses, run.g_losses)]
        style = _STYLES.get(run.status, "")
        table.add_row(
            Text(encodable(run.title, console)),
            *(Text(encodable(cell, console)) for cell in cells),
            Text(encodable(_state(run), console), style),
        )
    return table


def sparkline(values: Sequence[float], width: int, signs: str = BLOCKS) -> str:
    """``values`` from the lowest to the highest of ``signs``, the extremes of what is shown at their ends.

    Args:
        values: in order; those that are not finite are left out.
        width: columns at the most; where there are more values, each sign is the mean of its share of them.
        signs: from low to high.

    Returns:
        one sign a value or a share; the middle one throughout where all are alike.
    """
    known = [value for value in values if math.isfinite(value)]
    n = min(width, len(known))
    if n < 1:
        return ""
    ends = [i * len(known) // n for i in range(n + 1)]
    means = [math.fsum(known[a:b]) / (b - a) for a, b in pairwise(ends)]
    low, high = min(means), max(means)
    if not high > low:
        return signs[(len(signs) - 1) // 2] * n
    return "".join(signs[round((value - low) / (high - low) * (len(signs) - 1))] for value in means)


def _scores(run: WatchedRun, width: int, signs: str) -> str:
    """Return the curve of the first metric, and where it is now."""
    if not run.scores:
        return ""
    return f"{sparkline(run.scores, width, signs):{width}} {fixed(run.scores[-1], decimals(run.scores[-1:]))}"


def _state(run: WatchedRun) -> str:
    if run.status == "running":
        return "starting" if run.seconds_left is None else f"{clock(run.seconds_left)} left"
    return f"{run.status}: {run.reason}" if run.reason and run.ended else run.status
