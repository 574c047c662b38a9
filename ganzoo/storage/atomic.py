"""Files that are whole or not there: written beside, flushed to the disk, then renamed into place."""

import errno
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from ..errors import SetupError

# What the kernel says of files; libraries derive their own errors of connections and formats from OSError.
_OF_FILES = (OSError, PermissionError, FileNotFoundError, FileExistsError, NotADirectoryError, IsADirectoryError)
_OF_CONNECTIONS = (errno.ENETDOWN, errno.ENETUNREACH, errno.EHOSTDOWN, errno.EHOSTUNREACH)


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


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _flush_file(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def write_file(path: Path, content: str | bytes) -> None:
    """Replace ``path`` by ``content`` in one step; a crash leaves the old file or the new one.

    Raises:
        SetupError: the disk is full or the folder cannot be written.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        beside = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            beside.chmod(0o644)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
        _flush_folder(path.parent)
    except OSError as error:
        raise SetupError(f"cannot write {path}: {error.strerror or error}") from error


def commit_folder(path: Path, write: Callable[[Path], None]) -> None:
    """Make the folder ``path`` in one step: ``write`` fills a hidden neighbour, which is then renamed.

    A folder that is already there is kept and what was written is dropped: the first one wins.
    What ``write`` raises for another reason than the disk passes through.

    Raises:
        SetupError: the disk is full or the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
        try:
            write(beside)
            for file in beside.iterdir():
                _flush_file(file)
            _flush_folder(beside)
            beside.chmod(0o755)
            try:
                beside.rename(path)
            except OSError:
                if not path.is_dir():
                    raise
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        _flush_folder(path.parent)
    except OSError as error:
        if not of_the_disk(error, path.parent):
            raise
        raise SetupError(f"cannot write {path}: {error.strerror or error}") from error
