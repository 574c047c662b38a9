"""A folder of results in one file, for a machine from which only files come back."""

import os
import tarfile
from pathlib import Path

from ganzoo.storage.atomic import beside

LEFT_OUT = {"checkpoints", "cache"}
LARGEST = 4_000_000  # bytes of one file


def kept(folder: Path) -> list[Path]:
    """Return the files that are worth it: no checkpoints, nothing large."""
    found = []
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(set(folders) - LEFT_OUT)
        paths = [Path(place) / name for name in sorted(files) if not name.startswith(".")]
        found += [path for path in paths if path.is_file() and path.stat().st_size <= LARGEST]
    return found


def pack(folder: Path, archive: Path) -> None:
    """Replace the archive, in one step, by one of what the folder holds now."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    part = beside(archive)
    try:
        with tarfile.open(part, mode="x:gz", compresslevel=6) as packed:
            for path in kept(folder):
                packed.add(path, arcname=path.relative_to(folder).as_posix(), recursive=False)
        part.replace(archive)
    finally:
        part.unlink(missing_ok=True)


def unpack(archive: Path, folder: Path) -> None:
    """Unpack an archive; write nothing outside of the folder."""
    with tarfile.open(archive, "r:gz") as packed:
        packed.extractall(folder, filter="data")
