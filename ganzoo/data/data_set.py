"""Training data of a run, of any modality, as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..interfaces.data import Dataset
from ..interfaces.size import Size, size_of
from ..text import per_class
from . import version1
from .plain import built

if TYPE_CHECKING:
    from ..interfaces.modality import Modality
    from ..registry.registry import Registry

_TUPLES = ("classes", "skipped", "metrics", "counts", "notes", "left_out")


@dataclass(frozen=True)
class Field:
    """One field of data at rest.

    Attributes:
        shape: ``(N, ...)``.
        dtype: its numpy name, such as ``float32``.
    """

    shape: tuple[int, ...]
    dtype: str

    @property
    def told(self) -> str:
        """Shape and type, for people: ``1000 x 2 x 64 float32``."""
        return f"{' x '.join(map(str, self.shape))} {self.dtype}"


@dataclass(frozen=True)
class DataSet:
    """Decoded training data at rest, of any modality.

    Attributes:
        name: the dataset's name; for a path, its stem in lower case with ``-`` for what is no letter or digit.
        folder: holds a file ``NAME.npy`` for each field; of images and of points ``images.npy`` and, with labels,
            ``labels.npy``.
        hash: sha256 in hex over all of the content: the fields, the names of the classes, the modality and its values.
        n: how many there are: rows of the field ``x``, else of the longest one.
        modality_name: the name that its modality is registered by.
        values: plain values that the modality is built of again.
        fields: shape and type of each field, by name.
        classes: the names of the classes by index; empty without labels.
        extractor: the extractor that its numbers are taken with unless the user names another.
        source: where it came from, in words.
        described: number and shape of the data, for people.
        skipped: the bad ones that were left out, each with the reason.
        metrics: those that are taken unless the user names others.
        samples: how many generated samples are evaluated unless the user says how many; None: as many as there are
            real ones, 50,000 at most.
        held_out: data of the same modality, shapes and classes that nothing is trained on; None where there are none.
            It holds none itself.
        counts: how many samples each class has, by index; empty without labels, and where an older file does not say.
        notes: sentences on how it was read, such as what its folders were taken for.
        left_out: sentences on what of the source was not read, with counts.
    """

    name: str
    folder: Path
    hash: str
    n: int
    modality_name: str
    values: Mapping[str, Any]
    fields: Mapping[str, Field]
    classes: tuple[str, ...]
    extractor: str
    source: str
    described: str
    skipped: tuple[str, ...] = ()
    metrics: tuple[str, ...] = Dataset.metrics
    samples: int | None = None
    held_out: DataSet | None = None
    counts: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def _of_version_1(self) -> bool:
        return version1.is_one(self.modality_name)

    def modality(self, registry: Registry) -> Modality:
        """Build the modality again.

        Raises:
            UnknownName: nobody registers it.
            PluginError: it cannot be imported, or does not take its own values.
        """
        return built(registry, self.modality_name, self.values, f"data {self.name!r}")

    @property
    def told(self) -> str:
        """``described``, with the classes and how many samples each has."""
        classes = per_class(self.classes, self.counts)
        return f"{self.described} in {classes}" if classes else self.described

    @property
    def place(self) -> str:
        """The kind under which a cache keeps the fields."""
        return version1.PLACE if self._of_version_1 else "rows"

    def files(self) -> Iterator[tuple[str, str]]:
        """Give the name of each field with that of its file, without the ending."""
        for name in self.fields:
            yield name, version1.FILES[name] if self._of_version_1 else name

    # Version 1: sets of images and of points, each of which counts as an image of one pixel. 0 of all others.

    @property
    def _sides(self) -> tuple[int, int, int]:
        return self.fields["x"].shape[1:] if self._of_version_1 else (0, 0, 0)  # type: ignore[return-value]

    @property
    def channels(self) -> int:
        """Return 1 for grey, 3 for RGB; of points, how many numbers each has."""
        return self._sides[0]

    @property
    def height(self) -> int:
        """In pixels."""
        return self._sides[1]

    @property
    def width(self) -> int:
        """In pixels."""
        return self._sides[2]

    @property
    def points(self) -> bool:
        """Say whether these are points."""
        return version1.are_points(self.modality_name)

    @property
    def point(self) -> int:
        """Numbers of each point, as ``Extractor.point``; 0 for all others."""
        return self.channels if self.points else 0

    @property
    def image_size(self) -> Size:
        """Height and width as networks are given them: one number for squares, else both."""
        return size_of(self.height, self.width)

    def to_json(self) -> dict[str, Any]:
        """Plain data that ``from_json`` reads."""
        shared: dict[str, Any] = {name: [*getattr(self, name)] for name in _TUPLES}
        shared |= {name: getattr(self, name) for name in ("name", "hash", "n", "extractor", "source", "samples")}
        shared |= {"folder": str(self.folder), "held_out": None if self.held_out is None else self.held_out.to_json()}
        if self._of_version_1:
            return version1.record(self._sides, self.points, shared)
        shared |= {"modality": {"name": self.modality_name, "values": dict(self.values)}, "described": self.described}
        shared["fields"] = {name: {"shape": [*one.shape], "dtype": one.dtype} for name, one in self.fields.items()}
        return shared

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> DataSet:
        """Read what ``to_json`` gives; files of version 1 name no modality."""
        data = data if "modality" in data else version1.from_record(data)
        known = {key: value for key, value in data.items() if key not in ("modality", "fields")}
        known |= {name: tuple(data[name]) for name in _TUPLES if name in data}
        fields = {name: Field(tuple(one["shape"]), one["dtype"]) for name, one in data["fields"].items()}
        return cls(
            **{
                **known,
                "folder": Path(data["folder"]),
                "held_out": cls.from_json(data["held_out"]) if data.get("held_out") else None,
                "modality_name": data["modality"]["name"],
                "values": data["modality"]["values"],
                "fields": fields,
            }
        )
