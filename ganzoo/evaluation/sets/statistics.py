"""Statistics of a real set in an ``.npz``, to be compared with instead of its images."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict

from ...bench.results.bench_files.evaluation import EvaluatedSet
from ...data.pictures.room import require_images, require_room
from ...errors import DataError, MetricError
from ...metrics import Evaluator, ReferenceSet
from ...metrics.reference import Measured
from ...storage.atomic import write_file
from ...text import shown

ABOUT = "ganzoo"  # the array that says what the others are
_DECIDING = ("extractor", "sha256", "version", "dtype", "revision", "origin")  # of an extractor's identity
_PLAIN = {"mu": "mu", "sigma": "sigma", "feats": "features"}  # pytorch-fid's and clean-fid's names, and ours


class _Metric(BaseModel):
    model_config = ConfigDict(strict=True)

    settings: dict[str, Any]
    arrays: dict[str, str]
    floor: int | float | None
    real: int | float | None


class _About(BaseModel):
    """Description that an exported file has of itself."""

    model_config = ConfigDict(strict=True)

    schema_version: int
    point: int
    of: dict[str, Any]
    identity: dict[str, Any]
    metrics: dict[str, _Metric]


@dataclass(frozen=True)
class Statistics:
    """Contents of a file on a real set.

    Attributes:
        path: of the file.
        about: what it says of itself; None where another program made it.
        arrays: its arrays by name, without that one.
    """

    path: Path
    about: _About | None
    arrays: Mapping[str, np.ndarray]

    @property
    def point(self) -> int:
        """Numbers of each point; 0 for images."""
        return 0 if self.about is None else self.about.point

    @property
    def n(self) -> int | None:
        """Number of images that they are of; None where the file does not say."""
        return self.told.n

    @property
    def source(self) -> str:
        """Their source, in words."""
        return self.told.source

    @property
    def told(self) -> EvaluatedSet:
        """The real set, for the result."""
        if self.about is not None:
            of = EvaluatedSet.parse(self.about.of, self.path)
            return of.model_copy(update={"kind": "statistics", "source": f"{self.path}, statistics of {of.source}"})
        features = self.arrays.get("feats")
        return EvaluatedSet(
            kind="statistics",
            name=self.path.stem,
            source=f"{self.path}, statistics{'' if features is not None else ' of an unknown number of images'}",
            n=None if features is None else len(features),
            notes=[
                "the file says neither with what extractor, weights and resizing it was made nor of what images, and "
                "none of it could be checked"
            ],
        )

    @property
    def extractor(self) -> str | None:
        """The registered name of the extractor that it was made with; None where it does not say."""
        return None if self.about is None else str(self.about.identity.get("extractor"))

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics that it can be compared by."""
        if self.about is not None:
            return tuple(self.about.metrics)
        return ("fid",) if "mu" in self.arrays else ("kid",)

    def reference(self, evaluator: Evaluator) -> ReferenceSet:
        """Return the summaries of the real images for an evaluator's metrics.

        Raises:
            DataError: the file was made with another extractor, other weights or settings, or lacks a metric.
        """
        n = self.told.n or 0
        if self.about is None:
            measured = {name: self._plain(name, evaluator) for name in evaluator.metrics}
        else:
            self._require_same(self.about, evaluator)
            measured = {name: self._own(name, self.about) for name in evaluator.metrics}
        return ReferenceSet(n=n, floor_n=n // 2, measured=measured)

    def _plain(self, name: str, evaluator: Evaluator) -> Measured:
        metric = evaluator.metrics[name]
        held = {_PLAIN[key]: values for key, values in self.arrays.items() if key in _PLAIN}
        if not metric.suffices or not metric.suffices <= held.keys():
            raise DataError(
                f"{shown(self.path)} holds {' and '.join(self.arrays)} alone, which {metric.label(evaluator.title)} "
                "cannot be computed of: leave it out of --metrics, or name the real images"
            )
        width = next(iter(held.values())).shape[-1]
        if width != (seen := _width(evaluator)):
            raise DataError(
                f"{shown(self.path)} was made of {width:,} features, and the extractor {evaluator.title} gives {seen:,}"
            )
        tensors = {key: torch.from_numpy(np.array(held[key], dtype=np.float64)) for key in metric.suffices}
        return Measured(tensors, floor=None, real=None)

    def _own(self, name: str, about: _About) -> Measured:
        held = about.metrics[name]
        return Measured(
            {key: torch.from_numpy(np.array(self.arrays[array])) for key, array in held.arrays.items()},
            floor=held.floor,
            real=held.real,
        )

    def _require_same(self, about: _About, evaluator: Evaluator) -> None:
        anew = f"name its images instead, or make it anew: ganzoo eval REAL --export {self.path}"
        for key in _DECIDING:
            there, here = about.identity.get(key), evaluator.identity.get(key)
            if there != here:
                raise DataError(
                    f"{shown(self.path)} was made with the {_WORDS.get(key, key)} {_short(there)}, and this evaluation "
                    f"is with {_short(here)}: {anew}"
                )
        for name in evaluator.metrics:
            if name not in about.metrics:
                raise DataError(
                    f"{shown(self.path)} holds statistics for {', '.join(about.metrics)}, and not for {name}: {anew}"
                )
            here = _settings(evaluator.identity["metrics"][name])
            if _settings(about.metrics[name].settings) != json.loads(json.dumps(here)):
                raise DataError(f"{shown(self.path)} was made with other settings of the metric {name}: {anew}")


_WORDS = {"sha256": "weights", "version": "extractor's version", "revision": "extractor's revision"}


def _short(value: object) -> str:
    text = str(value)
    return text[:8] if len(text) == 64 else text


def _settings(of: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in of.items() if key != "plugin"}  # whose version alone changes no number


def _width(evaluator: Evaluator) -> int:
    """Count an extractor's features, on a blank image."""
    assert evaluator.extractor is not None  # what a file can hold is of features
    with torch.no_grad():
        seen = evaluator.extractor(torch.zeros(1, 3, 32, 32, dtype=torch.uint8, device=evaluator.device))
    return int(seen["features"].shape[1])


def write_statistics(path: Path, told: EvaluatedSet, reference: ReferenceSet, evaluator: Evaluator) -> None:
    """Write the statistics of a real set; ``mu`` and ``sigma`` are where other programs look for them.

    Raises:
        SetupError: the file cannot be written.
        MetricError: its name does not end in ``.npz``.
    """
    if path.suffix.lower() != ".npz":
        raise MetricError(f"statistics are written as .npz, and {shown(path)} ends otherwise")
    arrays: dict[str, np.ndarray] = {}
    names: dict[str, str] = {}
    metrics: dict[str, Any] = {}
    for metric, measured in reference.measured.items():
        places = {}
        for key, tensor in measured.summary.items():
            values = tensor.cpu().numpy()
            digest = hashlib.sha256(f"{values.dtype} {values.shape}".encode() + values.tobytes()).hexdigest()
            name = names.setdefault(digest, key if key in _PLAIN and key not in arrays else f"{metric}.{key}")
            arrays[name], places[key] = values, name
        settings = evaluator.identity["metrics"][metric]
        metrics[metric] = {"settings": settings, "arrays": places, "floor": measured.floor, "real": measured.real}
    identity = {key: value for key, value in evaluator.identity.items() if key != "metrics"}
    about = {
        "schema_version": 1,
        "point": 0 if evaluator.extractor is None else evaluator.extractor.point,
        "of": told.to_json(),
        "identity": identity,
        "metrics": metrics,
    }
    out = io.BytesIO()
    np.savez(out, **arrays, **{ABOUT: np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)})  # type: ignore[arg-type]
    write_file(path, out.getvalue())


def is_statistics(path: Path) -> bool:
    """Say whether a file holds statistics, ours or another program's, and no images."""
    if path.suffix.lower() != ".npz" or not path.is_file():
        return False
    try:
        with zipfile.ZipFile(path) as opened:
            names = {name.removesuffix(".npy") for name in opened.namelist()}
    except (zipfile.BadZipFile, OSError):
        return False
    return ABOUT in names or {"mu", "sigma"} <= names or names == {"feats"}


def read_statistics(path: Path) -> Statistics:
    """Read a file of statistics.

    Raises:
        DataError: it is damaged, or its arrays do not fit together.
    """
    where = shown(path)
    try:
        with zipfile.ZipFile(path) as opened:
            size = sum(info.file_size for info in opened.infolist())
        require_images(size, path.stat().st_size, where)
        require_room(size, where)
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        text = arrays.pop(ABOUT, None)
        about = None if text is None else _About.model_validate_json(text.tobytes())
        if about is not None and (
            lost := {a for m in about.metrics.values() for a in m.arrays.values()} - arrays.keys()
        ):
            raise ValueError(f"it lacks the array {min(lost)}")
        if about is None:
            arrays = {name: _finite(name, values) for name, values in arrays.items() if name in _PLAIN}
            if "mu" in arrays and arrays["sigma"].shape != (len(arrays["mu"]),) * 2:
                raise ValueError("mu and sigma do not fit together")
    except DataError:
        raise
    except Exception as error:  # numpy's reader of broken files raises nearly anything
        raise DataError(f"{where} is damaged or holds no statistics ({shown(error)[1:-1]})") from error
    return Statistics(path, about, arrays)


def _finite(name: str, values: np.ndarray) -> np.ndarray:
    if values.dtype.kind != "f" or not np.isfinite(values).all() or values.ndim != (1 if name == "mu" else 2):
        raise ValueError(f"the array {name} is {values.dtype} of shape {values.shape}, or not finite")
    return values
