"""Labels in a ``dataset.json``, as StyleGAN's data sets have them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import DataError
from ...text import shown
from ..pictures.decode import Member
from ..pictures.picture import LARGEST_FILE, BadImageError
from .labels import from_one_hot, of_values

_TAKE_OUT = "take it out, and folders are the classes"


@dataclass(frozen=True)
class LabelTable:
    """A ``dataset.json``.

    Attributes:
        name: its own, relative.
        labels: by the name of the image, relative to the file's folder; None where it holds no labels.
    """

    name: str
    labels: Mapping[str, object] | None

    def of(self, images: Sequence[str], where: str) -> tuple[np.ndarray | None, tuple[str, ...], list[str]]:
        """Find the labels of images.

        Args:
            images: their names.
            where: what they lie in, for messages.

        Returns:
            ``(N,)`` class indices or None, the names of the classes, and sentences on how the file was read.

        Raises:
            DataError: an image has no label, or the labels are neither whole numbers from 0 nor vectors.
        """
        file = f"{shown(self.name)[1:-1]}"
        if self.labels is None:
            return None, (), [f"{file} holds no labels, so there are no classes, and folders are not classes either"]
        above = self.name.rpartition("/")[0]
        start = len(above) + 1 if above else 0
        missing = [name for name in images if name[start:] not in self.labels]
        if missing:
            raise DataError(
                f"{where}: {file} has no label for {shown(missing[0])}, nor for {len(missing) - 1:,} more of "
                f"{len(images):,} images; add them, or {_TAKE_OUT}"
            )
        labels = [self.labels[name[start:]] for name in images]
        try:
            values = np.asarray(labels)
        except (ValueError, OverflowError):  # lists of different lengths, or numbers beyond 64 bits
            values = np.empty(0, dtype=object)
        if values.ndim == 2 and values.dtype.kind in "iuf" and len(values) == len(images):
            indices = from_one_hot(values)
            if indices is None:
                width = values.shape[1]
                return None, (), [f"the labels in {file} are vectors of {width:,} numbers, which name no classes"]
            values = indices
        if values.dtype.kind == "f" and np.array_equal(values, np.trunc(values)):
            values = values.astype(np.int64)
        if values.ndim != 1 or values.dtype.kind not in "iu" or len(values) != len(images) or int(values.min()) < 0:
            raise DataError(
                f"{where}: the labels in {file} are not one whole number from 0 for each image; mend it, or {_TAKE_OUT}"
            )
        found, classes, notes = of_values(values)
        return found, classes, [f"the classes are those of {file}, and not the folders", *notes]


def read_table(member: Member, where: str) -> LabelTable | None:
    """Read a ``dataset.json``; None where it is of another kind, without ``labels`` of StyleGAN's form.

    Source: NVlabs/stylegan3, training/dataset.py, ``ImageFolderDataset._load_raw_labels``, and dataset_tool.py:
        ``{"labels": [["00000/img00000000.png", 6], ...]}``, or ``null`` instead of the list.

    Raises:
        DataError: it cannot be read, or is no JSON.
    """
    try:
        data = member.read()
        if len(data) > LARGEST_FILE:
            raise BadImageError(f"is larger than {LARGEST_FILE // 2**20} MiB")
        content = json.loads(data)
    except BadImageError as error:
        raise DataError(f"{where}: {shown(member.name)} {error}; mend it, or {_TAKE_OUT}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise DataError(
            f"{where}: {shown(member.name)} holds labels as a rule, and is no JSON; mend it, or {_TAKE_OUT}"
        ) from error
    if not isinstance(content, dict) or "labels" not in content:
        return None
    labels = content["labels"]
    if labels is None:
        return LabelTable(member.name, None)
    if not isinstance(labels, list) or not all(_is_pair(pair) for pair in labels):
        return None
    return LabelTable(member.name, {name.replace("\\", "/"): label for name, label in labels})


def _is_pair(pair: object) -> bool:
    return isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str)
