"""Bars of how many samples each mode has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ganzoo.drawing import GENERATED, INK, REAL, RULE, SOFT, blank, legend, png_bytes, round_step
from ganzoo.drawing.palette import Colour

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

# Drawn at three times the size that a report shows it in, so that it stays sharp there.
WIDTH, HEIGHT = 1120, 560
LEFT, TOP, RIGHT, BOTTOM = 100, 106, 20, 64
TEXT = 30
COLOURS = 24  # the palette's and what is between them at the edges of letters: a third of the bytes of all
PAIRS = 40  # modes up to which the two bars stand side by side, in the order of the modes
TALLEST = 5  # times the highest real bar: what is higher is cut, lest one mode flatten all others


def bars_png(generated: Sequence[int], real: Sequence[int], n: int, n_real: int) -> bytes:
    """Draw generated beside real samples, mode by mode, as the bytes of a PNG.

    Real ones are scaled to as many as there are generated ones. More than ``PAIRS`` modes are sorted, by their
    generated samples as thin bars, and by their real ones as a line over them. The same counts give the same bytes.

    Args:
        generated: how many generated samples each mode has.
        real: how many real ones; of the same length.
        n: how many generated samples there are, those that count for no mode among them.
        n_real: how many real ones.
    """
    picture, draw = blank(WIDTH, HEIGHT, TEXT)
    scaled = [count * n / n_real for count in real]
    highest = max(*generated, *scaled, 1)
    top = min(highest, TALLEST * max(scaled)) if any(scaled) else highest
    _axis(draw, top)
    if len(generated) > PAIRS:
        _sorted(draw, generated, scaled, top)
    else:
        _beside(draw, generated, scaled, top)
    draw.line((LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM), SOFT, 2)
    entries = ((GENERATED, f"{n:,} generated"), (REAL, "real, as many"))
    legend(draw, (LEFT, 8), entries, mark="square", size=22, drop=5, gap=12, space=40)
    if highest > top:
        draw.text((WIDTH - RIGHT, 8), f"cut: one mode has {max(generated):,}", SOFT, anchor="ra")
    draw.text((LEFT, 52), f"{n - sum(generated):,} in no mode", SOFT)
    known = sum(1 for pair in zip(generated, real, strict=True) if any(pair))
    missed = sum(1 for here, there in zip(generated, real, strict=True) if there and not here)
    draw.text((WIDTH - RIGHT, 52), f"{missed:,} of {known:,} modes missed", INK, anchor="ra")
    return png_bytes(picture, colours=COLOURS)


def _height(value: float, top: float) -> int:
    return round((HEIGHT - BOTTOM) - (HEIGHT - BOTTOM - TOP) * min(value, top) / top)


def _axis(draw: ImageDraw, top: float) -> None:
    for tick in range(0, int(top) + 1, int(round_step(top, whole=True))):
        y = _height(tick, top)
        draw.line((LEFT, y, WIDTH - RIGHT, y), RULE, 2)
        draw.text((LEFT - 10, y), f"{tick:,}" if tick < 10_000 else f"{tick // 1000}k", SOFT, anchor="rm")


def _place(share: float) -> int:
    return round(LEFT + share * (WIDTH - LEFT - RIGHT))


def _bar(draw: ImageDraw, start: float, end: float, value: float, top: float, colour: Colour) -> None:
    """From ``start`` to ``end``, in shares of the width; whatever is not 0 can be seen."""
    if value > 0:
        first, base = _place(start), HEIGHT - BOTTOM
        draw.rectangle((first, min(_height(value, top), base - 3), max(first, _place(end) - 1), base), colour)


def _beside(draw: ImageDraw, generated: Sequence[int], real: Sequence[float], top: float) -> None:
    wide = 1 / len(generated)
    every = 1 if len(generated) <= 10 else 5
    for mode, (here, there) in enumerate(zip(generated, real, strict=True)):
        start = mode * wide
        _bar(draw, start + 0.1 * wide, start + 0.5 * wide, here, top, GENERATED)
        _bar(draw, start + 0.5 * wide, start + 0.9 * wide, there, top, REAL)
        if mode % every == 0:
            where = _place(start + 0.5 * wide), HEIGHT - BOTTOM + 8
            draw.text(where, f"mode {mode}" if mode == 0 else str(mode), SOFT, anchor="ma")


def _sorted(draw: ImageDraw, generated: Sequence[int], real: Sequence[float], top: float) -> None:
    wide = 1 / len(generated)
    for place, value in enumerate(sorted(generated, reverse=True)):
        _bar(draw, place * wide, (place + 1) * wide, value, top, GENERATED)
    line = [(_place((k + 0.5) * wide), _height(value, top)) for k, value in enumerate(sorted(real, reverse=True))]
    draw.line(line, REAL, 5)
    draw.text((LEFT, HEIGHT - BOTTOM + 8), "modes, of both sides the most frequent first", SOFT)
