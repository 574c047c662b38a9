"""Samples as files: one picture, arrays, a folder of images, or an ending of their modality's; never by halves."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from ...api.arguments import path_text
from ...errors import GanzooError
from ...interfaces import Modality
from ...storage.atomic import in_place, write_file
from ...text import shown
from .arrays import write_arrays
from .folders import require_ours, write_folder
from .samples import Samples, are_images, has_picture, written

Form = Literal["picture", "arrays", "folder", "own"]
MOST_IN_PICTURE = 4096


def form_of(path: str | Path, modality: Modality) -> Form:
    """Return the form of such samples that a path stands for.

    Raises:
        GanzooError: its ending is of no form that such samples have.
    """
    text = path_text(path)
    ending = Path(text).suffix.lower()
    a_folder = text.endswith(("/", os.sep))
    if ending == ".png" and not a_folder:
        return "picture"
    if ending == ".npz" and not a_folder:
        return "arrays"
    if ending in modality.endings and not a_folder:
        return "own"
    if not ending or a_folder or Path(text).is_dir():
        return "folder"
    raise GanzooError(f"samples are written as {_forms(modality)}, and not as {shown(Path(text).name)}")


def _forms(modality: Modality) -> str:
    forms = ["x.png (one picture of all)"] * has_picture(modality) + ["x.npz (arrays)"]
    forms += [f"x{ending}" for ending in modality.endings]
    forms += ["x/ (a folder with a PNG each)"] * are_images(modality)
    return " or ".join(filter(None, (", ".join(forms[:-1]), forms[-1])))


def require_form(path: str | Path, n: int, modality: Modality) -> Form:
    """Check that so many samples can be written to a path, before the first one is drawn.

    Raises:
        GanzooError: they cannot be.
    """
    form = form_of(path, modality)
    if form == "picture" and not has_picture(modality):
        raise GanzooError(f"nothing draws {modality.plural} as a picture: {written(modality)}")
    if form == "picture" and n > MOST_IN_PICTURE and are_images(modality):
        raise GanzooError(f"one picture shows {MOST_IN_PICTURE:,} images at most: write {n:,} as x.npz or x/")
    if form == "folder":
        if not are_images(modality):
            raise GanzooError(
                f"a folder is made of images, and these samples are {modality.plural}: {written(modality)}"
            )
        require_ours(Path(path))
    return form


def save(path: str | Path, parts: Iterable[Samples], n: int, *, columns: int | None = None) -> Path:
    """Write ``n`` samples that come in parts; arrays and folders are written as they come.

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
    form = require_form(path, n, first.modality)
    whole = _chain(first, parts)
    to = Path(path)
    if form == "picture":
        write_file(to, Samples.joined(list(whole)).png(columns))
    elif form == "arrays":
        write_arrays(to, whole, n)
    elif form == "own":
        _write_own(to, Samples.joined(list(whole)))
    else:
        write_folder(to, whole)
    return to


def _write_own(path: Path, samples: Samples) -> None:
    """Let a modality write one of its own endings.

    Raises:
        GanzooError: it names an ending that it does not write.
    """
    with in_place(path) as part:
        if not samples.modality.write(samples.data, part):
            raise GanzooError(f"{samples.kind} name the ending {path.suffix}, and do not write it; write x.npz")


def _chain(first: Samples, others: Iterator[Samples]) -> Iterator[Samples]:
    yield first
    yield from others
