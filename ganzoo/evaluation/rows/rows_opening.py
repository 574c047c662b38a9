"""Opening of data and of samples of other modalities than images and points."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from ... import data as data_room
from ...api.arguments import path_text
from ...bench.results.folders import is_run
from ...data import DataSet
from ...data.modalities import path_source, read_by_any
from ...data.packed import pack
from ...data.pictures.room import require_room
from ...data.sources import path_of
from ...errors import DataError
from ...interfaces import Modality
from ...models import Model, Samples, load
from ...models.opening import is_generator
from ...samples import Sample
from ...text import shown
from .generated_rows import GeneratedRows, of_data, of_model, of_samples
from .real_rows import RealRows, packed_as, unlike

if TYPE_CHECKING:
    from ..opening import Draws, Opener


def real_rows(opener: Opener, found: DataSet, text: str) -> RealRows:
    """Return a data set of another modality as what others are compared with."""
    registry = opener.zoo.registry
    return RealRows(found, found.modality(registry), path_of(registry, text))


def named_by_modality(opener: Opener, given: Any, modality: str) -> RealRows | None:
    """Open data that are read as, or taken for, those of a modality; None where that is images or points.

    Raises:
        GanzooError: nobody registers it, or the data are none such.
    """
    opener.zoo.registry.get("modality", modality)  # a name that nobody has is told before anything is read
    if data_room.is_of_version_1(modality):
        return None
    return real_rows(opener, _resolved(opener, text := path_text(given, "the real data"), modality), text)


def rows_of_any(opener: Opener, text: str) -> RealRows | None:
    """Ask the modalities for a file or folder that holds no images; None where none reads it.

    Raises:
        DataError: it is of one of them, and broken; or several read it.
    """
    registry = opener.zoo.registry
    path = path_of(registry, text)
    found = None if path is None else read_by_any(registry, path)
    if path is None or found is None or data_room.is_of_version_1(found[0]):
        return None
    return real_rows(opener, pack(path_source(*found, path, registry), opener.cache), text)


def _resolved(opener: Opener, text: str, modality: str) -> DataSet:
    return data_room.resolve(
        opener.zoo.registry,
        text,
        data_dir=opener.data_dir,
        cache=opener.cache,
        skip_bad=opener.skip_bad,
        fitting=opener.fitting,
        modality=modality,
    )


def generated_rows(opener: Opener, given: Any, draws: Draws, real: RealRows) -> tuple[GeneratedRows, RealRows]:
    """Open what is judged: a generator, samples in memory or in an ``.npz``, or other data of the modality.

    Returns:
        Them, and the real data as data of the generator's values.

    Raises:
        GanzooError: it cannot be opened, or is not of the real data's modality.
    """
    text = None if isinstance(given, Model | Samples | Tensor | Mapping) else path_text(given, "the generated set")
    model = given if isinstance(given, Model) else _loaded(opener, text, draws.device)
    if model is not None:
        said = text or model.name
        _require(model.modality, said, real)
        real = real.as_of(model.modality, said, opener.zoo.registry, opener.cache)
        return of_model(model, text, draws.n, draws.seed, real), real
    for name, value in (("samples", draws.n), ("seed", draws.seed)):
        if value is not None:
            told = "what was given" if text is None else shown(text)
            raise DataError(f"{name} is of what a generator draws, and {told} is none: leave it out")
    if text is None:
        return _in_memory(given, real), real
    return _in_file(opener, text, real), real


def _loaded(opener: Opener, text: str | None, device: str) -> Model | None:
    if text is None or not (is_run(Path(text).expanduser()) or is_generator(text)):
        return None
    return load(str(Path(text).expanduser()) if is_run(Path(text).expanduser()) else text, device, zoo=opener.zoo)


def _require(modality: Modality, source: str, real: RealRows) -> None:
    """Require samples of the real data's modality.

    Raises:
        DataError: they are of another one.
    """
    if modality.name != real.modality.name:
        raise DataError(
            f"{source} is of {modality.name}, and {real.data.name} of {real.modality.name}: name data of "
            f"{modality.name}, or take them for such by --modality {modality.name}"
        )


def _in_memory(given: Any, real: RealRows) -> GeneratedRows:
    if isinstance(given, Samples):
        _require(given.modality, "the samples", real)
        if given.modality != real.modality:
            raise DataError(unlike("the samples", given.modality, real.data.name, real.modality))
        return of_samples(given.data, given.y, "samples", "the samples that were given", real)
    arrays = {"x": given} if isinstance(given, Tensor) else dict(given)
    return _of_arrays(arrays, "tensor", "the tensor that was given", real)


def _in_file(opener: Opener, text: str, real: RealRows) -> GeneratedRows:
    registry, modality = opener.zoo.registry, real.modality
    path = path_of(registry, text)
    if path is not None and path.suffix.lower() == ".npz" and path.is_file():
        arrays = _arrays(path)
        if _sample(arrays, path.name, modality) is not None:
            return _of_arrays(arrays, "npz", str(path), real)
    found = None if path is None else packed_as(registry, modality, path, opener.cache)
    if found is None:
        found = _resolved(opener, text, modality.name)
        if found.modality(registry) != modality:
            raise DataError(unlike(found.name, found.modality(registry), real.data.name, modality))
    return of_data(found, "data set" if path is None else "file", data_room.load(found), real)


def _of_arrays(arrays: Mapping[str, Tensor], kind: str, source: str, real: RealRows) -> GeneratedRows:
    sample = _sample(arrays, source, real.modality)
    if sample is None:
        raise DataError(
            f"{source} holds {', '.join(arrays) or 'nothing'}, which are no samples of {real.modality.name}: they are "
            f"called {', '.join(real.modality.arrays(real.modality.target(real.modality.example())))}"
        )
    named = {name.removeprefix("y_"): tensor for name, tensor in arrays.items() if name.startswith("y_")}
    return of_samples(sample, named or arrays.get("y"), kind, source, real)


def _sample(arrays: Mapping[str, Tensor], source: str, modality: Modality) -> Sample | None:
    try:
        return modality.of_arrays(arrays)
    except DataError as error:
        raise DataError(f"{source}: {error}") from error


def _arrays(path: Path) -> dict[str, Tensor]:
    """Read the arrays of an ``.npz`` that are numbers.

    Raises:
        DataError: it is damaged, or does not fit into memory.
    """
    try:
        with zipfile.ZipFile(path) as opened:
            size = sum(info.file_size for info in opened.infolist())
        require_room(size, shown(path))
        with np.load(path, allow_pickle=False) as file:
            return {name: torch.from_numpy(file[name]) for name in file.files if file[name].dtype.kind in "biuf"}
    except DataError:
        raise
    except Exception as error:  # numpy's reader of broken files raises nearly anything
        raise DataError(f"{shown(path)} is damaged or no .npz of plain arrays ({shown(error)[1:-1]})") from error
