"""Files that are whole or not there: written beside, flushed to the disk, then renamed into place."""

import errno
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import SetupError
from .room import cannot_write

# Errors of the kernel about files; libraries derive their own, of connections and formats, from OSError.
_OF_FILES = (OSError, PermissionError, FileNotFoundError, FileExistsError, NotADirectoryError, IsADirectoryError)
_OF_CONNECTIONS = (errno.ENETDOWN, errno.ENETUNREACH, errno.EHOSTDOWN, errno.EHOSTUNREACH)

PART = ".part"  # ends the hidden names of what is not finished
OLD = ".old-"  # and eight digits: the name of a folder whose successor takes its place


def of_the_disk(error: BaseException | None, folder: Path) -> bool:
    """Return whether an error says that ``folder`` cannot be written, and not that a connection or
    another file failed.
    """
    if not isinstance(error, OSError) or type(error) not in _OF_FILES or error.errno in _OF_CONNECTIONS:
        return False
    if not isinstance(error.filename, str):
        return True
    named, here = Path(error.filename).absolute(), folder.absolute()
    return named.is_relative_to(here) or here.is_relative_to(named)


def flush_folder(folder: Path) -> None:
    """Put a folder's list of names on the disk; Windows does so by itself, and opens no folder."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _flush_file(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def beside(path: Path) -> Path:
    """Give a new hidden name next to ``path``, for what is not finished; ``leftovers.sweep`` knows such names."""
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}{PART}")


def _aside(path: Path) -> Path:
    """Give a new name for the folder that ``path`` is, while its successor takes its place."""
    return path.with_name(f"{path.name}{OLD}{secrets.token_hex(4)}")


def remove_folder(folder: Path) -> None:
    """Remove a folder; under its own name it is whole or gone. One that cannot be removed is left."""
    hidden = beside(folder)
    try:
        folder.rename(hidden)
    except OSError:
        return
    shutil.rmtree(hidden, ignore_errors=True)


def write_file(path: Path, content: str | bytes) -> None:
    """Replace ``path`` by ``content`` in one step; a crash leaves the old file or the new one.

    Raises:
        SetupError: the disk is full or the folder cannot be written.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = beside(path)
        try:
            with part.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        flush_folder(path.parent)
    except OSError as error:
        raise SetupError(cannot_write(path, error, len(data))) from error


@contextmanager
def in_place(path: Path) -> Iterator[Path]:
    """Give a name, with the ending of ``path``, for a file or a folder that takes its place when the block ends.

    A block that fails leaves what was there. A file is put on the disk before; a folder takes the place of none.

    Raises:
        SetupError: the disk is full or the folder cannot be written.
    """
    hidden = beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        hidden.mkdir()
        part = hidden / path.name
        yield part
        if part.is_file():
            _flush_file(part)
        part.replace(path)
    except OSError as error:
        raise SetupError(cannot_write(path, error)) from error
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def commit_folder(path: Path, write: Callable[[Path], None], *, replace: bool = False, many: bool = False) -> None:
    """Make the folder ``path`` in one step: ``write`` fills a hidden neighbour, which is then renamed.

    A folder that is already there is kept and what was written is dropped: the first one wins. What ``write`` raises
    for another reason than the disk passes through.

    Args:
        path: of the folder.
        write: fills the folder that it is given.
        replace: put the new folder in the place of one that is there. That one is first renamed to its name and
            ``OLD`` and eight digits, so that at any moment a whole one stands under one of both names.
        many: thousands of files, perhaps in further folders: all that the system holds back is put on the disk at once,
            since one file after another takes minutes.

    Raises:
        SetupError: the disk is full or the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = beside(path)
        part.mkdir()
        try:
            write(part)
            _flush(part, many=many)
            _put_in_place(part, path, replace=replace)
        finally:
            shutil.rmtree(part, ignore_errors=True)
        flush_folder(path.parent)
        if replace:
            for old in path.parent.glob(f"{path.name}{OLD}*"):
                remove_folder(old)
    except OSError as error:
        if not of_the_disk(error, path.parent):
            raise
        raise SetupError(cannot_write(path, error)) from error


def _flush(folder: Path, *, many: bool) -> None:
    if many:
        if os.name != "nt":  # which has no such call, and writes by itself soon
            os.sync()
        return
    for file in folder.iterdir():
        _flush_file(file)
    flush_folder(folder)


def _put_in_place(part: Path, path: Path, *, replace: bool) -> None:
    old = _aside(path) if replace and path.is_dir() else None
    if old is not None:
        path.rename(old)
    try:
        part.rename(path)
    except OSError:
        if old is not None:
            old.rename(path)
            raise
        if not path.is_dir():
            raise
