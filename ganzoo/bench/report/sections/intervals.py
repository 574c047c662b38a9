"""A recipe's interval on one line, to be read down a column of the table."""

from __future__ import annotations

from xml.etree import ElementTree

from ...tables.aggregate import Table, TableColumn
from ..axis import Axis, log_scale, value_axis
from ..svg import COLOURS, add

_WIDTH, _HEIGHT = 150.0, 16.0


def interval_marks(table: Table, column: TableColumn) -> dict[str, str]:
    """Return an SVG for each recipe that has the metric: its 95 % interval, its mean and its seeds, all on one axis."""
    known = {row.recipe: s for row in table.rows if (s := row.metrics[column.key]) is not None}
    if not known:
        return {}
    values = [value for summary in known.values() for value in summary.values]
    log = log_scale(column.better, values)
    ends = [end for summary in known.values() for end in summary.interval()]
    ends = [max(end, min(values) / 3) for end in ends] if log else ends
    x = value_axis([*values, *ends], log, 4.0, _WIDTH - 4.0)
    drawn = {}
    for index, row in enumerate(table.rows):
        if (summary := known.get(row.recipe)) is not None:
            drawn[row.recipe] = _line(x, index, summary.interval(), summary.mean, summary.values)
    return drawn


def _line(x: Axis, index: int, ends: tuple[float, float], mean: float, values: tuple[float, ...]) -> str:
    svg = ElementTree.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {_WIDTH:g} {_HEIGHT:g}",
            "class": "line-up",
            "aria-hidden": "true",
        },
    )
    colour, y = f"c{index % COLOURS}", _HEIGHT / 2
    low, high = (x(max(end, x.low)) for end in ends)
    add(svg, "path", d=f"M0 {y:.1f}H{_WIDTH:.1f}", class_="rule")
    add(svg, "path", d=f"M{low:.1f} {y:.1f}H{high:.1f}", class_=f"interval {colour}")
    for value in values:
        add(svg, "circle", cx=x(value), cy=y, r=2.2, class_=f"dot {colour}")
    add(svg, "path", d=f"M{x(mean):.1f} {y - 6:.1f}v12", class_=f"mean {colour}")
    return ElementTree.tostring(svg, encoding="unicode")
