"""A data set of any modality looked at: its fields with their shapes and ranges, and its classes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..errors import DataError
from ..storage.cache import Cache
from . import version1
from .data_set import DataSet
from .modalities import read_by_any
from .named import require_no_files_of_one
from .packed import OtherModalityError, load
from .sources import path_of, resolve
from .survey import Survey, survey

if TYPE_CHECKING:
    from ..registry.registry import Registry


@dataclass(frozen=True)
class FieldSurvey:
    """One field, looked at.

    Attributes:
        name: of the field.
        shape: ``(N, ...)``.
        dtype: its numpy name.
        low, high: the smallest and the largest value of all of it.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    low: float
    high: float


@dataclass(frozen=True)
class RowsSurvey:
    """All that is told of a data set that is no set of images.

    Attributes:
        data: as the user wrote it.
        kept: the record of it.
        fields: each looked at.
        modality: that the user named; None for none.
        told: lines of the modality's own.
    """

    data: str
    kept: DataSet
    fields: tuple[FieldSurvey, ...]
    modality: str | None = None
    told: tuple[str, ...] = ()

    def picture(self, registry: Registry) -> bytes | None:
        """Draw the first of it as its modality does, a PNG; None where it draws none."""
        modality = self.kept.modality(registry)
        first = torch.arange(modality.pictured)
        rows = {name: tensor[first % len(tensor)] for name, tensor in load(self.kept).items()}
        return modality.picture_of_data(modality.target(rows), modality.condition(rows))


def look(
    registry: Registry, data: str, *, cache: Cache, data_dir: Path | None = None, modality: str | None = None
) -> Survey | RowsSurvey:
    """Look at all that ``data`` names: at images one by one, at other data field by field.

    Args:
        registry: knows the datasets and the modalities.
        data: see ``resolve``.
        cache: where downloads lie; other data than images are kept there, too.
        data_dir: see ``resolve``.
        modality: see ``resolve``.

    Raises:
        DataError: there are no data, or it is open which part, or which modality, is to be used.
        UnknownName: there are no such data.
        PluginError: a modality fails.
    """
    if modality in (None, version1.IMAGES):
        try:
            return survey(registry, data, cache=cache, data_dir=data_dir)
        except OtherModalityError:
            pass
        except DataError:
            path = path_of(registry, data)
            if path is not None and modality is None:
                require_no_files_of_one(path, registry)
            if modality is not None or path is None or read_by_any(registry, path) is None:
                raise
    kept = resolve(registry, data, data_dir=data_dir, cache=cache, modality=modality)
    fields = load(kept)
    seen = tuple(_seen(name, field) for name, field in fields.items())
    return RowsSurvey(data, kept, seen, modality, tuple(kept.modality(registry).explained(fields)))


def _seen(name: str, field: Tensor) -> FieldSurvey:
    low, high = field.min().item(), field.max().item()
    return FieldSurvey(name, tuple(field.shape), str(field.dtype).removeprefix("torch."), low, high)
