"""Charts of the training of a bench's runs: losses, gradients, D's verdicts and the variety of samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..results.bench_files.bench_results import BenchResults
from ..results.formats import short
from .histories import VERDICTS, History, histories
from .line_chart import Circle, Line, line_chart
from .sections.figures import Figure, csv_link, file_name
from .svg import COLOURS, DASHES

_AGAINST = "kimg"
_VERDICT_NAMES = {"logits_real": "training", "logits_held_out": "held out", "logits_fake": "fakes"}


@dataclass(frozen=True)
class _Chart:
    """A chart with a line a recipe.

    Attributes:
        quantity: what it shows.
        title: the same in words.
        caption: how it is to be read.
        log: whether its axis is logarithmic where the values span more than a decade.
        shown: values that the axis reaches in any case.
        alarm: the kind of alarm that is seen on it.
    """

    quantity: str
    title: str
    caption: str = ""
    log: bool = False
    shown: tuple[float, ...] = ()
    alarm: str = ""


_CHARTS = (
    _Chart("d_loss", "Loss of D", "What D descends, penalties among it; the mean between two points."),
    _Chart("g_loss", "Loss of G", "What G descends; the mean between two points."),
    _Chart("d_gradient", "Gradient norm of D", "The mean between two points, penalties among it.", log=True),
    _Chart("g_gradient", "Gradient norm of G", "The mean between two points.", log=True, alarm="vanishing-gradient"),
    _Chart(
        "diversity",
        "Diversity of samples",
        "The mean distance of two samples over that of two real ones: near 0 for one and the same sample.",
        shown=(0.0, 1.0),
        alarm="collapse",
    ),
)


def diagnostic_figures(results: BenchResults, bench: Path) -> list[Figure]:
    """Draw the training of a bench; nothing where its runs left no records, as in one that was joined of others.

    A line is the mean over the finished seeds of a recipe, or over the others where none finished. A circle is where
    an alarm of one of its seeds began.

    Args:
        results: of the bench.
        bench: its folder, below which are those of its runs.
    """
    found = histories(results, bench)
    figures = [figure for chart in _CHARTS if (figure := _by_recipe(chart, found)) is not None]
    figures += [figure for history in found if (figure := _verdicts(history)) is not None]
    return figures + [figure for history in found if (figure := _changing(history)) is not None]


def _by_recipe(chart: _Chart, found: Sequence[History]) -> Figure | None:
    """One quantity, a line a recipe."""
    drawn = [(history, mean) for history in found if (mean := history.mean(chart.quantity))]
    if not drawn:
        return None
    above = [value for _, mean in drawn for _, value in mean if value > 0]
    log = chart.log and bool(above) and max(above) > 10 * min(above)
    dashes = [DASHES[history.index // COLOURS % len(DASHES)] for history, _ in drawn]
    lines = [
        Line(history.recipe, mean, history.index, dash) for (history, mean), dash in zip(drawn, dashes, strict=True)
    ]
    circles = [circle for number, (history, _) in enumerate(drawn) for circle in _circles(history, chart.alarm, number)]
    svg, beyond = line_chart(lines, chart.title, _AGAINST, log=log, shown=chart.shown, circles=circles)
    return Figure(
        svg,
        chart.title,
        _caption(f"{chart.caption}{' Logarithmic scale.' if log else ''}", beyond, circles),
        csv_link([("recipe", "seed", _AGAINST, chart.quantity), *_rows([one for one, _ in drawn], chart.quantity)]),
        file_name(chart.quantity),
    )


def _verdicts(history: History) -> Figure | None:
    """Draw D's verdicts on each kind of image, of one recipe: every D has a scale of its own."""
    means = {quantity: mean for quantity in VERDICTS if (mean := history.mean(quantity))}
    if not means:
        return None
    lines = [
        Line(_VERDICT_NAMES[quantity], mean, history.index, DASHES[VERDICTS.index(quantity)])
        for quantity, mean in means.items()
    ]
    circled = list(means).index("logits_held_out") if "logits_held_out" in means else 0
    circles = _circles(history, "overfitting", circled)
    title = f"Verdicts of D: {history.recipe}"
    svg, beyond = line_chart(lines, title, _AGAINST, circles=circles)
    said = "What D says of training data and of fakes"
    if "logits_held_out" in means:
        said = "What D says of training data, of held-out data and of fakes: where the second part from the first, "
        said += "D knows its images by heart"
    rows = [(name, *row[1:]) for name in means for row in _rows([history], name)]
    return Figure(
        svg,
        title,
        _caption(f"{said}.", beyond, circles),
        csv_link([("quantity", "seed", _AGAINST, "value"), *rows]),
        file_name("verdicts", history.recipe),
    )


def _changing(history: History) -> Figure | None:
    """Draw the values of one recipe that change over the run, each over the largest that it had."""
    if not history.values:
        return None
    lines, rows, ends = [], [], []
    for number, (key, points) in enumerate(history.values.items()):
        values = [value for _, value in points]
        largest = max(map(abs, values)) or 1.0
        shown = tuple((x, y / largest) for x, y in points)
        lines.append(Line(_short_key(key), shown, history.index, DASHES[number % len(DASHES)]))
        ends.append(
            f"{key} from {_value(values[0])} to {_value(values[-1])}, at the most {_value(max(values, key=abs))}"
        )
        rows += [(key, x, y) for x, y in points]
    title = f"Values that change: {history.recipe}"
    svg, _ = line_chart(lines, title, _AGAINST, shown=(0.0, 1.0))
    said = f"As steps were played with them, each over the largest that it had: {'; '.join(ends)}."
    return Figure(svg, title, said, csv_link([("key", _AGAINST, "value"), *rows]), file_name("values", history.recipe))


def _value(value: float) -> str:
    """Write a value; a decay near 1 has digits enough to tell it from 1."""
    return f"{value:.6g}" if 0.9 < value < 1 else short(value)


def _short_key(key: str) -> str:
    """``d_optimizer.betas.1`` is ``D beta2``."""
    place, _, last = key.rpartition(".")
    player = {"g_optimizer": "G", "d_optimizer": "D"}.get(place.partition(".")[0])
    if player is not None:
        return f"{player} {f'beta{int(last) + 1}' if last.isdecimal() else last}"
    return place.rpartition(".")[2]


def _circles(history: History, kind: str, line: int) -> list[Circle]:
    return [
        Circle(line, float(alarm.kimg), f"{history.recipe}, seed {seed}: {alarm.text}")
        for seed, alarm in history.alarms
        if alarm.kind == kind and alarm.kimg is not None
    ]


def _caption(said: str, beyond: bool, circles: Sequence[Circle]) -> str:
    more = ["Rare values beyond the axis are drawn at its edge."] if beyond else []
    more += ["A circle is where an alarm began."] if circles else []
    return " ".join([said, *more])


def _rows(found: Sequence[History], quantity: str) -> list[tuple[object, ...]]:
    return [
        (history.recipe, trace.seed, x, y)
        for history in found
        for trace in history.traces[quantity]
        for x, y in trace.points
    ]
