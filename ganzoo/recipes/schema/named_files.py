"""Parts that a recipe names by their place: ``path/to/file.py:Class``. Does not import torch."""

import importlib.util
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ...registry.registry import Registry
from ...registry.sources.files import read_file

_PLAYERS = ("generator", "discriminator", "loss")


def name_files(data: dict[str, Any], registry: Registry, folders: Sequence[Path]) -> None:
    """Let a registry have the files that a recipe's parts are named by, and name them without their folders, in place.

    ``my_module:Class`` is the class of ``my_module.py`` in one of the folders, where no other module has that name.

    Args:
        data: of the recipe, as a file writes it.
        registry: takes the files.
        folders: that a path may be relative to, in this order.

    Raises:
        PluginError: a file is not there or no source, or another one has its name.
    """
    for holder, key in _named(data):
        place, colon, title = str(holder[key]).rpartition(":")
        if not (colon and title.isidentifier() and place):
            continue
        path = Path(place if place.endswith(".py") else f"{place}.py").expanduser()
        there = next((folder / path for folder in folders if (folder / path).is_file()), None)
        if place.endswith(".py"):
            if there is None and registry.file(place) is not None:
                continue
        elif there is None or _installed(place, there):
            continue
        found = read_file(there or path)
        registry.add_file(found)
        holder[key] = f"{found.name}:{title}"


def _named(data: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Give each holder of a part's name, and the key under which it has it."""
    regularizers = data.get("regularizers")
    places: list[tuple[Any, Any]] = [(data, key) for key in _PLAYERS if key in data]
    places += [(regularizers, i) for i in range(len(regularizers))] if isinstance(regularizers, list) else []
    for holder, key in places:
        if isinstance(holder[key], str):
            yield holder, key
        elif isinstance(holder[key], dict) and isinstance(holder[key].get("name"), str):
            yield holder[key], "name"


def _installed(module: str, file: Path) -> bool:
    """Tell whether a module is installed, and is not this file, which a folder on the path happens to hold."""
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError, AttributeError):
        return False
    return spec is not None and (spec.origin is None or Path(spec.origin).resolve() != file.resolve())
