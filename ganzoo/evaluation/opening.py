"""Opening of a set of images, of whatever kind the user names."""

from __future__ import annotations

import shlex
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .. import data as data_room
from ..api.arguments import path_text
from ..bench.results.folders import is_run
from ..data import Fitting
from ..data.hub import is_hub
from ..data.image_sets import archive
from ..data.image_sets.place import NPZ, Place, place_of
from ..data.pictures.picture import decode_stored
from ..errors import DataError, UnknownName
from ..models import Model, Samples, load
from ..models.opening import is_generator
from ..registry.discovery import Zoo
from ..storage.cache import Cache
from ..text import shown
from .programs import Program
from .rows.real_rows import RealRows
from .rows.rows_opening import named_by_modality, real_rows, rows_of_any
from .sets.files import FileStream
from .sets.fitted import FittedStream
from .sets.models import ModelStream
from .sets.npz import NpzStream
from .sets.runs import MOST, RunStream
from .sets.statistics import Statistics, is_statistics, read_statistics
from .sets.streams import ImageStream, TensorStream

_COLOURS = (1, 3)


@dataclass(frozen=True)
class Draws:
    """Samples that a run is to draw.

    Attributes:
        n: how many; None for as many as there are real images, 50,000 at most.
        seed: of the noise; None for the run's own.
        device: where it draws.
    """

    n: int | None
    seed: int | None
    device: str


@dataclass(frozen=True)
class Opener:
    """Openings of sets, with the parts and the cache that they need.

    Attributes:
        zoo: knows the data sets.
        cache: keeps decoded data sets.
        stack: closes what was opened.
        data_dir: the folder of a named data set's files; None for the cache's downloads.
        skip_bad: leave bad images out.
        program: the one whose reading of files is reproduced; None for ganzoo's own.
        fitting: done to the images of every set; None for nothing.
        modality: the name of the one that sets are read as, or taken for; None for what they are.
    """

    zoo: Zoo
    cache: Cache
    stack: ExitStack
    data_dir: Path | None = None
    skip_bad: bool = False
    program: Program | None = None
    fitting: Fitting | None = None
    modality: str | None = None

    def reference(self, given: Any) -> ImageStream | Statistics | RealRows:
        """Open the real set, which may also be a file of statistics, or data of any modality.

        Raises:
            GanzooError: see ``open``.
        """
        if self.modality is not None and (rows := named_by_modality(self, given, self.modality)) is not None:
            return rows
        if isinstance(given, str | Path) and is_statistics(path := Path(given).expanduser()):
            return read_statistics(path)
        if isinstance(given, str | Path) and self._is_name(text := path_text(given)):
            found = self._found(text)
            of_version_1 = data_room.is_of_version_1(found.modality_name)
            return self._stream_of(found) if of_version_1 else real_rows(self, found, text)
        try:
            return self.open(given)
        except DataError:
            if self.modality is not None or not isinstance(given, str | Path):
                raise
            if (other := rows_of_any(self, str(given))) is None:
                raise
            return other

    def open(self, given: Any) -> ImageStream:
        """Open a folder, an archive, an ``.npz``, a named data set, one of the hub, a tensor or an array.

        Raises:
            UnknownName: it is neither a data set nor a path.
            DataError: it holds no images, or cannot be read.
            SetupError: a data set's files can neither be found nor downloaded.
        """
        if isinstance(given, ImageStream):
            return given
        given = given.data if isinstance(given, Samples) else given
        if isinstance(given, Tensor | np.ndarray):
            return self._fitted(of_array(given))
        if isinstance(given, Model):
            raise DataError(f"the model {given.name} is no set of images: a generator stands first")
        text = path_text(given, "a set of images")
        registry = self.zoo.registry
        if self._is_name(text):
            return self._stream_of(self._found(text))
        if is_run(Path(text).expanduser()) or is_generator(text):
            raise DataError(
                f"{shown(text)} is a generator, and no set of images, though its folder holds pictures; compare what "
                f"it draws by `ganzoo eval {shlex.quote(text)} REAL`"
            )
        place = found_at(text)
        if place is None:
            try:
                registry.get("dataset", text)  # it may belong to a plugin that failed, which is worth saying
            except UnknownName as error:
                names = [entry.name for entry in registry.all("dataset")]
                raise UnknownName(
                    f"{shown(text)} is no path, and no data set: these are {', '.join(names)}; a path is a folder of "
                    f"images, an .npz, or an archive ({', '.join(archive.ENDINGS)})"
                ) from error
            return self._stream_of(self._found(text))
        if place.ending == NPZ:
            return self._fitted(NpzStream(place.path, place.inside or None))
        return self._files(place.path, place.inside)

    def generated(self, given: Any, draws: Draws, n_real: int | None) -> ImageStream:
        """Open the generated set, which may also be a model, or whatever ``ganzoo.load`` opens.

        Args:
            given: what the user named.
            draws: the samples that a run draws.
            n_real: how many real images there are; None where that is not known.

        Raises:
            GanzooError: it cannot be opened.
        """
        drawn = self._drawn(given, draws, draws.n or min(n_real or MOST, MOST))
        if drawn is not None:
            return self._fitted(drawn)
        for name in ("n", "seed"):
            if getattr(draws, name) is not None:
                option = {"n": "samples"}.get(name, name)
                raise DataError(f"{option} is of what a generator draws, and {_called(given)} is a set of images")
        return self.open(given)

    def _drawn(self, given: Any, draws: Draws, n: int) -> ImageStream | None:
        """Open a generator; None for anything else."""
        if isinstance(given, Model):
            return ModelStream(given, n, draws.seed or 0)
        if not isinstance(given, str | Path):
            return None
        if is_run(path := Path(given).expanduser()):
            return RunStream(path, self.zoo, self.cache, n, draws.seed, draws.device)
        if is_generator(str(given)):
            model = load(str(given), draws.device, zoo=self.zoo)
            return ModelStream(model, n, draws.seed or 0, source=str(given))
        return None

    def _fitted(self, stream: ImageStream) -> ImageStream:
        return stream if self.fitting is None else FittedStream(stream, self.fitting)

    def _files(self, path: Path, inside: str) -> FileStream:
        if self.program is None:
            return FileStream(path, inside, self.stack, skip_bad=self.skip_bad, fitting=self.fitting)
        return FileStream(
            path,
            inside,
            self.stack,
            skip_bad=self.skip_bad,
            decoded=decode_stored,
            how=self.program.name,
            chosen=self.program.reads,
        )

    def _is_name(self, text: str) -> bool:
        """Say whether a text names a data set, here or on the hub."""
        return is_hub(text) or text in [entry.name for entry in self.zoo.registry.all("dataset")]

    def _found(self, name: str) -> data_room.DataSet:
        return data_room.resolve(
            self.zoo.registry,
            name,
            data_dir=self.data_dir,
            cache=self.cache,
            skip_bad=self.skip_bad,
            fitting=self.fitting,
        )

    def _stream_of(self, found: data_room.DataSet) -> ImageStream:
        """Return a data set as a stream.

        Raises:
            DataError: it is of another modality than images and points.
        """
        if not data_room.is_of_version_1(found.modality_name):
            raise DataError(
                f"{found.name} is of {found.modality_name}, where a set of images or of points is wanted: name two "
                f"sets of {found.modality_name}, the real one second"
            )
        pixels, labels = data_room.load_images(found)
        stream = TensorStream(pixels, name=found.name, kind="data set", source=found.source)
        stream.hash, stream.metrics, stream.extractor = found.hash, tuple(found.metrics), found.extractor
        stream.notes, stream.left_out = found.notes, found.left_out
        if labels is not None and found.classes:
            stream.classes, stream.labels = found.classes, labels.long()
        return stream


def _called(given: Any) -> str:
    return shown(given) if isinstance(given, str | Path) else f"the {type(given).__name__.lower()}"


def found_at(text: str) -> Place | None:
    """Find the folder or file that a text names; None where it names none.

    Raises:
        DataError: there is a file, and it is no set of images.
    """
    try:
        return place_of(text)
    except DataError as error:
        raise DataError(
            f"{shown(text)} is neither a folder of images, an .npz, nor one of {', '.join(archive.ENDINGS)}"
        ) from error


def of_array(given: Tensor | np.ndarray) -> TensorStream:
    """Make a set of a tensor or an array.

    Args:
        given: uint8 ``(N, C, H, W)``, ``(N, H, W, C)`` or ``(N, H, W)`` of 1 or 3 channels; or points, float32
            ``(N, C, 1, 1)``.

    Raises:
        DataError: it is none such.
    """
    kind = "array" if isinstance(given, np.ndarray) else "tensor"
    if isinstance(given, Tensor) and (given.is_meta or given.layout != torch.strided):
        raise DataError("the tensor of images holds no dense values; give images.to_dense() of a real device")
    tensor = torch.from_numpy(np.ascontiguousarray(given)) if isinstance(given, np.ndarray) else given.detach()
    shape = tuple(tensor.shape)
    if tensor.dtype == torch.float32 and tensor.ndim == 4 and shape[2:] == (1, 1) and len(tensor):
        return TensorStream(tensor, name=kind, kind=kind, source=f"the {kind} that was given")
    if tensor.dtype != torch.uint8:
        raise DataError(
            f"the {kind} of images is {str(tensor.dtype).removeprefix('torch.')}, where uint8 from 0 to 255 is needed; "
            "images in [-1, 1] become that by (images * 127.5 + 128).clamp(0, 255).to(torch.uint8)"
        )
    if tensor.ndim == 3:
        tensor = tensor[:, None]
    if tensor.ndim == 4 and shape[1] not in _COLOURS and shape[-1] in _COLOURS:
        tensor = tensor.permute(0, 3, 1, 2)
    if tensor.ndim != 4 or tensor.shape[1] not in _COLOURS or 0 in tensor.shape:
        raise DataError(f"the {kind} of images has the shape {shape}, not (N, C, H, W) of 1 or 3 channels")
    return TensorStream(tensor, name=kind, kind=kind, source=f"the {kind} that was given")
