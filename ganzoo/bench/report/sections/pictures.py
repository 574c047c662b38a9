"""The pictures of a bench on its page: captions, order, and the bytes that one file has room for."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ....drawing import description_of
from ....text import printable
from ...results.formats import fixed, number, short
from ...results.run_files.result import Evaluation, RunResult
from ...tables.aggregate import TableColumn

_PNG = b"\x89PNG\r\n\x1a\n"
_SMALL = 20_000  # bytes: a PNG up to here stays one
_WORDS = 200  # characters of a picture's description
_QUALITY = 85  # of the lossy form that larger ones take where there are too many

LAYOUTS = {"images": "grid", "points": "points"}  # of version 1; the pictures of others are drawings

Path2 = tuple[str, str]  # a run's folder, and a path in it
REAL: Path2 = (".", "real.png")


@dataclass(frozen=True)
class DetailPicture:
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
        kind: how they are laid out: ``grid`` of small pictures, ``points`` or ``drawing``.
    """

    title: str
    pictures: list[DetailPicture]
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
        said: the part of the samples that the pictures of them show, or the names of their columns, in their own words;
            empty where they say nothing.
    """

    def __init__(self, bench: Path, limit: int, wanted: Sequence[Path2]) -> None:
        bench = bench.resolve()
        read = {place: _read(bench, place) for place in dict.fromkeys(wanted)}
        found = {place: data for place, data in read.items() if data}
        self.said = _said(sorted(found, key=lambda place: place == REAL), found)
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
        """Return the data URI of the PNG ``path`` in ``folder``, below the bench; empty where the page has none."""
        return self._sources.get((folder, path), "")


def _read(bench: Path, place: Path2) -> bytes:
    path = bench.joinpath(*place).resolve()
    if not path.is_relative_to(bench) or not path.is_file():
        return b""
    data = path.read_bytes()
    return data if data.startswith(_PNG) else b""


def _said(places: Iterable[Path2], pictures: Mapping[Path2, bytes]) -> str:
    """Return the description of the first of these pictures that has one, without its verb."""
    told = next(filter(None, (description_of(pictures[place]) for place in places)), "")
    return printable(told.removeprefix("shows "))[:_WORDS]


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


def drawn_evaluations(run: RunResult) -> list[Evaluation]:
    """Return the evaluations of a run that left a picture."""
    return [evaluation for evaluation in run.evaluations if evaluation.grid]


def undrawn(runs: Sequence[RunResult]) -> bool:
    """Say whether runs were evaluated, and none of them left a picture of its samples."""
    return any(run.evaluations for run in runs) and not any(drawn_evaluations(run) for run in runs)


def wanted(runs: Sequence[RunResult]) -> list[Path2]:
    """Order the pictures of these runs: of the last evaluation and the end first, of the first evaluation last."""
    aged = [
        (age, rank, (run.folder or "", path))
        for run in runs
        for age, evaluation in enumerate(reversed(drawn_evaluations(run)))
        for rank, path in enumerate([evaluation.grid or "", *evaluation.pictures.values()])
    ]
    aged += [(0, 1, (run.folder or "", path)) for run in runs for path in (run.pictures or {}).values() if path]
    aged.sort(key=lambda one: one[:2])
    return [place for _, _, place in aged]


def shown_run(runs: Sequence[RunResult]) -> RunResult | None:
    """Choose the run whose pictures stand for its recipe: the first that finished, else the first of all."""
    seen = [run for run in runs if drawn_evaluations(run)]
    return next((run for run in seen if run.done), seen[0] if seen else None)


def _where(run: RunResult, evaluation: Evaluation) -> str:
    return f"{printable(run.recipe)}, seed {run.seed}, {_kimg(evaluation)}"


def _kimg(evaluation: Evaluation) -> str:
    return f"{short(number(evaluation.kimg))} kimg"


def samples_picture(
    pictures: Pictures,
    run: RunResult,
    evaluation: Evaluation,
    caption: str,
    columns: Sequence[TableColumn],
    samples: str,
) -> DetailPicture:
    """Return the samples of a run at an evaluation, with its numbers."""
    scores = ", ".join(
        f"{column.label} {fixed(value, column.digits)}"
        for column in columns
        if (value := evaluation.metric(column.key)) is not None
    )
    source = pictures.source(run.folder or "", evaluation.grid or "")
    return DetailPicture(
        source, f"Generated {samples} of {_where(run, evaluation)}", f"{caption}{': ' if scores else ''}{scores}"
    )


def drawing(
    pictures: Pictures, run: RunResult, evaluation: Evaluation, caption: str, column: TableColumn
) -> DetailPicture | None:
    """Return the picture that the metric of ``column`` drew at an evaluation, where it is there to be shown."""
    path = evaluation.pictures.get(column.key)
    if path is None or not (source := pictures.source(run.folder or "", path)):
        return None
    value = fixed(evaluation.metric(column.key), column.digits)
    return DetailPicture(
        source, f"What is behind the {column.label} of {_where(run, evaluation)}", f"{caption}: {column.label} {value}"
    )


def last_pictures(
    run: RunResult | None, pictures: Pictures, columns: Sequence[TableColumn], samples: str
) -> tuple[DetailPicture | None, list[DetailPicture]]:
    """Return the samples at a run's last evaluation, and what its metrics drew then."""
    if run is None:
        return None, []
    evaluation = drawn_evaluations(run)[-1]
    status = "" if run.done else f" ({run.outcome})"
    caption = f"seed {run.seed}{status} at {_kimg(evaluation)}"
    drawn = [drawing(pictures, run, evaluation, caption, column) for column in columns]
    return samples_picture(pictures, run, evaluation, caption, columns, samples), [one for one in drawn if one]


def strips(runs: Sequence[RunResult], pictures: Pictures, columns: Sequence[TableColumn], samples: str) -> list[Strip]:
    """Return the samples of each run, and what its metrics drew, evaluation by evaluation."""
    found = []
    for run in runs:
        title = f"seed {run.seed}, {run.outcome}"
        timed = [(evaluation, _kimg(evaluation)) for evaluation in drawn_evaluations(run)]
        seen = [samples_picture(pictures, run, one, caption, columns, samples) for one, caption in timed]
        found.append(Strip(title, [one for one in seen if one.source], LAYOUTS.get(samples, "drawing")))
        for column in columns:
            drawn = [drawing(pictures, run, one, caption, column) for one, caption in timed]
            found.append(Strip(f"{title}: {column.label}", [one for one in drawn if one], "drawing"))
    return [strip for strip in found if strip.pictures]
