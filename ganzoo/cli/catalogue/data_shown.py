"""The lines and the JSON of ``ganzoo data show``."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ...text import per_class, printable, some_of

if TYPE_CHECKING:
    from pathlib import Path

    from ...bench.results.printed.data_shown import DataShown, RowsShown
    from ...data.rows_survey import RowsSurvey
    from ...data.survey import Survey
    from ...registry.registry import Registry

_MOST = 4
_BINS = 6
_RECIPES = 2


def lines_of(found: Survey | RowsSurvey, registry: Registry, data_dir: Path | None = None) -> Iterator[str]:
    """Give what is told of a set, line by line; ``data_dir`` is repeated in the commands that come next."""
    from ...data.survey import Survey

    yield from _of_images(found) if isinstance(found, Survey) else _of_rows(found)
    for line in _next(found, registry, data_dir):
        yield f"next: {line}"


def _of_images(found: Survey) -> Iterator[str]:
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


def _of_rows(found: RowsSurvey) -> Iterator[str]:
    kept = found.kept
    yield f"{found.data}: {kept.described}"
    yield f"modality: {kept.modality_name}"
    if kept.classes and not kept.counts:
        yield f"classes: {some_of(list(map(printable, kept.classes)), 2 * _MOST)}"
    elif kept.classes:
        yield f"classes: {per_class(kept.classes, kept.counts)}"
    for field in found.fields:
        shape = "x".join(map(str, field.shape))
        yield f"field {field.name}: {shape} {field.dtype}, {field.low:g} to {field.high:g}"
    yield from map(printable, found.told)
    if kept.held_out is not None:
        yield f"held out: {kept.held_out.described}"
    for note in kept.notes:
        yield f"note: {printable(note)}"
    for one in kept.left_out:
        yield f"left out: {printable(one)}"


def _next(found: Survey | RowsSurvey, registry: Registry, data_dir: Path | None) -> list[str]:
    """Return the commands that train on it."""
    from ...data.survey import Survey
    from ..zoo import files

    words = "".join(f" --plugin {shlex.quote(file.path)}" for file in files())
    words += f" --data-dir {shlex.quote(str(data_dir))}" if data_dir is not None else ""
    commands = found.next_commands() if isinstance(found, Survey) else _bench_of(found, registry)
    return [f"{command}{words}" for command in commands]


def _bench_of(found: RowsSurvey, registry: Registry) -> list[str]:
    """Return the command that plays rows by recipes of their modality."""
    from ...recipes.headings.played_on import PlayedOn

    played = PlayedOn(registry)
    recipes = played.recipes(found.kept.modality_name)[:_RECIPES]
    played.save()
    words = f" --modality {found.modality}" if found.modality else ""
    return [f"ganzoo bench {' '.join(recipes)} --data {shlex.quote(found.data)}{words}"] if recipes else []


def picture_of(found: Survey | RowsSurvey, registry: Registry) -> bytes | None:
    """Draw the first of a set as a PNG; None where there is nothing to draw."""
    from ...data.survey import Survey, sheet

    if isinstance(found, Survey):
        from ...drawing import grid_png

        return grid_png(sheet(found)) if found.first else None
    return found.picture(registry)


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


def _shown_rows(found: RowsSurvey, then: list[str]) -> RowsShown:
    from ...bench.results.printed.data_shown import RowsShown

    kept = found.kept
    counts = kept.counts or (0,) * len(kept.classes)
    told = {
        "schema": 1,
        "data": found.data,
        "n": kept.n,
        "modality": {"name": kept.modality_name, "values": dict(kept.values)},
        "described": kept.described,
        "classes": [{"name": name, "n": n} for name, n in zip(kept.classes, counts, strict=True)],
        "fields": [{**vars(one), "shape": [*one.shape]} for one in found.fields],
        "told": list(found.told),
        "held_out": None if kept.held_out is None else kept.held_out.n,
        "notes": list(kept.notes),
        "left_out": list(kept.left_out),
        "next": then,
    }
    return RowsShown.parse(told, "data show")


def shown_data(found: Survey | RowsSurvey, registry: Registry, data_dir: Path | None = None) -> DataShown | RowsShown:
    """Give what JSON tells of a set; ``data_dir`` is repeated in the commands that come next."""
    from ...bench.results.printed.data_shown import DataShown
    from ...data.survey import Survey

    then = _next(found, registry, data_dir)
    if not isinstance(found, Survey):
        return _shown_rows(found, then)
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
        "next": then,
    }
    return DataShown.parse(told, "data show")
