"""Modalities asked for data: to read a path of the user's, or to take data of another one for theirs."""

from __future__ import annotations

import hashlib
import inspect
import json
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DataError, GanzooError, PluginError
from ..interfaces.modality import Modality, Rows
from ..recipes.building.one_part import load_class
from ..registry.guarding.guard import guarded_parts
from ..registry.registry import Entry, describe
from ..storage.cache import Cache
from ..text import shown, slug
from .data_set import DataSet
from .packed import Decoded, Source, load, pack, with_held_out

if TYPE_CHECKING:
    from ..registry.registry import Registry

_log = logging.getLogger(__name__)


def read_by(registry: Registry, name: str, path: Path) -> Rows | None:
    """Let a modality read a path; None where it is nothing of its.

    Raises:
        UnknownName: nobody registers it.
        DataError: it is of this modality, and broken.
        PluginError: the modality fails.
    """
    cls: type[Modality] = load_class(registry, "modality", name)
    return _asked(registry, name, f"reads {shown(path)}", lambda: cls.read(path))


def held_out_by(registry: Registry, name: str, path: Path) -> Rows | None:
    """Let a modality read what a path of its holds for no training; None where it holds none.

    Raises:
        UnknownName: nobody registers it.
        DataError: it is broken.
        PluginError: the modality fails.
    """
    cls: type[Modality] = load_class(registry, "modality", name)
    return _asked(registry, name, f"reads what {shown(path)} holds out", lambda: cls.read_held_out(path))


def read_as(registry: Registry, modality: Modality, path: Path) -> Rows | None:
    """Let a modality read a path as data of its very values; None where it is nothing of its.

    Raises:
        DataError: it is broken, or holds what the values cannot say.
        PluginError: the modality fails.
    """
    return _asked(registry, modality.name, f"reads {shown(path)}", lambda: modality.read_as(path))


def read_by_any(registry: Registry, path: Path) -> tuple[str, Rows] | None:
    """Ask all modalities that are registered to read a path; give the one that does, and what it read.

    One that fails is told of and passed over.

    Raises:
        DataError: it is of one of them, and broken; or several read it.
    """
    found: list[tuple[str, Rows]] = []
    for entry in registry.all("modality"):
        try:
            rows = read_by(registry, entry.name, path)
        except PluginError as error:
            _log.warning(f"{error}; it is not asked for {shown(path)}")
            continue
        if rows is not None:
            found.append((entry.name, rows))
    if len(found) > 1:
        names = " and ".join(name for name, _ in found)
        raise DataError(f"{shown(path)} can be read as {names}; name one, such as --modality {found[0][0]}")
    return found[0] if found else None


def path_source(name: str, rows: Rows, path: Path, registry: Registry) -> Source:
    """Make the source of rows that a modality read.

    Args:
        name: of the modality.
        rows: that it read.
        path: of the user's.
        registry: knows the datasets, none of which the source may be called.
    """
    called = slug(path.resolve().stem if path.is_file() else path.resolve().name)
    if called in [entry.name for entry in registry.all("dataset")]:
        called += "-files"
    return Source(
        name=called,
        extractor="",
        metrics=(),
        text=f"{path}, read as {name}",
        fingerprint=None,  # files are read anew each time: what a modality reads of a folder, it alone knows
        read=lambda: Decoded(rows),
    )


def taken_for(registry: Registry, kept: DataSet, name: str, cache: Cache) -> DataSet:
    """Take a data set for one of another modality, its held-out part too; of its own modality it stays as it is.

    Raises:
        UnknownName: nobody registers the modality.
        DataError: it does not take such data.
        PluginError: it fails.
    """
    if name == kept.modality_name:
        return kept
    cls: type[Modality] = load_class(registry, "modality", name)

    def made(of: DataSet) -> DataSet:
        return pack(_other(registry, of, name, cls), cache)

    other = made(kept)
    return other if kept.held_out is None else with_held_out(other, made(kept.held_out))


def _other(registry: Registry, kept: DataSet, name: str, cls: type[Modality]) -> Source:
    def read() -> Decoded:
        fields = {field: tensor.numpy() for field, tensor in load(kept).items()}
        rows = Rows(kept.modality(registry), fields, kept.classes)
        made = _asked(registry, name, f"takes {kept.name}", lambda: cls.of(rows))
        if made is None:
            raise DataError(
                f"{kept.name} is of {kept.modality_name}, which modality {name!r} does not take; leave --modality out, "
                f"or name data of {name}"
            )
        if type(made.modality).name != name:
            raise PluginError(f"modality {name!r} gives data of {type(made.modality).name} when it takes {kept.name}")
        return Decoded(made)

    return Source(
        name=f"{kept.name}-{name}",
        extractor=kept.extractor if cls.judged_as == kept.modality_name else "",
        metrics=(),
        samples=kept.samples,
        text=f"{kept.source}, taken for {name}",
        fingerprint=_fingerprint(registry.get("modality", name), cls, kept),
        read=read,
    )


def _fingerprint(entry: Entry, cls: type[Modality], kept: DataSet) -> str | None:
    """Stand for the data and for the code of the modality; None where that cannot be seen."""
    try:
        code = inspect.getsource(inspect.getmodule(cls) or cls)
    except (OSError, TypeError):
        return None
    parts: Sequence[Any] = ["taken for", 1, entry.plugin, entry.version, cls.__qualname__, code, kept.hash]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _asked(registry: Registry, name: str, doing: str, ask: Callable[[], Rows | None]) -> Rows | None:
    """Ask a modality, a third party's under the guard; what it raises that is no error of ours is its plugin's.

    Raises:
        DataError: it refuses the data.
        PluginError: it fails, or gives something else.
    """
    entry = registry.get("modality", name)
    try:
        with guarded_parts([entry], f"while modality {name!r} {doing}"):
            rows = ask()
    except GanzooError:
        raise
    except Exception as error:
        raise PluginError(f"modality {name!r} of {entry.origin} fails while it {doing}: {describe(error)}") from error
    if rows is not None and not isinstance(rows, Rows):
        raise PluginError(f"modality {name!r} of {entry.origin} gives a {type(rows).__name__} while it {doing}")
    return rows
