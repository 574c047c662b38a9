"""Samples as a folder of PNGs, in a folder for each class where there are labels."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from torch import Tensor

from ... import __version__
from ...errors import GanzooError
from ...storage.atomic import commit_folder
from .pictures import picture
from .samples import Samples

MARK = ".ganzoo-samples"  # a file that only a folder of ours has; data readers pass over hidden files
_NAME = re.compile(r"\d{6,}\.png")
_PLAIN = re.compile(r"\w[\w +=@.-]{0,79}")
# Names of devices on Windows, with any ending: no folder can have one.
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)


def require_ours(folder: Path) -> None:
    """Refuse a folder that samples must not take the place of: only one of samples, or an empty one, is replaced.

    Raises:
        GanzooError: it holds anything else.
    """
    if folder.is_file():
        raise GanzooError(f"{folder} is a file, and samples go into a folder: give another --out")
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    if not (folder / MARK).is_file():
        raise GanzooError(f"{folder} is not empty and was not written by ganzoo: give another --out, or empty it")
    for path in folder.rglob("*"):
        if path.is_symlink() or not (path.is_dir() or path.name == MARK or _NAME.fullmatch(path.name)):
            raise GanzooError(f"{folder} holds {path.name}, which ganzoo did not write: give another --out, or move it")


def write_folder(folder: Path, parts: Iterator[Samples]) -> None:
    """Write a PNG for each sample into a new folder, in the place of an older one of samples.

    Args:
        folder: is made, or replaced if it is ours.
        parts: batches of images.

    Raises:
        GanzooError: the folder holds something else, or the images have neither 1 nor 3 channels.
        SetupError: the disk is full or the folder cannot be written.
    """
    require_ours(folder)

    def write(new: Path) -> None:
        n, names = 0, None
        for part in parts:
            labels = part.y if part.classes and isinstance(part.y, Tensor) else None
            names = class_folders(part.classes) if names is None and labels is not None else names
            images = part.images("folders").numpy()
            for i, image in enumerate(images):
                inside = new if names is None or labels is None else new / names[int(labels[i])]
                inside.mkdir(exist_ok=True)
                picture(image).save(inside / f"{n:06d}.png")
                n += 1
        (new / MARK).write_text(json.dumps({"ganzoo": __version__, "samples": n}) + "\n")

    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
    commit_folder(folder, write, replace=True, many=True)


def class_folders(classes: tuple[str, ...]) -> list[str]:
    """Return a folder's name for each class: its own name, or ``class-3`` where no folder could be called so."""
    found: list[str] = []
    seen = {name.casefold() for name in classes if classes.count(name) > 1}
    for index, name in enumerate(classes):
        plain = _PLAIN.fullmatch(name) and not _RESERVED.fullmatch(name) and name[-1] not in ". "
        fits = plain and name.casefold() not in seen
        found.append(name if fits else f"class-{index}")
        seen.add(name.casefold())
    return found
