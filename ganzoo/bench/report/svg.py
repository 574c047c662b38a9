"""Elements of charts: inline SVG whose colours come from the page's CSS.

A recipe is told by colour, by the shape of its marks and by a label beside its line, and beyond eight recipes
by the dashes of its line too: never by colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

from ...text import printable
from ..results.formats import short
from .axis import Axis
from .curves import Point

COLOURS = 8
DASHES = ("", "7 3 1.5 3", "2 2.5")
LABELLED = 8

WIDTH, HEIGHT = 440.0, 285.0
TOP, BOTTOM, LEFT = 14.0, 42.0, 50.0
LETTER = 6.7  # a letter of an 11.5 px label in a wide sans-serif face


def drawing(height: float, title: str, description: str) -> ElementTree.Element:
    """Return an empty drawing of the usual width, with what a screen reader says of it."""
    svg = ElementTree.Element(
        "svg",
        {"xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {WIDTH:g} {height:g}", "role": "img"},
    )
    ElementTree.SubElement(svg, "title").text = printable(title)
    ElementTree.SubElement(svg, "desc").text = printable(description)
    return svg


def add(parent: ElementTree.Element, tag: str, text: str | None = None, **attributes: object) -> ElementTree.Element:
    """Return an element below ``parent``; ``class_`` is written ``class``, ``text_anchor`` ``text-anchor``."""
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


def path(points: Sequence[Point], x: Axis, y: Axis) -> str:
    """Return the ``d`` of a line through ``points``."""
    return "M" + "L".join(f"{x(a):.1f} {y(b):.1f}" for a, b in points)


def shape(index: int, x: float, y: float, r: float) -> str:
    """Return a dot, a square, a triangle or a diamond, by the recipe's index."""
    return (
        f"M{x - r:.1f} {y:.1f}a{r} {r} 0 1 0 {2 * r:.1f} 0a{r} {r} 0 1 0 {-2 * r:.1f} 0Z",
        f"M{x - r:.1f} {y - r:.1f}h{2 * r:.1f}v{2 * r:.1f}h{-2 * r:.1f}Z",
        f"M{x:.1f} {y - 1.3 * r:.1f}l{1.25 * r:.1f} {2.2 * r:.1f}h{-2.5 * r:.1f}Z",
        f"M{x:.1f} {y - 1.4 * r:.1f}l{1.4 * r:.1f} {1.4 * r:.1f}l{-1.4 * r:.1f} {1.4 * r:.1f}"
        f"l{-1.4 * r:.1f} {-1.4 * r:.1f}Z",
    )[index % 4]


def mark(parent: ElementTree.Element, index: int, x: float, y: float, tooltip: str, kind: str = "mark") -> None:
    """Add a mark whose tooltip shows when the pointer rests on it."""
    drawn = add(parent, "path", d=shape(index, x, y, 3.0), class_=f"{kind} c{index % COLOURS}")
    add(drawn, "title", tooltip)


def line_style(index: int, kind: str = "line") -> dict[str, str]:
    """Return the attributes of a recipe's line: its colour, and beyond eight recipes its dashes."""
    dash = DASHES[index // COLOURS % len(DASHES)]
    return {"class_": f"{kind} c{index % COLOURS}"} | ({"stroke_dasharray": dash} if dash else {})


def spread(wanted: Sequence[float], apart: float, low: float, high: float) -> list[float]:
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


def cut(name: str, letters: int) -> str:
    """``name``, or as much of it as so many letters hold."""
    return name if len(name) <= letters else name[: letters - 1] + "…"


def horizontal_rules(svg: ElementTree.Element, y: Axis, left: float, right: float) -> None:
    """Add a faint line at each tick of ``y``, and its value to the left."""
    for tick in y.ticks():
        add(svg, "path", d=f"M{left:.1f} {y(tick):.1f}H{right:.1f}", class_="rule")
        add(svg, "text", short(tick), x=left - 7, y=y(tick) + 4, class_="tick", text_anchor="end")


def frame(svg: ElementTree.Element, x: Axis, y: Axis, x_label: str) -> None:
    """Both axes, with their ticks, and what runs along the lower one."""
    horizontal_rules(svg, y, x.start, x.end)
    for tick in x.ticks():
        add(svg, "path", d=f"M{x(tick):.1f} {y.start:.1f}v4", class_="axis")
        add(svg, "text", short(tick), x=x(tick), y=y.start + 17, class_="tick", text_anchor="middle")
    add(svg, "path", d=f"M{x.start:.1f} {y.start:.1f}H{x.end:.1f}", class_="axis")
    add(svg, "text", x_label, x=(x.start + x.end) / 2, y=HEIGHT - 6, class_="label", text_anchor="middle")


def letters_of(names: Sequence[str]) -> int:
    """Return how many letters the names beside the lines are given; 0 where there are too many to be named there."""
    return min(20, max(map(len, names))) if len(names) <= LABELLED else 0


def right_of(letters: int) -> float:
    """Return where the lower axis ends, so that so many letters have room beside it."""
    return WIDTH - (letters * LETTER + 22 if letters else 12)


def name_lines(svg: ElementTree.Element, names: Sequence[str], ends: Sequence[Point], x: Axis, y: Axis) -> None:
    """Write each name beside the end of its line, and lead to it where the two are apart."""
    letters = letters_of(names)
    if not letters:
        return
    places = spread([y(b) for _, b in ends], 14.0, y.end, y.start)
    for name, (a, b), place in zip(names, ends, places, strict=True):
        if abs(place - y(b)) > 3 or x.end - x(a) > 4:
            lead = f"M{x(a) + 4:.1f} {y(b):.1f}L{x.end + 10:.1f} {place:.1f}"
            add(svg, "path", d=lead, class_="lead")
        text = add(svg, "text", cut(name, letters), x=x.end + 13, y=place + 4, class_="name")
        if len(name) > letters:
            add(text, "title", name)
