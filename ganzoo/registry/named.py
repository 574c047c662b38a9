"""Classes that a recipe names by their place: ``module:Class`` of an installed module, ``file.py:Class`` of a file."""

import importlib.util
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path

from ..errors import PluginError, UnknownName
from .registry import PLURALS, Entry
from .sources.installed import Found


def named_entry(kind: str, name: str, file: Callable[[str], Found | None], *, downloaded: bool = False) -> Entry:
    """Return an entry for a class that nobody registers.

    Args:
        kind: of the part.
        name: ``module:Class``, or ``file.py:Class`` of a plugin file.
        file: gives the plugin file of a name.
        downloaded: the name is of a folder that may be somebody else's, and brings no module to be imported.

    Raises:
        UnknownName: there is no such file or module.
        PluginError: the name is not of this form.
    """
    place, _, title = name.partition(":")
    if kind == "recipe" or not title.isidentifier():
        raise PluginError(f"no {kind} named {name!r}; a class is named as module:Class or as path/to/file.py:Class")
    if place.endswith(".py"):
        if (found := file(place)) is None:
            raise UnknownName(f"no {kind} named {name!r}: there is no file {place!r} that the run was given")
        return Entry(kind, name, f"{found.value}:{title}", found.name, distribution=found.name)
    top = place.partition(".")[0]
    try:
        there = importlib.util.find_spec(top) is not None
    except (ImportError, ValueError, AttributeError):
        there = False
    if not there:
        raise UnknownName(
            f"no {kind} named {name!r}: no module {top!r} is installed (`ganzoo list {PLURALS[kind]}` shows the names; "
            "a file is named by its path, as in ./my_file.py:MyClass)"
        )
    if downloaded and not _asked_for(place, top):
        raise PluginError(
            f"no {kind} named {name!r}: the module {place} is of no installed package, and what a folder names is not "
            f"imported unasked; read it, and install it or run `import {place}` before ganzoo.load"
        )
    distribution = next(iter(packages_distributions().get(top, ())), top)
    try:
        return Entry(kind, name, name, top, version=version(distribution), distribution=distribution)
    except PackageNotFoundError:
        return Entry(kind, name, name, top, distribution=top)


def _asked_for(module: str, top: str) -> bool:
    """Tell whether this user has had a module imported, or has installed its package.

    Python's own modules are neither, nor are those that the working directory happens to hold.
    """
    if module in sys.modules or top in sys.stdlib_module_names:
        return module in sys.modules
    if top in packages_distributions():
        return True
    spec = importlib.util.find_spec(top)
    places = [*(spec.submodule_search_locations or [spec.origin or "."])] if spec is not None else ["."]
    return all(Path(place).resolve().parent != Path.cwd() for place in places)
