"""Folders of images with a file of captions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from ganzoo.errors import DataError
from ganzoo.layers import read_pictures

FILE = "captions.jsonl"
_FORM = '{"file": "1.png", "captions": ["a red bird"]}'


def read_captions(path: Path) -> tuple[np.ndarray, list[list[str]]] | None:
    """Return images ``(N, C, H, W)`` uint8 and the captions of each; None where there is no file of captions.

    Args:
        path: a folder that holds ``captions.jsonl``, or that file. Each of its lines names an image, by its path within
            the folder, and one caption or more.

    Raises:
        DataError: a line is broken, or an image; or images differ in size.
    """
    file = path / FILE if path.is_dir() else path
    if file.name != FILE or not file.is_file():
        return None
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{file} cannot be read as text in UTF-8: save it so") from error
    found: dict[str, list[str]] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        name, captions = _of_line(line, f"line {number} of {file}")
        if name in found:
            raise DataError(f"line {number} of {file} names {name!r} again: put all its captions into one line")
        if not (file.parent / name).resolve().is_relative_to(file.parent.resolve()):
            raise DataError(f"line {number} of {file} names {name!r}, which is not in its folder: move it there")
        if not (file.parent / name).is_file():
            raise DataError(f"line {number} of {file} names {name!r}, and there is no such file in its folder")
        found[name] = captions
    if not found:
        raise DataError(f"{file} names no image: write a line for each, such as {_FORM}")
    return read_pictures({name: file.parent / name for name in found}), list(found.values())


def _of_line(line: str, where: str) -> tuple[str, list[str]]:
    try:
        read: Any = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{where} is no JSON: write such as {_FORM}") from error
    name, captions = (read.get("file"), read.get("captions")) if isinstance(read, dict) else (None, None)
    if not isinstance(name, str) or not isinstance(captions, list) or "\0" in name:
        raise DataError(f"{where} has no 'file' with its 'captions': write such as {_FORM}")
    if not captions or not all(isinstance(one, str) and one.strip() for one in captions):
        raise DataError(f"{where}: the captions of {name!r} are not one sentence or more: write such as {_FORM}")
    return name, [" ".join(one.split()) for one in captions]
