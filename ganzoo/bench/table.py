"""From ``results.json`` to the table of a bench: rows, the terminal's form and the Markdown form."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TextIO

from ..printable import printable
from .formats import NONE, count, decimals, duration, fixed, memory, number, whole
from .statistics import Summary, summarise

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table as RichTable

ARROWS = {"lower": "↓", "higher": "↑"}


@dataclass(frozen=True)
class Column:
    """A metric's column.

    Attributes:
        key: the metric's name.
        label: its title, e.g. ``FD[digits]``.
        sample: the number of generated images behind it, as in ``@10k``; with the arrow of the good end.
        better: ``lower`` or ``higher``.
        digits: the decimals that all of the column is written with.
    """

    key: str
    label: str
    sample: str
    better: str
    digits: int

    @property
    def title(self) -> str:
        """The whole title, e.g. ``FD[digits]@10k ↓``."""
        return self.label + self.sample


@dataclass(frozen=True)
class Row:
    """A recipe's row.

    Attributes:
        recipe: the recipe as it was asked for.
        done: how many of its seeds finished.
        asked: how many were asked for.
        metrics: a summary over the finished seeds by metric; None where no seed has the number.
        best: the metrics in which it is best beyond the intervals.
        images_per_second: the median of the finished seeds.
        peak_memory_mb: the highest of the finished seeds.
        seconds: training time of a run, the mean of the finished seeds.
    """

    recipe: str
    done: int
    asked: int
    metrics: Mapping[str, Summary | None]
    best: frozenset[str]
    images_per_second: float | None
    peak_memory_mb: float | None
    seconds: float | None

    @property
    def seeds(self) -> str:
        """The seeds column: ``2/3``."""
        return f"{self.done}/{self.asked}"


@dataclass(frozen=True)
class Baseline:
    """A row without a GAN: what the metric says of the real data.

    Attributes:
        name: ``real halves``, with its sample count, or ``real data``.
        values: the number by metric.
    """

    name: str
    values: Mapping[str, float | None]


@dataclass(frozen=True)
class Table:
    """All that a bench's table shows, before anything is drawn.

    Attributes:
        columns: the metrics' columns, in order.
        rows: one a recipe, in the order asked.
        baselines: the rows of the real data.
        reasons: one line for each run that did not finish.
        notes: what the signs in the table mean.
    """

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    baselines: tuple[Baseline, ...]
    reasons: tuple[str, ...]
    notes: tuple[str, ...]


def recipe_names(results: Mapping[str, Any]) -> list[str]:
    """The recipes in the order asked."""
    names = dict.fromkeys(results.get("recipes") or {})
    names.update(dict.fromkeys(run["recipe"] for run in results["runs"]))
    return list(names)


def _column(spec: Mapping[str, str], results: Mapping[str, Any]) -> Column:
    key = spec["key"]
    means = [
        value
        for run in results["runs"]
        if run["status"] == "done" and (value := number((run.get("metrics") or {}).get(key))) is not None
    ]
    sample = f"@{count(results['samples'])} {ARROWS[spec['better']]}"
    label = printable(spec["label"])
    real = number((results.get("real") or {}).get(key))
    # One decimal says enough of shares in per cent, and of the mean of counts, which are whole of the real data too.
    counts = real is not None and all(value.is_integer() for value in (real, *means))
    return Column(key, label, sample, spec["better"], 1 if counts or label.endswith("%") else decimals(means))


def _summary(runs: Iterable[Mapping[str, Any]], key: str) -> Summary | None:
    values = [number((run.get("metrics") or {}).get(key)) for run in runs]
    known = [value for value in values if value is not None]
    return summarise(known) if known else None


def _present(runs: Iterable[Mapping[str, Any]], key: str) -> list[float]:
    return [value for run in runs if (value := number(run.get(key))) is not None]


def _row(recipe: str, runs: Sequence[Mapping[str, Any]], asked: int, columns: Sequence[Column]) -> Row:
    done = [run for run in runs if run["status"] == "done"]
    speeds, memories, seconds = (_present(done, key) for key in ("images_per_second", "peak_memory_mb", "seconds"))
    return Row(
        recipe=recipe,
        done=len(done),
        asked=max(asked, len(runs)),
        metrics={column.key: _summary(done, column.key) for column in columns},
        best=frozenset(),
        images_per_second=statistics.median(speeds) if speeds else None,
        peak_memory_mb=max(memories, default=None),
        seconds=statistics.fmean(seconds) if seconds else None,
    )


def _best(column: Column, rows: Sequence[Row]) -> str | None:
    """The recipe that is best in ``column`` beyond doubt, or None for a tie.

    Its seeds must all have finished, lest the lucky ones speak for it; its interval must overlap no other
    recipe's, where a recipe with one finished seed counts as a point.
    """
    sign = 1 if column.better == "lower" else -1
    known = [(row, summary) for row in rows if (summary := row.metrics[column.key]) is not None]
    if len(known) < 2:
        return None
    row, summary = min(known, key=lambda pair: sign * pair[1].mean)
    if summary.half_width is None or summary.n < row.asked:
        return None
    if any(summary.overlaps(other) for _, other in known if other is not summary):
        return None
    return row.recipe


def _reasons(results: Mapping[str, Any], names: Sequence[str]) -> tuple[str, ...]:
    runs = {(run["recipe"], run["seed"]): run for run in results["runs"]}
    lines = []
    for name in names:
        seeds = dict.fromkeys([*results["seeds"], *(seed for recipe, seed in runs if recipe == name)])
        for seed in seeds:
            run = runs.get((name, seed))
            if run is None:
                lines.append(f"{name}, seed {seed}: not run")
            elif run["status"] != "done":
                lines.append(f"{name}, seed {seed}: {run['status']}: {run.get('reason') or 'no reason was recorded'}")
    return tuple(printable(line) for line in lines)


def _baselines(results: Mapping[str, Any], columns: Sequence[Column]) -> tuple[Baseline, ...]:
    floor_n = results.get("floor_n")
    halves = "real halves" if floor_n is None else f"real halves @{count(floor_n)}"
    rows = (
        Baseline(halves, {c.key: number((results.get("floor") or {}).get(c.key)) for c in columns}),
        Baseline("real data", {c.key: number((results.get("real") or {}).get(c.key)) for c in columns}),
    )
    return tuple(row for row in rows if any(value is not None for value in row.values.values()))


def _notes(rows: Sequence[Row], baselines: Sequence[Baseline]) -> tuple[str, ...]:
    summaries = [summary for row in rows for summary in row.metrics.values() if summary is not None]
    notes = []
    if any(summary.half_width is not None for summary in summaries):
        notes.append("±: half-width of the 95 % Student-t interval of the mean over finished seeds.")
    if any(summary.half_width is None for summary in summaries):
        notes.append("A value without ± comes from one seed; nothing says how sure it is.")
    if any(row.best for row in rows):
        notes.append("Bold: the best, with all seeds finished and an interval that overlaps no other.")
    elif len(rows) > 1 and summaries:
        notes.append("No best value is marked: none stands clear of the other recipes' intervals.")
    if any(row.name.startswith("real halves") for row in baselines):
        notes.append("real halves: the metric between two halves of the real data, the floor.")
    notes.append("images/s: median; memory: peak; time: mean training, no warm-up or evaluation.")
    return tuple(notes)


def _engine_notes(results: Mapping[str, Any]) -> tuple[str, ...]:
    """What is to be known of how the steps were played, where it is not as usual."""
    runs = [run for run in results["runs"] if run["status"] == "done"]
    engines = [(run["recipe"], run.get("engine") or {}) for run in runs]
    precisions = dict.fromkeys((run.get("environment") or {}).get("precision", "fp32") for run in runs)
    notes = [f"Trained in {' and '.join(precisions)}; judged in fp32."] if precisions.keys() - {"fp32"} else []
    if any(engine.get("compiled") for _, engine in engines):
        notes.append("Networks compiled.")
    if (most := max((engine.get("together", 1) for _, engine in engines), default=1)) > 1:
        notes.append(f"Up to {most} seeds shared a process: images/s is that of one of them while all of them trained.")
    reasons = dict.fromkeys((recipe, engine["why_eager"]) for recipe, engine in engines if engine.get("why_eager"))
    notes += [f"{printable(recipe)} was not replayed: {printable(why)}." for recipe, why in reasons]
    return tuple(notes)


def aggregate(results: Mapping[str, Any]) -> Table:
    """The table of a bench from the content of its ``results.json``.

    Only finished runs give numbers; the others are counted in the seeds column and listed with their reasons.
    """
    names = recipe_names(results)
    columns = tuple(_column(spec, results) for spec in results["columns"])
    asked = len(results["seeds"])
    rows = [_row(name, [run for run in results["runs"] if run["recipe"] == name], asked, columns) for name in names]
    winners = {column.key: _best(column, rows) for column in columns}
    rows = [replace(row, best=frozenset(key for key, name in winners.items() if name == row.recipe)) for row in rows]
    baselines = _baselines(results, columns)
    return Table(
        columns, tuple(rows), baselines, _reasons(results, names), _notes(rows, baselines) + _engine_notes(results)
    )


def cell(row: Row, column: Column) -> str:
    """A metric of a recipe as text: ``10.12 ± 0.45``, ``10.12`` with one seed, a dash with none."""
    summary = row.metrics[column.key]
    if summary is None:
        return NONE
    text = fixed(summary.mean, column.digits)
    if summary.half_width is not None:
        text += f" ± {fixed(summary.half_width, column.digits)}"
    return text if summary.n == row.done else f"{text} (n={summary.n})"


def markdown(table: Table) -> str:
    """The table in Markdown, with its reasons and notes below; the best values are ``**bold**``."""
    titles = [
        "recipe",
        "seeds",
        *(_markdown_text(column.title) for column in table.columns),
        "images/s",
        "memory",
        "time",
    ]
    lines = [titles, [":---", *("---:" for _ in titles[1:])]]
    for row in table.rows:
        values = [f"**{cell(row, c)}**" if c.key in row.best else cell(row, c) for c in table.columns]
        lines.append([_markdown_text(printable(row.recipe)), row.seeds, *values, *_costs(row)])
    for baseline in table.baselines:
        values = [fixed(baseline.values[column.key], column.digits) for column in table.columns]
        lines.append([f"*{baseline.name}*", "", *values, "", "", ""])
    text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    reasons = "\n".join(f"- {_markdown_text(reason)}" for reason in table.reasons)
    return "\n\n".join(part for part in (text, reasons, " ".join(table.notes)) if part) + "\n"


def _markdown_text(text: str) -> str:
    text = text.replace("\\", "\\\\").replace("&", "&amp;").replace("<", "&lt;").replace("](", "\\](")
    for sign in "|*_`~":
        text = text.replace(sign, "\\" + sign)
    return text


def _costs(row: Row) -> list[str]:
    return [whole(row.images_per_second), memory(row.peak_memory_mb), duration(row.seconds)]


@dataclass(frozen=True)
class _Layout:
    """How much room the terminal's table may take.

    Attributes:
        fold_names: break a variant's name before each of its colons.
        fold_titles: put ``@10k ↓`` below the label.
        fold_values: put ``± 0.45`` below the mean.
    """

    fold_names: bool
    fold_titles: bool
    fold_values: bool


# From the roomy to the tight one; past the last, the columns are spread over several tables.
_LAYOUTS = (
    _Layout(fold_names=False, fold_titles=False, fold_values=False),
    _Layout(fold_names=False, fold_titles=True, fold_values=False),
    _Layout(fold_names=True, fold_titles=True, fold_values=False),
    _Layout(fold_names=True, fold_titles=True, fold_values=True),
)
_NARROWEST_NAME = 14


def print_table(table: Table, stream: TextIO | None = None, width: int | None = None) -> None:
    """Print the table, the reasons and the notes to ``stream`` (stdout) through rich, never wider than it is.

    Colour and bold only where ``stream`` is a terminal; NO_COLOR and TERM=dumb are respected, and where there is
    no bold the best values carry a ``*``.

    Args:
        table: what to show.
        stream: where to; stdout by default.
        width: columns to use; the terminal's by default, or 80.
    """
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream if stream is not None else sys.stdout, width=width, highlight=False)
    plain = not console.is_terminal or console.is_dumb_terminal
    for drawn in _fitting(table, console, plain):
        console.print(drawn)
    for reason in table.reasons:
        console.print(Text(_encodable(reason, console), style="red"), soft_wrap=False)
    if table.reasons:
        console.print()
    for note in table.notes:
        said = note.replace("Bold:", "*:") if plain else note
        console.print(Text(_encodable(said, console), style="dim"))


def _fitting(table: Table, console: Console, plain: bool) -> list[RichTable]:
    for layout in _LAYOUTS:
        drawn = _drawn(table, table.columns, layout, console, plain, costs=True)
        if _width(drawn, console) <= console.width:
            return [drawn]
    parts: list[RichTable] = []
    left = list(table.columns)
    while left:
        for taken in range(len(left), 0, -1):
            drawn = _drawn(table, left[:taken], _LAYOUTS[-1], console, plain, costs=taken == len(left))
            if taken == 1 or _narrowest(drawn, console) <= console.width:
                break
        if taken == len(left) == 1 and _narrowest(drawn, console) > console.width:
            # One metric and the costs side by side are too much: the costs get a table of their own.
            parts.append(_drawn(table, left, _LAYOUTS[-1], console, plain, costs=False))
            drawn = _drawn(table, [], _LAYOUTS[-1], console, plain, costs=True)
        parts.append(drawn)
        left = left[taken:]
    return parts


def _width(drawn: RichTable, console: Console) -> int:
    """The width that ``drawn`` would like to have, however wide the console is."""
    return console.measure(drawn, options=console.options.update(width=10_000)).maximum


def _narrowest(drawn: RichTable, console: Console) -> int:
    """The width of ``drawn`` with its names folded as far as they may be."""
    widest = max(len(line) for text in drawn.columns[0].cells for line in str(text).split("\n"))
    return _width(drawn, console) - max(0, widest - _NARROWEST_NAME)


def _drawn(
    table: Table, columns: Sequence[Column], layout: _Layout, console: Console, plain: bool, costs: bool
) -> RichTable:
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    def text(words: str, style: str = "") -> Text:
        return Text(_encodable(words, console), style=style)

    drawn = RichTable(
        box=box.HORIZONTALS, collapse_padding=True, pad_edge=False, header_style="none", border_style="dim"
    )
    drawn.add_column(text("recipe"), overflow="fold", min_width=_NARROWEST_NAME if layout.fold_names else None)
    titles = ["seeds"]
    titles += [c.label + ("\n" if layout.fold_titles else "") + c.sample for c in columns]
    titles += ["images/s", "memory", "time"] if costs else []
    for title in titles:
        drawn.add_column(text(title), justify="right", no_wrap=True)
    for i, row in enumerate(table.rows):
        name = printable(row.recipe)
        cells = [text(name.replace(":", "\n :") if layout.fold_names else name)]
        cells.append(text(row.seeds, "" if row.done == row.asked else "red"))
        for column in columns:
            value = cell(row, column)
            value = value.replace(" ±", "\n±") if layout.fold_values else value
            best = column.key in row.best
            cells.append(text(f"*{value}" if best and plain else value, "bold" if best else ""))
        cells += [text(cost) for cost in _costs(row)] if costs else []
        drawn.add_row(*cells, end_section=i == len(table.rows) - 1)
    for baseline in table.baselines if columns else ():
        values = [fixed(baseline.values[column.key], column.digits) for column in columns]
        drawn.add_row(text(baseline.name), "", *(text(value) for value in values), style="dim")
    return drawn


# What a terminal that knows only ASCII is told instead.
_ASCII = str.maketrans({"±": "+-", "↓": "v", "↑": "^", "—": "-"})


def _encodable(text: str, console: Console) -> str:
    encoding = console.encoding
    if encoding.startswith("utf"):
        return text
    return text.translate(_ASCII).encode(encoding, "backslashreplace").decode(encoding)
