"""Inline SVG: curves over training, and the final scores of all seeds. No script; colours come from the page's CSS.

A recipe is told by colour, by the shape of its marks and by a label beside its line, and beyond eight recipes
by the dashes of its line too: never by colour alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from ..printable import printable
from .curves import Curve, Point
from .formats import short
from .table import Column, Table

COLOURS = 8
DASHES = ("", "7 3 1.5 3", "2 2.5")
LABELLED = 8

_WIDTH, _HEIGHT = 440.0, 285.0
_TOP, _BOTTOM, _LEFT = 14.0, 42.0, 50.0
_LETTER = 6.7  # a letter of an 11.5 px label in a wide sans-serif face


@dataclass(frozen=True)
class Reference:
    """A dashed line: what the metric says of the real data.

    Attributes:
        label: what it is, e.g. ``real halves``.
        value: where it lies.
    """

    label: str
    value: float


@dataclass(frozen=True)
class Axis:
    """From values to places on one axis.

    Attributes:
        low: the value at ``start``.
        high: the value at ``end``.
        start: the place of ``low``.
        end: the place of ``high``.
        log: whether the scale is logarithmic.
    """

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """The place of ``value``."""
        change: Callable[[float], float] = math.log10 if self.log else float
        low, high = change(self.low), change(self.high)
        return self.start + (self.end - self.start) * (change(value) - low) / (high - low)

    def ticks(self) -> list[float]:
        """Round values between the two ends."""
        if not self.log:
            step = 10 ** math.floor(math.log10((self.high - self.low) / 4))
            step *= next(k for k in (1, 2, 2.5, 5, 10) if (self.high - self.low) / (step * k) <= 5)
            first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
            return [float(f"{i * step:.10g}") for i in range(first, last + 1)]
        decades = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        for mantissas in ((1, 2, 5), (1, 3), (1,)):
            ticks = [m * 10.0**d for d in decades for m in mantissas if self.low <= m * 10.0**d <= self.high]
            if len(ticks) <= 6:
                break
        return ticks


def log_scale(better: str, values: Sequence[float]) -> bool:
    """Whether ``values`` are better seen on a logarithmic axis: a distance that spans more than a decade."""
    return better == "lower" and min(values) > 0 and max(values) / min(values) > 10


def _value_axis(values: Sequence[float], log: bool, start: float, end: float) -> Axis:
    low, high = min(values), max(values)
    if log:
        room = (high / low) ** 0.06
        return Axis(low / room, high * room, start, end, log=True)
    room = (high - low) * 0.07 or abs(high) * 0.1 or 1.0
    return Axis(low - room, high + room, start, end)


def drawable(references: Sequence[Reference], values: Sequence[float], better: str) -> list[Reference]:
    """The references that fit beside ``values`` without squeezing them flat; the others are for the caption."""
    low, high = min(values), max(values)
    if log_scale(better, values):
        return [reference for reference in references if reference.value > low / 30]
    reach = 3 * max(high - low, abs(high))
    return [reference for reference in references if low - reach < reference.value < high + reach]


def _svg(height: float, title: str, description: str) -> ElementTree.Element:
    svg = ElementTree.Element(
        "svg",
        {"xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {_WIDTH:g} {height:g}", "role": "img"},
    )
    ElementTree.SubElement(svg, "title").text = printable(title)
    ElementTree.SubElement(svg, "desc").text = printable(description)
    return svg


def _add(parent: ElementTree.Element, tag: str, text: str | None = None, **attributes: object) -> ElementTree.Element:
    written = {
        key.rstrip("_").replace("_", "-"): f"{value:.2f}".rstrip("0").rstrip(".")
        if isinstance(value, float)
        else str(value)
        for key, value in attributes.items()
    }
    element = ElementTree.SubElement(parent, tag, written)
    if text is not None:
        element.text = text
    return element


def _path(points: Sequence[Point], x: Axis, y: Axis) -> str:
    return "M" + "L".join(f"{x(a):.1f} {y(b):.1f}" for a, b in points)


def _shape(index: int, x: float, y: float, r: float) -> str:
    """A dot, a square, a triangle or a diamond, by the recipe's index."""
    return (
        f"M{x - r:.1f} {y:.1f}a{r} {r} 0 1 0 {2 * r:.1f} 0a{r} {r} 0 1 0 {-2 * r:.1f} 0Z",
        f"M{x - r:.1f} {y - r:.1f}h{2 * r:.1f}v{2 * r:.1f}h{-2 * r:.1f}Z",
        f"M{x:.1f} {y - 1.3 * r:.1f}l{1.25 * r:.1f} {2.2 * r:.1f}h{-2.5 * r:.1f}Z",
        f"M{x:.1f} {y - 1.4 * r:.1f}l{1.4 * r:.1f} {1.4 * r:.1f}l{-1.4 * r:.1f} {1.4 * r:.1f}"
        f"l{-1.4 * r:.1f} {-1.4 * r:.1f}Z",
    )[index % 4]


def _mark(parent: ElementTree.Element, index: int, x: float, y: float, said: str, kind: str = "mark") -> None:
    """A mark whose ``said`` shows when the pointer rests on it."""
    mark = _add(parent, "path", d=_shape(index, x, y, 3.0), class_=f"{kind} c{index % COLOURS}")
    _add(mark, "title", said)


def _line(index: int, kind: str = "line") -> dict[str, str]:
    dash = DASHES[index // COLOURS % len(DASHES)]
    return {"class_": f"{kind} c{index % COLOURS}"} | ({"stroke_dasharray": dash} if dash else {})


def key_svg(index: int) -> str:
    """A recipe's piece of line and its mark, for the legend."""
    svg = ElementTree.Element(
        "svg",
        {"xmlns": "http://www.w3.org/2000/svg", "viewBox": "0 0 30 12", "class": "key", "aria-hidden": "true"},
    )
    _add(svg, "path", d="M1 6H29", **_line(index))
    _add(svg, "path", d=_shape(index, 15.0, 6.0, 3.4), class_=f"mark c{index % COLOURS}")
    return ElementTree.tostring(svg, encoding="unicode")


def _spread(wanted: Sequence[float], apart: float, low: float, high: float) -> list[float]:
    """Places near those ``wanted``, at least ``apart`` from each other and within ``low`` and ``high``."""
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    places = [0.0] * len(wanted)
    lowest = low
    for i in order:
        places[i] = max(wanted[i], lowest)
        lowest = places[i] + apart
    highest = high
    for i in reversed(order):
        places[i] = min(places[i], highest)
        highest = places[i] - apart
    return places


def _cut(name: str, letters: int) -> str:
    return name if len(name) <= letters else name[: letters - 1] + "…"


def _horizontal_rules(svg: ElementTree.Element, y: Axis, left: float, right: float) -> None:
    for tick in y.ticks():
        _add(svg, "path", d=f"M{left:.1f} {y(tick):.1f}H{right:.1f}", class_="rule")
        _add(svg, "text", short(tick), x=left - 7, y=y(tick) + 4, class_="tick", text_anchor="end")


def curve_chart(
    curves: Sequence[Curve], column: Column, x_label: str, references: Sequence[Reference]
) -> tuple[str, list[Reference]]:
    """The curves of one metric: a mean line and a lowest-to-highest band a recipe, its seeds faint behind.

    Args:
        curves: at least one curve.
        column: the metric.
        x_label: what the curves are drawn against.
        references: what the metric says of the real data.

    Returns:
        the SVG, and the references that did not fit into it.
    """
    points = [point for curve in curves for trace in curve.traces for point in trace.points]
    values = [value for _, value in points]
    drawn = drawable(references, values, column.better)
    log = log_scale(column.better, values)
    names = [printable(curve.recipe) for curve in curves]
    labelled = len(curves) <= LABELLED
    letters = min(20, max(len(name) for name in names)) if labelled else 0
    right = _WIDTH - (letters * _LETTER + 22 if labelled else 12)
    y = _value_axis([*values, *(r.value for r in drawn)], log, _HEIGHT - _BOTTOM, _TOP)
    last = max(x for x, _ in points)
    x = Axis(0.0, last if last > 0 else 1.0, _LEFT, right)

    ends = ", ".join(f"{name} {short(c.mean[-1][1])}" for name, c in zip(names, curves, strict=True) if c.mean)
    svg = _svg(
        _HEIGHT,
        f"{column.title} against {x_label}",
        f"Mean over the finished seeds at the last evaluation: {ends or 'none'}.",
    )
    _horizontal_rules(svg, y, _LEFT, right)
    for tick in x.ticks():
        _add(svg, "path", d=f"M{x(tick):.1f} {_HEIGHT - _BOTTOM:.1f}v4", class_="axis")
        _add(svg, "text", short(tick), x=x(tick), y=_HEIGHT - _BOTTOM + 17, class_="tick", text_anchor="middle")
    _add(svg, "path", d=f"M{_LEFT:.1f} {_HEIGHT - _BOTTOM:.1f}H{right:.1f}", class_="axis")
    middle = (_LEFT + right) / 2
    _add(svg, "text", x_label, x=middle, y=_HEIGHT - 6, class_="label", text_anchor="middle")

    for curve in curves:
        if curve.band:
            outline = [(a, high) for a, _, high in curve.band] + [(a, low) for a, low, _ in reversed(curve.band)]
            _add(svg, "path", d=_path(outline, x, y) + "Z", class_=f"band c{curve.index % COLOURS}")
    for curve in curves:
        for trace in curve.traces:
            said = f"{printable(curve.recipe)}, seed {trace.seed}"
            if len(trace.points) > 1:
                _add(_add(svg, "path", d=_path(trace.points, x, y), **_line(curve.index, "seed")), "title", said)
            if trace.done and not curve.mean:
                for a, b in trace.points:
                    _mark(svg, curve.index, x(a), y(b), f"{said}: {short(b)}")
            if not trace.done:
                a, b = trace.points[-1]
                r = 3.4
                cross = f"M{x(a) - r:.1f} {y(b) - r:.1f}l{2 * r} {2 * r}m0 {-2 * r}l{-2 * r} {2 * r}"
                _add(
                    _add(svg, "path", d=cross, class_=f"stopped c{curve.index % COLOURS}"), "title", f"{said}: stopped"
                )
    for reference in drawn:
        _add(svg, "path", d=f"M{_LEFT:.1f} {y(reference.value):.1f}H{right:.1f}", class_="reference")
        below = y(reference.value) < _TOP + 16
        place = y(reference.value) + (12.5 if below else -5.0)
        said = f"{reference.label} {short(reference.value)}"
        _add(svg, "text", said, x=_LEFT + 4, y=place, class_="note", text_anchor="start")
    for curve, name in zip(curves, names, strict=True):
        if len(curve.mean) > 1:
            _add(_add(svg, "path", d=_path(curve.mean, x, y), **_line(curve.index)), "title", name)
        if len(curve.mean) <= 30:
            for a, b in curve.mean:
                _mark(svg, curve.index, x(a), y(b), f"{name}: {short(b)} at {short(a)} {x_label.split()[0]}")
    if labelled:
        ended = [curve.mean[-1] if curve.mean else curve.traces[0].points[-1] for curve in curves]
        places = _spread([y(b) for _, b in ended], 14.0, _TOP, _HEIGHT - _BOTTOM)
        for name, (a, b), place in zip(names, ended, places, strict=True):
            if abs(place - y(b)) > 3 or right - x(a) > 4:
                lead = f"M{x(a) + 4:.1f} {y(b):.1f}L{right + 10:.1f} {place:.1f}"
                _add(svg, "path", d=lead, class_="lead")
            text = _add(svg, "text", _cut(name, letters), x=right + 13, y=place + 4, class_="name")
            if len(name) > letters:
                _add(text, "title", name)
    return ElementTree.tostring(svg, encoding="unicode"), [r for r in references if r not in drawn]


def score_chart(table: Table, column: Column, references: Sequence[Reference]) -> str:
    """The final scores: a row a recipe with each finished seed as a mark, the mean as a stroke, its 95 % interval.

    Empty where no recipe has a score.
    """
    rows = [
        (index, printable(row.recipe), summary)
        for index, row in enumerate(table.rows)
        if (summary := row.metrics[column.key]) is not None
    ]
    if not rows:
        return ""
    seen = [value for _, _, summary in rows for value in summary.values]
    ends = [end for _, _, summary in rows for end in summary.interval()]
    log = log_scale(column.better, seen)
    # An interval may reach below zero, where a logarithmic axis cannot follow: it is then cut at the axis's end.
    ends = [max(end, min(seen) / 3) for end in ends] if log else ends
    drawn = drawable(references, seen, column.better)
    step, top = 24.0, 22.0
    bottom = top + step * len(rows)
    height = bottom + 24
    letters = min(22, max(len(name) for _, name, _ in rows))
    left = letters * _LETTER + 14
    x = _value_axis([*seen, *ends, *(r.value for r in drawn)], log, left, _WIDTH - 14)
    means = ", ".join(f"{name} {short(summary.mean)}" for _, name, summary in rows)
    svg = _svg(height, f"{column.title} of every finished seed", f"Means: {means}.")
    for tick in x.ticks():
        _add(svg, "path", d=f"M{x(tick):.1f} {top:.1f}V{bottom:.1f}", class_="rule")
        _add(svg, "text", short(tick), x=x(tick), y=bottom + 16, class_="tick", text_anchor="middle")
    _add(svg, "path", d=f"M{left:.1f} {bottom:.1f}H{_WIDTH - 14:.1f}", class_="axis")
    for reference in drawn:
        place = x(reference.value)
        _add(svg, "path", d=f"M{place:.1f} {top - 4:.1f}V{bottom:.1f}", class_="reference")
        anchor = "start" if place < _WIDTH / 2 else "end"
        said = f"{reference.label} {short(reference.value)}"
        _add(svg, "text", said, x=place, y=top - 9, class_="note", text_anchor=anchor)
    for place, (index, name, summary) in enumerate(rows):
        y = top + step * (place + 0.5)
        text = _add(svg, "text", _cut(name, letters), x=left - 10, y=y + 4, class_="name", text_anchor="end")
        if len(name) > letters:
            _add(text, "title", name)
        if summary.half_width is not None:
            low, high = (x(max(end, x.low)) for end in summary.interval())
            _add(svg, "path", d=f"M{low:.1f} {y:.1f}H{high:.1f}", class_=f"interval c{index % COLOURS}")
        _add(svg, "path", d=f"M{x(summary.mean):.1f} {y - 8:.1f}v16", class_=f"mean c{index % COLOURS}")
        for value in summary.values:
            _mark(svg, index, x(value), y, f"{name}: {short(value)}", kind="dot")
    return ElementTree.tostring(svg, encoding="unicode")
