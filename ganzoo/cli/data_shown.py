"""The lines and the JSON of ``ganzoo data show``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..text import per_class, printable, some_of

if TYPE_CHECKING:
    from ..bench.results.printed.data_shown import DataShown
    from ..data.survey import Survey

_MOST = 4
_BINS = 6


def lines_of(found: Survey) -> Iterator[str]:
    """Give what is told of a set, line by line."""
    yield f"{found.data}: {found.n:,} image{'s' * (found.n != 1)}"
    if found.classes:
        yield f"classes: {per_class(found.classes, found.counts)}"
    elif found.n:
        yield "classes: none"
    if found.sizes:
        yield from _sizes(found.sizes)
        yield f"colours: {_counted(found.colours)}"
    if found.formats:
        yield f"files: {_counted(found.formats)}"
    if len(found.folders) > 1:
        yield f"folders: {_counted(Counter({name or 'beside them': n for name, n in found.folders.items()}))}"
    for note in found.notes:
        yield f"note: {note}"
    for one in found.left_out:
        yield f"left out: {one}"
    if found.bad:
        yield f"cannot be read: {len(found.bad):,} ({some_of(list(map(printable, found.bad)), _MOST)})"
    yield from _groups("equal", found.equal)
    yield from _groups("nearly equal", found.near)
    for line in found.next_commands():
        yield f"next: {line}"


def _sizes(sizes: Counter[tuple[int, int]]) -> Iterator[str]:
    """Give the sizes, of many a histogram of the shorter sides."""
    if len(sizes) <= _MOST:
        told = [f"{height}x{width}: {n:,}" for (height, width), n in sizes.most_common()]
        yield f"sizes (height x width): {', '.join(told)}"
        return
    shorter = Counter[int]()
    for size, n in sizes.items():
        shorter[min(size)] += n
    heights, widths = ([size[axis] for size in sizes] for axis in (0, 1))
    yield f"sizes: {len(sizes):,} different, {min(heights)} to {max(heights)} high, {min(widths)} to {max(widths)} wide"
    low, high = min(shorter), max(shorter)
    step = max(1, -(-(high - low + 1) // _BINS))
    bins = [(start, start + step - 1) for start in range(low, high + 1, step)]
    counts = [sum(n for side, n in shorter.items() if first <= side <= last) for first, last in bins]
    for (first, last), n in zip(bins, counts, strict=True):
        bar = "#" * -(-30 * n // max(counts))
        yield f"  shorter side {first:>5} to {last:>5}: {n:>9,} {bar}".rstrip()


def _counted(counts: Counter[str]) -> str:
    return some_of([f"{printable(name)} {n:,}" for name, n in counts.most_common()], 2 * _MOST)


def _groups(what: str, groups: Sequence[Sequence[str]]) -> Iterator[str]:
    if groups:
        n = sum(map(len, groups))
        told = [" = ".join(map(printable, group[:3])) + (" = ..." if len(group) > 3 else "") for group in groups]
        yield f"{what}: {n:,} images in {len(groups):,} group{'s' * (len(groups) != 1)} ({some_of(told, _MOST)})"


def shown_data(found: Survey) -> DataShown:
    """Give what JSON tells of a set."""
    from ..bench.results.printed.data_shown import DataShown

    sizes = [{"height": size[0], "width": size[1], "n": n} for size, n in found.sizes.most_common()]
    told = {
        "schema": 1,
        "data": found.data,
        "n": found.n,
        "classes": [{"name": name, "n": n} for name, n in zip(found.classes, found.counts, strict=True)],
        "sizes": sizes,
        "colours": dict(found.colours),
        "formats": dict(found.formats),
        "folders": dict(found.folders),
        "unreadable": found.bad,
        "equal": found.equal,
        "near": found.near,
        "notes": list(found.notes),
        "left_out": list(found.left_out),
        "options": found.options,
        "next": found.next_commands(),
    }
    return DataShown.parse(told, "data show")
