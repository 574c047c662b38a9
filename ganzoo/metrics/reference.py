"""Summaries of the real images, stored by content and checked on reading."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import safetensors.torch
import torch
from pydantic import BaseModel, ConfigDict, StringConstraints
from safetensors import SafetensorError
from torch import Tensor

from ganzoo.storage.cache import Cache
from ganzoo.storage.json_text import parse_json

REFERENCES = "references"
TENSORS = "reference-tensors"


class _Entry(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)

    identity: dict[str, Any]
    tensors: dict[str, Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]]
    floor: int | float | None
    real: int | float | None
    floor_by_class: dict[str, int | float] = {}


class _Sealed(BaseModel):
    """``reference.json`` in the cache: an entry and its digest."""

    model_config = ConfigDict(strict=True, extra="forbid")

    entry: _Entry
    sha256: str


@dataclass(frozen=True)
class Measured:
    """Summary of the real images for one metric.

    Attributes:
        summary: what it compares generated images with.
        floor: the metric between two random halves of the real images; None where it needs more of them.
        real: the metric of the real images against themselves, e.g. their own Inception Score; None likewise.
        floor_by_class: the same as ``floor`` of single classes, by index, where the metric takes each by itself.
    """

    summary: dict[str, Tensor]
    floor: float | None
    real: float | None
    floor_by_class: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True)
class ReferenceSet:
    """The real images as the metrics keep them.

    Attributes:
        n: number of real images.
        floor_n: number of images in each of the two halves behind ``floor``.
        measured: by the metric's registered name.
    """

    n: int
    floor_n: int
    measured: Mapping[str, Measured]

    @property
    def floor(self) -> dict[str, float | None]:
        """Each metric between two random halves of the real images: what sets of that size come to if they are alike.

        A perfect generator may do better with more images, as by FID, which falls by about a constant over N.
        """
        return {name: measured.floor for name, measured in self.measured.items()}

    @property
    def floor_by_class(self) -> dict[str, Mapping[int, float]]:
        """The same of single classes, by metric and class index; of those metrics that take each class by itself."""
        return {name: held.floor_by_class for name, held in self.measured.items() if held.floor_by_class}

    @property
    def real(self) -> dict[str, float | None]:
        """Each metric of the real images against themselves."""
        return {name: measured.real for name, measured in self.measured.items()}


def key_of(identity: Mapping[str, object]) -> str:
    """Take the sha256 of a JSON-able identity: any change of it is another entry."""
    return hashlib.sha256(json.dumps(identity, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def digest_of(tensor: Tensor) -> str:
    """Return sha256 in hex over a tensor's type, shape and values; it is on the CPU."""
    digest = hashlib.sha256(f"{tensor.dtype} {tuple(tensor.shape)} ".encode())
    digest.update(tensor.contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _read_tensor(folder: Path | None, digest: str) -> Tensor | None:
    if folder is None:
        return None
    try:
        tensor = safetensors.torch.load_file(folder / "tensor.safetensors")["tensor"]
    except (OSError, KeyError, ValueError, SafetensorError):
        return None
    return tensor if digest_of(tensor) == digest else None


def _keep_tensor(cache: Cache, tensor: Tensor) -> str:
    """Store a tensor under its own digest, so that metrics which keep the same features keep them once."""
    digest = digest_of(tensor)
    folder = cache.find(TENSORS, digest)
    if folder is not None:
        if _read_tensor(folder, digest) is not None:
            return digest
        cache.discard(TENSORS, digest)

    def put(into: Path) -> None:
        (into / "tensor.safetensors").write_bytes(safetensors.torch.save({"tensor": tensor.contiguous()}))

    cache.commit(TENSORS, digest, put)
    return digest


def holds(cache: Cache, identity: Mapping[str, object]) -> bool:
    """Say whether there is an entry of this identity; it is not read, and may be damaged."""
    return cache.find(REFERENCES, key_of(identity)) is not None


def read(cache: Cache, identity: Mapping[str, object], tensors: dict[str, Tensor] | None = None) -> Measured | None:
    """Read the entry of this identity; None when there is none, or a bit of it is not what was written.

    Args:
        cache: where it is.
        identity: of the entry.
        tensors: those read so far, by their digests, so that what metrics keep in common is there once; this one's are
            added.
    """
    tensors = {} if tensors is None else tensors
    folder = cache.find(REFERENCES, key_of(identity))
    if folder is None:
        return None
    try:
        sealed = _Sealed.model_validate(parse_json((folder / "reference.json").read_bytes()))
        entry = sealed.entry
        if sealed.sha256 != key_of(entry.model_dump(exclude_unset=True)) or key_of(entry.identity) != key_of(identity):
            return None
        summary = {}
        for name, digest in entry.tensors.items():
            tensor = tensors[digest] if digest in tensors else _read_tensor(cache.find(TENSORS, digest), digest)
            if tensor is None:
                return None
            summary[name] = tensors[digest] = tensor
    except (OSError, ValueError):
        return None
    classes = {int(label): float(value) for label, value in entry.floor_by_class.items()}
    return Measured(summary, entry.floor, entry.real, classes)


def folders(cache: Cache, identity: Mapping[str, object]) -> list[Path]:
    """List the folders of the cache that hold the entry of this identity; none where there is none."""
    folder = cache.find(REFERENCES, key_of(identity))
    if folder is None:
        return []
    try:
        digests = _Sealed.model_validate(parse_json((folder / "reference.json").read_bytes())).entry.tensors
    except (OSError, ValueError):
        return []
    found = [folder, *(cache.find(TENSORS, digest) for digest in digests.values())]
    return list(dict.fromkeys(one for one in found if one is not None))


def write(cache: Cache, identity: Mapping[str, object], measured: Measured) -> None:
    """Keep an entry; a damaged one of the same identity gives way."""
    entry = {
        "identity": identity,
        "tensors": {name: _keep_tensor(cache, tensor) for name, tensor in measured.summary.items()},
        "floor": measured.floor,
        "real": measured.real,
    }
    if measured.floor_by_class:  # in no other entry, so that those from before there were any stay as they were
        entry["floor_by_class"] = {str(label): value for label, value in measured.floor_by_class.items()}
    sealed = json.dumps({"entry": entry, "sha256": key_of(entry)}, indent=1)
    key = key_of(identity)
    cache.discard(REFERENCES, key)  # in which case it was found damaged, or this would not be written

    def put(into: Path) -> None:
        (into / "reference.json").write_text(sealed)

    cache.commit(REFERENCES, key, put)
