"""Quality against speed: which recipe one would take for which budget."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

from ....text import printable
from ...results.formats import short
from ...stats.statistics import Summary
from ...tables.aggregate import TableColumn
from ..axis import Axis, log_scale, value_axis
from ..svg import BOTTOM, COLOURS, HEIGHT, LEFT, TOP, WIDTH, add, cut, drawing, horizontal_rules, mark

_LETTERS = 24  # of a name, which stands in half the width


def trade_off_chart(column: TableColumn, points: Sequence[tuple[int, str, float, Summary]]) -> str:
    """Return a mark a recipe, with its interval; its name is beside it where there are few.

    Args:
        column: the metric.
        points: of each recipe its index among those asked, its name, images/s (above 0), and the metric's summary.
    """
    values = [end for *_, summary in points for end in (*summary.interval(), summary.mean)]
    means = [summary.mean for *_, summary in points]
    log = log_scale(column.better, means)
    if log:
        values = [max(value, min(means) / 3) for value in values]
    speeds = [speed for _, _, speed, _ in points]
    right = WIDTH - 14
    room = (max(speeds) / min(speeds)) ** 0.08 * 1.15
    x = Axis(min(speeds) / room, max(speeds) * room, LEFT, right, log=True)
    y = value_axis(values, log, HEIGHT - BOTTOM, TOP)
    said = ", ".join(f"{printable(name)} {short(s.mean)} at {short(speed)}" for _, name, speed, s in points)
    svg = drawing(HEIGHT, f"{column.title} against images/s", f"Means: {said}.")
    horizontal_rules(svg, y, LEFT, right)
    for tick in x.ticks():
        add(svg, "path", d=f"M{x(tick):.1f} {HEIGHT - BOTTOM:.1f}v4", class_="axis")
        add(svg, "text", short(tick), x=x(tick), y=HEIGHT - BOTTOM + 17, class_="tick", text_anchor="middle")
    add(svg, "path", d=f"M{LEFT:.1f} {HEIGHT - BOTTOM:.1f}H{right:.1f}", class_="axis")
    middle = (LEFT + right) / 2
    add(svg, "text", "real images shown to D in a second", x=middle, y=HEIGHT - 6, class_="label", text_anchor="middle")
    for index, name, speed, summary in points:
        place = x(speed)
        if summary.half_width is not None:
            low, high = (y(max(end, y.low)) for end in summary.interval())
            add(svg, "path", d=f"M{place:.1f} {low:.1f}V{high:.1f}", class_=f"interval c{index % COLOURS}")
        label = printable(name)
        mark(svg, index, place, y(summary.mean), f"{label}: {short(summary.mean)} at {short(speed)} images/s")
        if len(points) <= COLOURS:
            anchor, aside = ("end", -8.0) if place > middle else ("start", 8.0)
            add(
                svg,
                "text",
                cut(label, _LETTERS),
                x=place + aside,
                y=y(summary.mean) + 4,
                class_="name",
                text_anchor=anchor,
            )
    return ElementTree.tostring(svg, encoding="unicode")
