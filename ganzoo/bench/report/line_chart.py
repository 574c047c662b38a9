"""Lines against what was shown to D, with circles around what is worth a look."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np

from ...text import printable
from ..results.formats import short
from .axis import Axis, value_axis
from .curves import Point
from .svg import BOTTOM, COLOURS, HEIGHT, LEFT, TOP, add, drawing, frame, letters_of, name_lines, path, right_of

TAIL = 0.01  # of the values at either end, which may be cut off
_SQUEEZED = 3  # times as tall as without its tails must an axis be for them to be cut off


@dataclass(frozen=True)
class Line:
    """A line of a chart.

    Attributes:
        name: what stands beside it.
        points: at least one, in order of x.
        colour: index of the recipe.
        dash: as in SVG; empty for a solid line.
    """

    name: str
    points: tuple[Point, ...]
    colour: int
    dash: str = ""

    def at(self, x: float) -> float:
        """Its height at ``x``, or at the end that is nearer."""
        return float(np.interp(x, [a for a, _ in self.points], [b for _, b in self.points]))


@dataclass(frozen=True)
class Circle:
    """A circle on a line.

    Attributes:
        line: the index of the line.
        x: where on it.
        said: what shows when the pointer rests on it.
    """

    line: int
    x: float
    said: str


def line_chart(
    lines: Sequence[Line],
    title: str,
    x_label: str,
    *,
    log: bool = False,
    shown: Sequence[float] = (),
    circles: Sequence[Circle] = (),
) -> tuple[str, bool]:
    """Draw lines.

    Args:
        lines: at least one.
        title: what they show.
        x_label: what they are drawn against.
        log: a logarithmic axis; values that are not above 0 are left out, and some value must be.
        shown: values that the axis reaches in any case.
        circles: where to look.

    Returns:
        the SVG, and whether some values lie beyond the axis: rare ones that would squeeze the others flat.
    """
    if log:
        lines = [Line(one.name, tuple(p for p in one.points if p[1] > 0), one.colour, one.dash) for one in lines]
    drawn = [(number, one) for number, one in enumerate(lines) if one.points]
    values = [b for _, one in drawn for _, b in one.points]
    low, high = _ends(values, log)
    y = value_axis([low, high, *shown], log, HEIGHT - BOTTOM, TOP)
    names = [printable(one.name) for _, one in drawn]
    last = max(a for _, one in drawn for a, _ in one.points)
    x = Axis(0.0, last if last > 0 else 1.0, LEFT, right_of(letters_of(names)))

    def inside(point: Point) -> Point:
        return point[0], min(max(point[1], y.low), y.high)

    ends = ", ".join(f"{name} {short(one.points[-1][1])}" for name, (_, one) in zip(names, drawn, strict=True))
    svg = drawing(HEIGHT, f"{title} against {x_label}", f"At the end: {ends}.")
    frame(svg, x, y, x_label)
    for name, (_, one) in zip(names, drawn, strict=True):
        dash = {"stroke_dasharray": one.dash} if one.dash else {}
        d = path([inside(point) for point in one.points], x, y)
        add(add(svg, "path", d=d, class_=f"line c{one.colour % COLOURS}", **dash), "title", name)
    for circle in circles:
        one = lines[circle.line]
        if one.points:
            a, b = inside((min(max(circle.x, 0.0), x.high), one.at(circle.x)))
            ring = add(svg, "circle", cx=x(a), cy=y(b), r=6.0, class_=f"stopped c{one.colour % COLOURS}")
            add(ring, "title", printable(circle.said))
    name_lines(svg, names, [inside(one.points[-1]) for _, one in drawn], x, y)
    return ElementTree.tostring(svg, encoding="unicode"), low > min(values) or high < max(values)


def _ends(values: Sequence[float], log: bool) -> tuple[float, float]:
    """Return the lowest and the highest value to be shown: all, or all but the tails where these are far out."""
    change = np.log10 if log else np.asarray
    low, high = min(values), max(values)
    inner = [float(v) for v in np.quantile(np.asarray(values), [TAIL, 1 - TAIL])]
    span, without = (float(np.ptp(change(np.asarray(pair)))) for pair in ((low, high), inner))
    return (inner[0], inner[1]) if without > 0 and math.isfinite(span) and span > _SQUEEZED * without else (low, high)
