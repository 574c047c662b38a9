"""Plugins in one file: read, copied to where every process of this user can import them, and known by their contents.

The copy lies in the cache as ``ganzoo_file_NAME_DIGEST.py``, in a folder at the end of ``sys.path``. An edited file is
another module, so that a run goes by the file that it was given. Imports no torch.
"""

import hashlib
import importlib
import re
import sys
from collections.abc import Iterable
from importlib.util import decode_source
from pathlib import Path

from ...errors import PluginError
from ...storage.atomic import write_file
from ...storage.cache import Cache, cache_folder
from ...text import shown
from .installed import Found

PREFIX = "ganzoo_file_"
MOST_BYTES = 1_000_000
_DIGITS = 12
_MOST_STEM = 100  # characters of the name of a copy, which no file system cuts
_FOLDER = "plugin-files"
_of_process: dict[str, Found] = {}  # files of this process, by name
_named: dict[str, Found] = {}  # those whose classes were named in this process, so that a recipe can be taken elsewhere


def read_file(path: Path) -> Found:
    """Read a plugin of one file.

    Args:
        path: of the file.

    Raises:
        PluginError: there is no such file, or it is no source of Python.
    """
    if path.suffix != ".py":
        raise PluginError(f"{shown(path)} is no plugin file: give the path of a .py file")
    try:
        if path.is_file() and path.stat().st_size > MOST_BYTES:
            raise PluginError(f"{shown(path)} is above {MOST_BYTES:,} bytes, and a plugin file is source code alone")
        source = decode_source(path.read_bytes())
    except FileNotFoundError as error:
        raise PluginError(f"there is no plugin file {shown(path)}") from error
    except OSError as error:
        raise PluginError(f"the plugin file {shown(path)} cannot be read: {error.strerror or error}") from error
    except (SyntaxError, ValueError) as error:
        raise PluginError(f"{shown(path)} is no source of Python: {str(error).splitlines()[0]}") from error
    return from_source(path.name, source, str(path))


def shown_module(name: str) -> str:
    """Return a module as messages name it: the copy of a plugin file by the beginning of the file's name."""
    return f"{name[len(PREFIX) : -_DIGITS - 1]}.py" if name.startswith(PREFIX) else name


def from_source(name: str, source: str, path: str = "") -> Found:
    """Return the plugin of a file's source.

    Args:
        name: of the file, such as ``my_loss.py``, which is the plugin's name.
        source: all of it.
        path: the file, as messages name it; its name alone by default.
    """
    return Found(
        name, distribution=name, value=module_of(name, source or "\n"), source=source or "\n", path=path or name
    )


def module_of(name: str, source: str) -> str:
    """Return the module that the file of this name is imported as: another one for every source."""
    digest = hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
    return f"{PREFIX}{re.sub(r'[^a-zA-Z0-9_]', '_', Path(name).stem)[:_MOST_STEM]}_{digest}"


def make_importable(files: Iterable[Found]) -> None:
    """Copy plugin files to where their modules are imported from, in this process and in those that it starts.

    A copy tells ``known_here`` that the file was given on this machine.

    Raises:
        SetupError: the disk is full.
    """
    for found in files:
        folder = Cache.open().root / _FOLDER
        copy = folder / f"{found.value}.py"
        if not (copy.is_file() and copy.read_bytes() == _bytes(found)):
            folder.mkdir(parents=True, exist_ok=True)
            write_file(copy, _bytes(found))
            importlib.invalidate_caches()
        if str(folder) not in sys.path:
            sys.path.append(str(folder))


def known_here(found: Found) -> bool:
    """Tell whether a plugin file with these contents was given on this machine before, by this user.

    Args:
        found: of a file that came with somebody's run, and so is no code that this user asked for by itself.
    """
    try:
        return (cache_folder() / _FOLDER / f"{found.value}.py").read_bytes() == _bytes(found)
    except (OSError, RuntimeError):
        return False


def _bytes(found: Found) -> bytes:
    return found.source.encode("utf-8", "surrogatepass")


def add_to_process(found: Found) -> None:
    """Let every zoo of this process have a plugin file, in the place of one of the same name."""
    _of_process[found.name] = found


def files_of_process() -> tuple[Found, ...]:
    """Return the plugin files that every zoo of this process has."""
    return tuple(_of_process.values())


def remember_named(found: Found) -> None:
    """Remember a file that a class was named of, in the place of an earlier one of its name."""
    _named[found.name] = found


def named_before(name: str) -> Found | None:
    """Return the file of this name that a class was named of in this process; None where there is none."""
    return _named.get(name)


def joined(*groups: Iterable[Found]) -> list[Found]:
    """Join plugin files; of two with the same contents one is left.

    Raises:
        PluginError: two files have one name.
    """
    found: dict[str, Found] = {}
    for one in (one for group in groups for one in group):
        other = found.setdefault(one.name, one)
        if other.source != one.source:
            raise PluginError(
                f"the plugin files {other.path} and {one.path} have one name; rename one of them, as a run knows each "
                "by its name"
            )
    return list(found.values())
