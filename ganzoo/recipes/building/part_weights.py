"""Weights files of the parts that a recipe names: found and checked before the part is built."""

import inspect
from pathlib import Path
from typing import Any, ClassVar

import torch

from ...errors import PluginError
from ...interfaces.data import File
from ...storage.cache import Cache
from ...storage.download import DOWNLOADS
from ...storage.weights import find, owner_of

WEIGHTS = "weights"  # the keyword, and the attribute of the class


def file_of(cls: type) -> File | None:
    """Return the file that a class declares as its ``weights``; None where it has none, or takes no such keyword."""
    file = getattr(cls, WEIGHTS, None)
    if not isinstance(file, File):
        return None
    takes = inspect.signature(cls).parameters
    return file if WEIGHTS in takes or any(one.kind is one.VAR_KEYWORD for one in takes.values()) else None


def found_for(cls: type) -> tuple[str, ...]:
    """Return the keywords of a class that are found for it, and that no recipe gives."""
    return (WEIGHTS,) if file_of(cls) is not None else ()


def weights_of(kind: str, name: str, cls: type) -> dict[str, Path]:
    """Return the keyword ``weights`` of a part with the path of its file; nothing for a part that has none.

    The file is searched in torch's folder of checkpoints and in the cache, and else fetched.

    Args:
        kind: of the part.
        name: under which it is registered.
        cls: its class.

    Raises:
        SetupError: there is no such file, or the one there is not the published one.
        PluginError: the file has no digest, so that nothing tells whether it is the right one.
    """
    file = file_of(cls)
    if file is None:
        return {}
    if not (file.sha256 or (file.md5 and file.size)):
        raise PluginError(
            f"{kind} {name!r} declares the weights {file.name!r} without a sha256, or an md5 and a size: nothing would "
            "tell them from others"
        )
    path, _, _ = find(name, _declared(cls, file), None, Cache.open(), kind=kind)
    assert path is not None  # a file is declared
    return {WEIGHTS: path}


def sent(kind: str, name: str, cls: type) -> dict[str, Path]:
    """Return the weights file of a part by the place in a cache where other machines find it."""
    file = file_of(cls)
    if file is None:
        return {}
    return {f"{DOWNLOADS}/{owner_of(kind, name)}/{file.name}": weights_of(kind, name, cls)[WEIGHTS]}


def _declared(cls: Any, file: File) -> Any:
    """Return what weights are found by: the class's own ``weights_path``, or a place among torch's downloads."""
    own = getattr(cls, "weights_path", None)

    class Declared:
        weights: ClassVar[File] = file

        @classmethod
        def weights_path(cls, given: Path | None) -> Any:
            return own(given) if own is not None else Path(torch.hub.get_dir()) / "checkpoints" / file.name

        @classmethod
        def holds_published(cls, path: Path) -> bool | None:
            return None

    return Declared
