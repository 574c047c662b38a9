"""The pictures of a bench on its page: which there are, what they show, and how they fit into one file."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ....text import printable
from ...results.formats import fixed, number, short
from ...tables.aggregate import Column

_PNG = b"\x89PNG\r\n\x1a\n"
_SMALL = 20_000  # bytes: a PNG up to here stays one
_QUALITY = 85  # of the lossy form that larger ones take where there are too many

Path2 = tuple[str, str]  # a run's folder, and a path in it


@dataclass(frozen=True)
class Picture:
    """A grid, a scatter or a drawing on the page.

    Attributes:
        source: its data URI; empty where there is none to show.
        alt: what it shows, in words.
        caption: what stands below it.
    """

    source: str
    alt: str
    caption: str


@dataclass(frozen=True)
class Strip:
    """The pictures of one run, evaluation by evaluation.

    Attributes:
        title: what they are of.
        pictures: from the first to the last.
        kind: how they are laid out: ``grid``, ``points`` or ``drawing``.
    """

    title: str
    pictures: list[Picture]
    kind: str


class Pictures:
    """The PNGs of a bench as data URIs, up to so many bytes that a browser opens the page at once.

    Where they are more, large ones take a lossy form; where that is not enough, the last ones wanted are left out.

    Args:
        bench: the bench's folder.
        limit: bytes of all pictures together, before they are written as text.
        wanted: their paths below ``bench``, the most important ones first.

    Attributes:
        omitted: how many were left out.
        lossy: whether any took the lossy form.
    """

    def __init__(self, bench: Path, limit: int, wanted: Sequence[Path2]) -> None:
        bench = bench.resolve()
        read = {place: _read(bench, place) for place in dict.fromkeys(wanted)}
        found = {place: data for place, data in read.items() if data}
        self.lossy = sum(map(len, found.values())) > limit
        if self.lossy:
            found = {place: _smaller(data) for place, data in found.items()}
        self.omitted = 0
        self._sources: dict[Path2, str] = {}
        for place, data in found.items():
            if len(data) > limit:
                self.omitted += 1
                continue
            limit -= len(data)
            kind = "png" if data.startswith(_PNG) else "webp"
            self._sources[place] = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"

    def source(self, folder: str, path: str) -> str:
        """The data URI of the PNG ``path`` in ``folder``, below the bench; empty where there is none on the page."""
        return self._sources.get((folder, path), "")


def _read(bench: Path, place: Path2) -> bytes:
    path = bench.joinpath(*place).resolve()
    if not path.is_relative_to(bench) or not path.is_file():
        return b""
    data = path.read_bytes()
    return data if data.startswith(_PNG) else b""


def _smaller(png: bytes) -> bytes:
    from PIL import Image, UnidentifiedImageError, features

    if len(png) <= _SMALL or not features.check("webp"):
        return png
    file = io.BytesIO()
    try:
        with Image.open(io.BytesIO(png)) as picture:
            picture.convert("RGB").save(file, format="WEBP", quality=_QUALITY)
    except (OSError, ValueError, UnidentifiedImageError):
        return png
    return min(file.getvalue(), png, key=len)


def looks(run: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The evaluations of a run that left a picture."""
    return [look for look in run.get("evaluations") or () if look.get("grid")]


def drawings(look: Mapping[str, Any]) -> Mapping[str, str]:
    """The paths of what metrics drew at an evaluation, by metric."""
    return look.get("pictures") or {}


def wanted(runs: Sequence[Mapping[str, Any]]) -> list[Path2]:
    """The pictures of these runs: what the last evaluation and the end left first, what the first one left last."""
    aged = [
        (age, rank, (run["folder"], path))
        for run in runs
        for age, look in enumerate(reversed(looks(run)))
        for rank, path in enumerate([look["grid"], *drawings(look).values()])
    ]
    aged += [(0, 1, (run["folder"], path)) for run in runs for path in (run.get("pictures") or {}).values() if path]
    aged.sort(key=lambda one: one[:2])
    return [place for _, _, place in aged]


def shown_run(runs: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The run whose pictures stand for its recipe: the first seed, or the first that finished if that one did not."""
    seen = [run for run in runs if looks(run)]
    return next((run for run in seen if run["status"] == "done"), seen[0] if seen else None)


def _where(run: Mapping[str, Any], look: Mapping[str, Any]) -> str:
    return f"{printable(run['recipe'])}, seed {run['seed']}, {short(number(look.get('kimg')))} kimg"


def samples_picture(
    pictures: Pictures,
    run: Mapping[str, Any],
    look: Mapping[str, Any],
    caption: str,
    columns: Sequence[Column],
    samples: str,
) -> Picture:
    """What a run generated at an evaluation, with its numbers."""
    scores = ", ".join(
        f"{column.label} {fixed(value, column.digits)}"
        for column in columns
        if (value := number((look.get("metrics") or {}).get(column.key))) is not None
    )
    source = pictures.source(run["folder"], look["grid"])
    return Picture(source, f"Generated {samples} of {_where(run, look)}", f"{caption}{': ' if scores else ''}{scores}")


def drawing(
    pictures: Pictures, run: Mapping[str, Any], look: Mapping[str, Any], caption: str, column: Column
) -> Picture | None:
    """What the metric of ``column`` drew at an evaluation, where it is there to be shown."""
    path = drawings(look).get(column.key)
    if path is None or not (source := pictures.source(run["folder"], path)):
        return None
    value = fixed(number((look.get("metrics") or {}).get(column.key)), column.digits)
    return Picture(
        source, f"What is behind the {column.label} of {_where(run, look)}", f"{caption}: {column.label} {value}"
    )


def last_pictures(
    run: Mapping[str, Any] | None, pictures: Pictures, columns: Sequence[Column], samples: str
) -> tuple[Picture | None, list[Picture]]:
    """The last look at a run, and what its metrics drew then."""
    if run is None:
        return None, []
    look = looks(run)[-1]
    status = "" if run["status"] == "done" else f" ({run['status']})"
    caption = f"seed {run['seed']}{status} at {short(number(look.get('kimg')))} kimg"
    drawn = [drawing(pictures, run, look, caption, column) for column in columns]
    return samples_picture(pictures, run, look, caption, columns, samples), [one for one in drawn if one]


def strips(
    runs: Sequence[Mapping[str, Any]], pictures: Pictures, columns: Sequence[Column], samples: str
) -> list[Strip]:
    """What each run generated, and what its metrics drew, evaluation by evaluation."""
    found = []
    for run in runs:
        title = f"seed {run['seed']}, {run['status']}"
        timed = [(look, f"{short(number(look.get('kimg')))} kimg") for look in looks(run)]
        seen = [samples_picture(pictures, run, look, caption, columns, samples) for look, caption in timed]
        found.append(Strip(title, [one for one in seen if one.source], "points" if samples == "points" else "grid"))
        for column in columns:
            drawn = [drawing(pictures, run, look, caption, column) for look, caption in timed]
            found.append(Strip(f"{title}: {column.label}", [one for one in drawn if one], "drawing"))
    return [strip for strip in found if strip.pictures]
