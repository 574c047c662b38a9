"""Files that a run reads: its data and the weights of its extractor, found again wherever it goes on."""

from pathlib import Path

import torch
from torch import Tensor

from .... import data
from ....data import DataSet
from ....errors import DataError
from ....registry.discovery import Zoo
from ....storage.cache import Cache
from ...results.run_files.spec import GIVEN_WEIGHTS, RunSpec


def images_of(spec: RunSpec, zoo: Zoo, cache: Cache) -> DataSet:
    """Find the run's data, and read it anew where the cache no longer holds it."""
    images = data.found(DataSet.from_json(spec.images), cache)
    if images.folder.is_dir():
        return images
    data_dir = spec.source.get("data_dir")
    found = data.resolve(
        zoo.registry,
        spec.source["dataset"],
        data_dir=Path(data_dir) if data_dir else None,
        cache=cache,
        skip_bad=spec.source.get("skip_bad", False),
        hold_out=spec.source.get("hold_out"),
        fitting=data.Fitting.from_json(spec.source.get("fitting")),
        modality=spec.source.get("modality"),
    )
    if found.hash != images.hash:
        raise DataError(f"data {spec.source['dataset']!r} is no longer what this run was trained on")
    return found


def blank_of(images: DataSet) -> dict[str, Tensor]:
    """Return the fields of a run's data without a row, ``(0, ...)`` each."""
    fields = images.fields.items()
    return {name: torch.zeros((0, *field.shape[1:]), dtype=getattr(torch, field.dtype)) for name, field in fields}


def weights_of(spec: RunSpec, cache: Cache) -> Path | None:
    """Find the file of weights that the user named; where it is not here, the one of these contents sent along."""
    if spec.weights is None:
        return None
    path = Path(spec.weights)
    digest = spec.identity.get("sha256")
    sent = None if path.is_file() or not digest else cache.find(GIVEN_WEIGHTS, digest)
    return path if sent is None else sent / path.name
