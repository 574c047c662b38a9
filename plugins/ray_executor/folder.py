"""A folder that is played in on one machine and wanted on another: what changed in it, as plain data."""

import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

GROWS = "log.txt"  # the one file that is only ever appended to, and may be long


@dataclass(frozen=True)
class Change:
    """Change of one file.

    Attributes:
        name: below the folder, with ``/``.
        content: the file's, from ``start`` on; None where it is gone.
        start: byte at which the content begins.
    """

    name: str
    content: bytes | None
    start: int = 0


def _files(folder: Path) -> list[Path]:
    """Give the files of a folder but for hidden ones, those deepest in it first.

    A run's record is in the folder itself and a checkpoint, which counts on the record's rows, further down; so read,
    a record is never older than its checkpoint.
    """
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(place) / name for name in names if not name.startswith(".")]
    return sorted(found, key=lambda path: (-len(path.parts), path))


class Watched:
    """A folder, and what of it was told.

    Args:
        folder: as it is now, everything in it counts as told.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._told: dict[str, tuple[int, int, int]] = {}
        self.changes()

    def changes(self) -> list[Change]:
        """List the changes since the last time, in the order in which they are to be applied; removals come last."""
        found = []
        there = set()
        for path in _files(self.folder):
            name = path.relative_to(self.folder).as_posix()
            try:
                status = path.stat()
                is_now = (status.st_ino, status.st_mtime_ns, status.st_size)
                before = self._told.get(name)
                if is_now != before:
                    start = before[2] if before and name == GROWS and before[2] <= status.st_size else 0
                    with path.open("rb") as file:
                        file.seek(start)
                        content = file.read()
                    if name == GROWS:  # it may have grown while it was read
                        is_now = (status.st_ino, status.st_mtime_ns, start + len(content))
                    found.append(Change(name, content, start))
            except FileNotFoundError:  # it went while it was looked at, as old checkpoints do
                continue
            there.add(name)
            self._told[name] = is_now
        gone = [name for name in self._told if name not in there]
        for name in gone:
            del self._told[name]
        return [*reversed(found), *(Change(name, None) for name in gone)]


def everything(folder: Path) -> list[Change]:
    """All that a folder holds, but for hidden files."""
    return [Change(path.relative_to(folder).as_posix(), path.read_bytes()) for path in reversed(_files(folder))]


def apply(changes: list[Change], folder: Path) -> None:
    """Make a folder what another one is. A file is the old one or the new one, whatever happens meanwhile, and so is a
    checkpoint, a folder whose files belong together.
    """
    checkpoints: dict[Path, dict[str, bytes]] = {}
    for change in changes:
        path = folder / change.name
        if change.content is None:
            continue
        if path.parent.parent == folder / "checkpoints":
            checkpoints.setdefault(path.parent, {})[path.name] = change.content
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        if change.start:
            with path.open("r+b") as file:
                file.seek(change.start)
                file.write(change.content)
        else:
            write(path, change.content)
    for place, files in checkpoints.items():
        _exchange(place, files)
    for change in changes:
        path = folder / change.name
        if change.content is None:
            path.unlink(missing_ok=True)
            if path.parent != folder and path.parent.is_dir() and not any(path.parent.iterdir()):
                path.parent.rmdir()


def _exchange(place: Path, files: dict[str, bytes]) -> None:
    """Put new files into a checkpoint's folder, all at once.

    The folder as it was stands meanwhile under a name by which a run that goes on finds it too.
    """
    part = _beside(place)
    part.mkdir(parents=True)
    try:
        for path in place.iterdir() if place.is_dir() else ():
            if path.name not in files:
                shutil.copyfile(path, part / path.name)
        for name, content in files.items():
            (part / name).write_bytes(content)
        old = place.with_name(f"{place.name}.old-{secrets.token_hex(4)}")
        if place.is_dir():
            place.rename(old)
        part.rename(place)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def write(path: Path, content: bytes) -> None:
    """Put a file in place in one step."""
    part = _beside(path)
    try:
        with part.open("xb") as file:
            file.write(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    """Give a new hidden name next to ``path``; its form is the one that a bench sweeps when a process was killed."""
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")


def write_all(files: list[Change], place: Path) -> None:
    """Put a file, or a folder of files, in place in one step; what is there already is kept.

    Args:
        files: one without a name is the whole of it.
        place: where.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = _beside(place)
    beside.mkdir()
    try:
        filled = beside / "filled"
        for file in files:
            path = filled / file.name if file.name else filled
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content or b"")
        if not place.exists():
            filled.rename(place)
    except OSError:
        if not place.exists():  # else another one was faster
            raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)
