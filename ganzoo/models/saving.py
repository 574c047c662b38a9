"""Samples as files: one picture, arrays, or a folder of images; written batch after batch, and never by halves."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from ..api.arguments import path_text
from ..errors import GanzooError
from ..storage.atomic import write_file
from ..text import shown
from .arrays import write_arrays
from .folders import require_ours, write_folder
from .samples import Samples

Form = Literal["picture", "arrays", "folder"]
MOST_IN_PICTURE = 4096
FORMS = "x.png (one picture of all), x.npz (arrays) or x/ (a folder with a PNG each)"


def form_of(path: str | Path) -> Form:
    """Return the form that a path stands for.

    Raises:
        GanzooError: its ending is of no form.
    """
    text = path_text(path)
    ending = Path(text).suffix.lower()
    if ending == ".png" and not text.endswith(("/", os.sep)):
        return "picture"
    if ending == ".npz" and not text.endswith(("/", os.sep)):
        return "arrays"
    if not ending or text.endswith(("/", os.sep)) or Path(text).is_dir():
        return "folder"
    raise GanzooError(f"samples are written as {FORMS}, and not as {shown(Path(text).name)}")


def require_form(path: str | Path, n: int, *, points: bool) -> Form:
    """Check that so many samples can be written to a path, before the first one is drawn.

    Raises:
        GanzooError: they cannot be.
    """
    form = form_of(path)
    if form == "picture" and n > MOST_IN_PICTURE and not points:
        raise GanzooError(f"one picture shows {MOST_IN_PICTURE:,} images at most: write {n:,} as x.npz or x/")
    if form == "folder":
        if points:
            raise GanzooError("a folder is made of images, and these samples are points: write them as x.png or x.npz")
        require_ours(Path(path))
    return form


def save(path: str | Path, parts: Iterable[Samples], n: int, *, columns: int | None = None) -> Path:
    """Write ``n`` samples that come in parts; all but a picture's are written as they come.

    Args:
        path: of the file or folder; its ending decides the form.
        parts: batches of samples, at least one.
        n: how many they are together.
        columns: how many images stand in a row of a picture.

    Raises:
        GanzooError: see ``Samples.save``.
    """
    parts = iter(parts)
    first = next(parts)
    form = require_form(path, n, points=first.kind == "points")
    whole = _chain(first, parts)
    to = Path(path)
    if form == "picture":
        write_file(to, Samples.joined(list(whole)).png(columns))
    elif form == "arrays":
        write_arrays(to, whole, n)
    else:
        write_folder(to, whole)
    return to


def _chain(first: Samples, others: Iterator[Samples]) -> Iterator[Samples]:
    yield first
    yield from others
