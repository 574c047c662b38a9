"""Fields of decoded data in the cache, by their digest, and what each source gave, by its fingerprint."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic import Field as Keyed

from ..errors import DataError
from ..interfaces.data import Images
from ..storage.cache import Cache
from ..storage.json_text import parse_json
from . import version1
from .at_rest import AtRest, at_rest, rows_hash

_ROWS, _SOURCES = "rows", "sources"


class Said(NamedTuple):
    """Sentences on how data were read, see ``DataSet``."""

    skipped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


class _Known(BaseModel):
    """``source.json`` in the cache: the data that a source gave; older files have fewer keys."""

    model_config = ConfigDict(strict=True, extra="forbid")

    hash: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
    classes: list[str]
    skipped: list[str] = Keyed(default_factory=list)
    note: str = ""
    notes: list[str] = Keyed(default_factory=list)
    left_out: list[str] = Keyed(default_factory=list)

    @property
    def said(self) -> Said:
        """Sentences on how they were read."""
        return Said(tuple(self.skipped), tuple(self.notes), tuple(self.left_out))


class _KnownImages(_Known):
    """The same of images and points of version 1."""

    n: int
    channels: int
    height: int
    width: int
    points: bool = False

    def read(self, folder: Path) -> AtRest:
        """Read them from their folder."""
        arrays = arrays_of(folder, version1.FILES)
        found = at_rest(Images(arrays["x"], arrays.get("y"), tuple(self.classes)), str(folder))
        if found.fields["x"].shape != (self.n, self.channels, self.height, self.width):
            raise ValueError("they are of another shape")
        return found


class _KnownRows(_Known):
    """The same of every other modality."""

    modality: str
    values: dict[str, Any]
    fields: list[str]
    described: str
    extractor: str
    metrics: list[str]

    def read(self, folder: Path) -> AtRest:
        """Read them from their folder."""
        arrays, classes = arrays_of(folder, {name: name for name in self.fields}), tuple(self.classes)
        found = rows_hash(self.modality, self.values, arrays, classes)
        said = self.described, found, self.extractor, tuple(self.metrics)
        return AtRest(self.modality, self.values, arrays, classes, *said)


def arrays_of(folder: Path, files: Mapping[str, str]) -> dict[str, np.ndarray]:
    """Map the arrays of a folder into memory, by field; of version 1 labels are there or not.

    Args:
        folder: of the cache.
        files: the name of the file of each field, without ``.npy``.

    Raises:
        OSError, ValueError, EOFError: one is gone or damaged.
    """
    here = {name: folder / f"{file}.npy" for name, file in files.items()}
    if files.get("y") == version1.FILES["y"] and not here["y"].is_file():
        del here["y"]
    # Copy on write: torch wants memory that it may write, and the file stays as it is.
    return {name: np.load(path, mmap_mode="c", allow_pickle=False) for name, path in here.items()}


def store(cache: Cache, data: AtRest) -> Path:
    """Write the fields to the cache, unless it holds them whole; gives their folder.

    Raises:
        SetupError: nothing can be written.
    """
    place = version1.PLACE if version1.is_one(data.modality) else _ROWS
    files = _files(data)

    def write(folder: Path) -> None:
        for name, array in data.fields.items():
            np.save(folder / f"{files[name]}.npy", np.ascontiguousarray(array))

    folder = cache.find(place, data.hash)
    if folder is not None and not _whole(folder, data):
        cache.discard(place, data.hash)
        folder = None
    return folder or cache.commit(place, data.hash, write)


def remember(cache: Cache, fingerprint: str, data: AtRest, said: Said) -> None:
    """Write down what a source gave."""
    known: dict[str, Any] = {"hash": data.hash}
    old = version1.is_one(data.modality)
    if old:
        known |= dict(zip(("n", "channels", "height", "width"), data.fields["x"].shape, strict=True))
    known |= {"classes": data.classes, "skipped": said.skipped, "note": ""}
    known |= {key: told for key, told in said._asdict().items() if told and key != "skipped"}  # unknown to the oldest
    if old:
        known["points"] = version1.are_points(data.modality)
    else:
        known |= {"modality": data.modality, "values": data.values, "described": data.described}
        known |= {"fields": [*data.fields], "extractor": data.extractor, "metrics": data.metrics}
    text = json.dumps(known)

    def write(folder: Path) -> None:
        (folder / "source.json").write_text(text)

    cache.commit(_SOURCES, fingerprint, write)


def recall(cache: Cache, fingerprint: str) -> tuple[AtRest, Said, Path] | None:
    """Find what a source gave, if that is known and still whole."""
    folder = cache.find(_SOURCES, fingerprint)
    if folder is None:
        return None
    try:
        content = parse_json((folder / "source.json").read_bytes())
        rows = isinstance(content, dict) and "modality" in content
        known = (_KnownRows if rows else _KnownImages).model_validate(content)
        here = cache.find(_ROWS if rows else version1.PLACE, known.hash)
        if here is not None and (data := known.read(here)).hash == known.hash:
            return data, known.said, here
    except (OSError, ValueError, EOFError, KeyError, DataError):
        pass
    cache.discard(_SOURCES, fingerprint)
    return None


def _files(data: AtRest) -> dict[str, str]:
    return {name: version1.FILES[name] if version1.is_one(data.modality) else name for name in data.fields}


def _whole(folder: Path, data: AtRest) -> bool:
    """Check that the folder still holds what its name says; disks and people do alter files."""
    try:
        arrays = arrays_of(folder, _files(data))
        if arrays.keys() != data.fields.keys():
            return False
        if version1.is_one(data.modality):
            return version1.content_hash(Images(arrays["x"], arrays.get("y"), data.classes)) == data.hash
        return rows_hash(data.modality, data.values, arrays, data.classes) == data.hash
    except (OSError, ValueError, EOFError):
        return False
