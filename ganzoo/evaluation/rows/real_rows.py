"""Real data of any modality, to compare others with."""

from __future__ import annotations

from dataclasses import asdict, dataclass, is_dataclass, replace
from functools import cached_property
from pathlib import Path

from torch import Tensor

from ... import data as data_room
from ...bench.results.bench_files.evaluation import EvaluatedSet
from ...bench.runs.generating.rows import length
from ...data import DataSet
from ...data.modalities import path_source, read_as
from ...data.packed import pack
from ...errors import DataError
from ...interfaces import Modality
from ...registry.registry import Registry
from ...storage.cache import Cache
from ...text import shown


@dataclass(frozen=True)
class RealRows:
    """Data of another modality than images and points, which others are compared with.

    Attributes:
        data: where they lie, and what is known of them.
        modality: says what they are.
        path: the file or folder that they were read from; None where they have a name.
    """

    data: DataSet
    modality: Modality
    path: Path | None = None

    @cached_property
    def fields(self) -> dict[str, Tensor]:
        """Fields at rest by name, ``(N, ...)`` each, on the CPU."""
        return data_room.load(self.data)

    @property
    def n(self) -> int:
        """Number of rows: those of the shortest field, where fields are dealt apart."""
        return length(self.modality, self.fields)

    @property
    def told(self) -> EvaluatedSet:
        """The set, for the result."""
        return told_of(self.data, "data set" if self.path is None else "file", self.n)

    def as_of(self, modality: Modality, whose: str, registry: Registry, cache: Cache) -> RealRows:
        """Return them as data of other values of their modality, such as those that a generator was built for.

        Args:
            modality: of the same name.
            whose: names what it belongs to, for errors.
            registry: knows the modality.
            cache: where data that are read anew go.

        Raises:
            DataError: they are not at rest as these values have it, and cannot be read so.
        """
        if self.modality == modality:
            return self
        found = None if self.path is None else packed_as(registry, modality, self.path, cache)
        if found is None:
            raise DataError(unlike(self.data.name, self.modality, whose, modality))
        return RealRows(found, modality, self.path)


def packed_as(registry: Registry, modality: Modality, path: Path, cache: Cache) -> DataSet | None:
    """Read a path as data of a modality's very values, and give them a place in the cache; None where it reads nothing.

    Raises:
        DataError: it is broken, or holds what these values cannot say.
        PluginError: the modality fails.
    """
    rows = read_as(registry, modality, path)
    if rows is None:
        return None
    return pack(replace(path_source(modality.name, rows, path, registry), fingerprint=None), cache)


def told_of(data: DataSet, kind: str, n: int) -> EvaluatedSet:
    """Return a data set as the result has it."""
    return EvaluatedSet(
        kind=kind,
        name=data.name,
        source=data.source,
        n=n,
        hash=data.hash,
        described=data.described,
        left_out=list(data.left_out),
        notes=list(data.notes),
    )


def unlike(one: str, ones: Modality, other: str, others: Modality) -> str:
    """Return a sentence on two sets of one modality whose values differ."""
    told = [
        f"{name} {shown(value)} and {shown(theirs)}"
        for name, value in _values(ones).items()
        if value != (theirs := _values(others).get(name))
    ]
    return (
        f"{one} and {other} are both of {ones.name}, and not alike ({'; '.join(told)}): compare data of the same "
        f"{ones.name}, or name the file that they are in"
    )


def _values(modality: Modality) -> dict[str, object]:
    return asdict(modality) if is_dataclass(modality) else vars(modality)
