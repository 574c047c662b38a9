"""Folders of two domains."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ganzoo.errors import DataError
from ganzoo.layers import picture_files, read_pictures


def read_domains(path: Path, part: str) -> dict[str, np.ndarray] | None:
    """Read the folders ``{part}A`` and ``{part}B``: pictures ``(N, C, H, W)`` uint8 by domain; None without either.

    Raises:
        DataError: one is missing or empty, or not all pictures have one size and one number of channels.
    """
    folders = {name.lower(): path / f"{part}{name}" for name in "AB"}
    if not any(folder.is_dir() for folder in folders.values()):
        return None
    found = {}
    for name, folder in folders.items():
        files = picture_files(folder)
        if not files:
            raise DataError(f"{folder} holds no pictures: two domains are the folders {part}A and {part}B of pictures")
        found[name] = read_pictures({str(file): file for file in files})
    a, b = found["a"], found["b"]
    if a.shape[2:] != b.shape[2:]:
        raise DataError(
            f"the pictures of {folders['a']} have {a.shape[3]}x{a.shape[2]} pixels, and those of {folders['b']} "
            f"{b.shape[3]}x{b.shape[2]}: bring both to one size"
        )
    channels = max(a.shape[1], b.shape[1])
    return {name: x if x.shape[1] == channels else x.repeat(channels, axis=1) for name, x in found.items()}
