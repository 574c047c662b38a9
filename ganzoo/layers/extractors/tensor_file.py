"""Weights files that others publish, read so that no code in them can run."""

import zipfile
from collections.abc import Iterable
from pathlib import Path

import torch
from torch import Tensor

from ganzoo.errors import SetupError

_SMALL = 2**26  # bytes of code and tables, which may be compressed
_LARGE = 2**30  # bytes of a tensor


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Return the named tensors of a file that ``torch.save`` wrote, on the CPU.

    Raises:
        SetupError: it cannot be read as tensors alone, or holds something else than named tensors.
    """
    try:
        require_stored(path)
        found = torch.load(path, map_location="cpu", weights_only=True)
        if not (isinstance(found, dict) and all(isinstance(value, Tensor) for value in found.values())):
            raise SetupError(f"the weights file {path} holds something else than named tensors")
        require_backed(found.values())
    except SetupError:
        raise
    except Exception as error:  # of a broken file the reader raises nearly anything: struct.error, IndexError, ...
        raise SetupError(f"the weights file {path} cannot be read as a file of tensors alone") from error
    return found


def require_stored(path: Path) -> None:
    """Refuse a file that is a zip and unpacks to far more than it is, since tensors are stored in it as they are.

    Raises:
        ValueError: with both sizes.
        OSError, zipfile.BadZipFile: it cannot be read.
    """
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(info.file_size for info in archive.infolist())
    if unpacked > _SMALL + 2 * (size := path.stat().st_size):
        raise ValueError(f"its {size:,} bytes unpack to {unpacked:,}")


def require_backed(tensors: Iterable[Tensor]) -> None:
    """Refuse tensors that a file makes far larger than what it holds of them, by a stride of 0.

    Raises:
        ValueError: with the shape of one.
    """
    for tensor in tensors:
        size = tensor.numel() * tensor.element_size()
        if size > _LARGE and size > tensor.untyped_storage().nbytes():
            raise ValueError(f"a tensor of shape {tuple(tensor.shape)} repeats what is stored of it")
