"""Datasets by name: their files in the user's folder, or downloaded."""

import hashlib
import inspect
import json
import logging
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import DataError, PluginError, SetupError
from ..interfaces.data import Dataset, File
from ..registry.guarding.told import told_parts
from ..storage.cache import Cache
from ..storage.download import DOWNLOADS, fetch, kept
from ..text import listed, shown
from .at_rest import GIVEN
from .packed import Decoded, Source

_log = logging.getLogger(__name__)

_INSTEAD = "name its folder with --data-dir DIR; --data digits works offline"
_INSTEAD_HELD_OUT = "put it beside the training files, or hold some of those out with --hold-out 0.1"


def _present(file: File, folder: Path) -> Path | None:
    for name in (file.name, *file.also):
        if (path := folder / name).exists():
            return path
    return None


def locate(
    files: tuple[File, ...],
    name: str,
    *,
    data_dir: Path | None,
    cache: Cache,
    get: Callable[..., Path] = fetch,
    instead: str = _INSTEAD,
) -> dict[str, Path]:
    """Find each file in ``data_dir``, or in the cache's downloads when there is none; download what is missing.

    What a user puts into ``data_dir`` is taken as it is: the images are known by what they decode to.

    Raises:
        DataError: ``data_dir`` is no folder.
        SetupError: a file can neither be found nor downloaded.
    """
    if data_dir is not None and not data_dir.is_dir():
        raise DataError(
            f"--data-dir {shown(data_dir)} is no folder; name the one of the files, or leave --data-dir out to download"
        )
    folder = data_dir or cache.root / DOWNLOADS / name
    paths: dict[str, Path] = {}
    for file in files:
        path = kept(file, name, cache) if data_dir is None else _present(file, folder)
        if path is None and not file.url:
            raise SetupError(f"{shown(file.name)} of the dataset {name!r} is not in {folder}; put it there")
        try:
            paths[file.name] = path or get(file, folder, instead=instead)
        except SetupError as error:
            if there := next((place for place in (Path(name), Path()) if _has_all(place, files)), None):
                raise SetupError(f"{error}; or add --data-dir {shlex.quote(str(there))}, which holds it") from error
            raise
    return paths


def require_no_files_of_one(folder: Path, registry: Any) -> None:
    """Refuse a folder of the files of a named dataset, which is read by its name.

    Args:
        folder: that holds nothing else that is read.
        registry: with the datasets.

    Raises:
        DataError: it is one; the sentence says how to name it.
    """
    names = [entry.name for entry in registry.all("dataset") if _has_all(folder, _files_of(entry))]
    if names:
        words = f"--data {names[0] if len(names) == 1 else 'NAME'} --data-dir {shlex.quote(str(folder))}"
        raise DataError(f"{shown(folder)} holds the files of the dataset {listed(names, 'or')}: write {words}")


def _files_of(entry: Any) -> tuple[File, ...]:
    """Return what a dataset reads; nothing of a stranger's broken one, which nobody asked for."""
    try:
        return tuple(entry.load().files)
    except Exception:
        return ()


def _has_all(folder: Path, files: tuple[File, ...]) -> bool:
    return bool(files) and all(_present(file, folder) is not None for file in files)


def _fingerprint(entry: Any, dataset: type[Dataset], paths: dict[str, Path], part: str = "dataset") -> str | None:
    """Take the digests of the files and of the code that reads them, for one part of the dataset.

    Only for files under their published names: another name may stand for a whole folder (an unpacked archive),
    which is quick to decode anyway. None without files as well: what ships with a plugin is small.
    """
    if not paths or any(path.name != name for name, path in paths.items()):
        return None
    try:
        code = inspect.getsource(inspect.getmodule(dataset) or dataset)
        digests = {}
        for name, path in paths.items():
            with path.open("rb") as stream:
                digests[name] = hashlib.file_digest(stream, "sha256").hexdigest()
    except (OSError, TypeError):
        return None
    parts = [part, 1, entry.plugin, entry.version, dataset.__qualname__, code, digests]
    parts += [repr(sorted(entry.params.items()))] if entry.params else []
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _asked(entry: Any, doing: str, ask: Callable[[], Any]) -> Any:
    """Ask a dataset, a third party's under the guard; what it raises that is no error of ours is its plugin's.

    Raises:
        PluginError: it fails, or gives something else.
    """
    with told_parts([entry], f"while it {doing}"):
        given = ask()
    if given is not None and not isinstance(given, GIVEN):
        raise PluginError(
            f"dataset {entry.name!r} of {entry.origin} gives a {type(given).__name__} while it {doing}; "
            "give Images or Rows of ganzoo.interfaces"
        )
    return given


class NoneHeldOutError(Exception):
    """The dataset has a held-out part, and the files that are there lack it."""


def named_source(entry: Any, *, data_dir: Path | None, cache: Cache) -> Source:
    """Make the source of a registered dataset.

    Raises:
        DataError: ``data_dir`` is no folder.
        SetupError: a file can neither be found nor downloaded.
    """
    dataset: type[Dataset] = entry.load()
    paths = locate(dataset.files, entry.name, data_dir=data_dir, cache=cache)
    if not dataset.files:
        text = f"{entry.name}, which ships with the plugin {entry.plugin}"
    elif data_dir is not None:
        text = f"{entry.name}, from files of the user's"
    else:
        text = f"{entry.name}, downloaded from {', '.join(file.url for file in dataset.files)}"
    return Source(
        name=entry.name,
        extractor=dataset.extractor,
        metrics=tuple(dataset.metrics),
        samples=dataset.samples,
        text=text,
        fingerprint=_fingerprint(entry, dataset, paths),
        read=lambda: Decoded(_asked(entry, "is read", lambda: dataset().read(paths))),
    )


def held_out_source(entry: Any, *, data_dir: Path | None, cache: Cache) -> Source | None:
    """Make the source of a registered dataset's own held-out part, to be read after the training images.

    ``read`` raises ``NoneHeldOutError`` where the files turn out to hold none.

    Returns:
        The source; None where the dataset knows of none, or, which is said, where its files cannot be had.

    Raises:
        DataError: ``data_dir`` is no folder.
        SetupError: a training file went away meanwhile.
    """
    dataset: type[Dataset] = entry.load()
    if dataset.read_held_out is Dataset.read_held_out:
        return None
    paths = locate(dataset.files, entry.name, data_dir=data_dir, cache=cache)
    try:
        held_out_files = dataset.held_out_files
        paths |= locate(held_out_files, entry.name, data_dir=data_dir, cache=cache, instead=_INSTEAD_HELD_OUT)
    except SetupError as error:
        _log.warning(f"{entry.name} is played without held-out images: {error}")
        return None

    def read() -> Decoded:
        images = _asked(entry, "is asked for its held-out part", lambda: dataset().read_held_out(paths))
        if images is None:
            raise NoneHeldOutError
        return Decoded(images)

    return Source(
        name=f"{entry.name}-held-out",
        extractor=dataset.extractor,
        metrics=tuple(dataset.metrics),
        samples=dataset.samples,
        text=f"the held-out part of {entry.name}",
        fingerprint=_fingerprint(entry, dataset, paths, "held-out"),
        read=read,
    )
