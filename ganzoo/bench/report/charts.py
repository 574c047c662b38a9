"""Charts as inline SVG: curves over training, and the final scores of all seeds. No script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from ...text import printable
from ..results.formats import short
from ..tables.aggregate import Table, TableColumn
from .axis import Axis, log_scale, value_axis
from .curves import Curve
from .svg import (
    BOTTOM,
    COLOURS,
    HEIGHT,
    LEFT,
    LETTER,
    TOP,
    WIDTH,
    add,
    cut,
    drawing,
    frame,
    letters_of,
    line_style,
    mark,
    name_lines,
    path,
    right_of,
    shape,
)


@dataclass(frozen=True)
class ReferenceLine:
    """A dashed line: what the metric says of the real data.

    Attributes:
        label: what it is, e.g. ``real halves``.
        value: where it lies.
    """

    label: str
    value: float


def drawable(references: Sequence[ReferenceLine], values: Sequence[float], better: str) -> list[ReferenceLine]:
    """Return the references that fit beside ``values`` without squeezing them flat; the others are for the caption."""
    low, high = min(values), max(values)
    if log_scale(better, values):
        return [reference for reference in references if reference.value > low / 30]
    reach = 3 * max(high - low, abs(high))
    return [reference for reference in references if low - reach < reference.value < high + reach]


def key_svg(index: int) -> str:
    """Return a recipe's piece of line and its mark, for the legend."""
    svg = ElementTree.Element(
        "svg",
        {"xmlns": "http://www.w3.org/2000/svg", "viewBox": "0 0 30 12", "class": "key", "aria-hidden": "true"},
    )
    add(svg, "path", d="M1 6H29", **line_style(index))
    add(svg, "path", d=shape(index, 15.0, 6.0, 3.4), class_=f"mark c{index % COLOURS}")
    return ElementTree.tostring(svg, encoding="unicode")


def curve_chart(
    curves: Sequence[Curve], column: TableColumn, x_label: str, references: Sequence[ReferenceLine]
) -> tuple[str, list[ReferenceLine]]:
    """Return the curves of one metric: a mean line and a lowest-to-highest band a recipe, its seeds faint behind.

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
    y = value_axis([*values, *(r.value for r in drawn)], log, HEIGHT - BOTTOM, TOP)
    last = max(x for x, _ in points)
    x = Axis(0.0, last if last > 0 else 1.0, LEFT, right_of(letters_of(names)))

    ends = ", ".join(f"{name} {short(c.mean[-1][1])}" for name, c in zip(names, curves, strict=True) if c.mean)
    svg = drawing(
        HEIGHT,
        f"{column.title} against {x_label}",
        f"Mean over the finished seeds at the last evaluation: {ends or 'none'}.",
    )
    frame(svg, x, y, x_label)

    for curve in curves:
        if curve.band:
            outline = [(a, high) for a, _, high in curve.band] + [(a, low) for a, low, _ in reversed(curve.band)]
            add(svg, "path", d=path(outline, x, y) + "Z", class_=f"band c{curve.index % COLOURS}")
    for curve in curves:
        _draw_traces(svg, curve, x, y)
    for reference in drawn:
        _draw_reference(svg, reference, x, y)
    for curve, name in zip(curves, names, strict=True):
        if len(curve.mean) > 1:
            add(add(svg, "path", d=path(curve.mean, x, y), **line_style(curve.index)), "title", name)
        if len(curve.mean) <= 30:
            for a, b in curve.mean:
                mark(svg, curve.index, x(a), y(b), f"{name}: {short(b)} at {short(a)} {x_label.split()[0]}")
    ended = [curve.mean[-1] if curve.mean else curve.traces[0].points[-1] for curve in curves]
    name_lines(svg, names, ended, x, y)
    return ElementTree.tostring(svg, encoding="unicode"), [r for r in references if r not in drawn]


def _draw_traces(svg: ElementTree.Element, curve: Curve, x: Axis, y: Axis) -> None:
    """Draw the seeds of a recipe: faint lines, marks where there is no mean, a cross where one stopped."""
    for trace in curve.traces:
        title = f"{printable(curve.recipe)}, seed {trace.seed}"
        if len(trace.points) > 1:
            add(add(svg, "path", d=path(trace.points, x, y), **line_style(curve.index, "seed")), "title", title)
        if trace.done and not curve.mean:
            for a, b in trace.points:
                mark(svg, curve.index, x(a), y(b), f"{title}: {short(b)}")
        if not trace.done:
            a, b = trace.points[-1]
            r = 3.4
            cross = f"M{x(a) - r:.1f} {y(b) - r:.1f}l{2 * r} {2 * r}m0 {-2 * r}l{-2 * r} {2 * r}"
            add(add(svg, "path", d=cross, class_=f"stopped c{curve.index % COLOURS}"), "title", f"{title}: stopped")


def _draw_reference(svg: ElementTree.Element, reference: ReferenceLine, x: Axis, y: Axis) -> None:
    """Draw a dashed line across the chart, with its label above it, or below it at the upper end."""
    place = y(reference.value)
    add(svg, "path", d=f"M{LEFT:.1f} {place:.1f}H{x.end:.1f}", class_="reference")
    label = f"{reference.label} {short(reference.value)}"
    aside = 12.5 if place < TOP + 16 else -5.0
    add(svg, "text", label, x=LEFT + 4, y=place + aside, class_="note", text_anchor="start")


def score_chart(table: Table, column: TableColumn, references: Sequence[ReferenceLine]) -> str:
    """Draw the final scores: a row a recipe, each finished seed a mark, the mean a stroke with its 95 % interval.

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
    left = letters * LETTER + 14
    x = value_axis([*seen, *ends, *(r.value for r in drawn)], log, left, WIDTH - 14)
    means = ", ".join(f"{name} {short(summary.mean)}" for _, name, summary in rows)
    svg = drawing(height, f"{column.title} of every finished seed", f"Means: {means}.")
    for tick in x.ticks():
        add(svg, "path", d=f"M{x(tick):.1f} {top:.1f}V{bottom:.1f}", class_="rule")
        add(svg, "text", short(tick), x=x(tick), y=bottom + 16, class_="tick", text_anchor="middle")
    add(svg, "path", d=f"M{left:.1f} {bottom:.1f}H{WIDTH - 14:.1f}", class_="axis")
    for reference in drawn:
        place = x(reference.value)
        add(svg, "path", d=f"M{place:.1f} {top - 4:.1f}V{bottom:.1f}", class_="reference")
        anchor = "start" if place < WIDTH / 2 else "end"
        said = f"{reference.label} {short(reference.value)}"
        add(svg, "text", said, x=place, y=top - 9, class_="note", text_anchor=anchor)
    for place, (index, name, summary) in enumerate(rows):
        y = top + step * (place + 0.5)
        text = add(svg, "text", cut(name, letters), x=left - 10, y=y + 4, class_="name", text_anchor="end")
        if len(name) > letters:
            add(text, "title", name)
        if summary.half_width is not None:
            low, high = (x(max(end, x.low)) for end in summary.interval())
            add(svg, "path", d=f"M{low:.1f} {y:.1f}H{high:.1f}", class_=f"interval c{index % COLOURS}")
        add(svg, "path", d=f"M{x(summary.mean):.1f} {y - 8:.1f}v16", class_=f"mean c{index % COLOURS}")
        for value in summary.values:
            mark(svg, index, x(value), y, f"{name}: {short(value)}", kind="dot")
    return ElementTree.tostring(svg, encoding="unicode")
