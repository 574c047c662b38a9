"""Weights files that others publish, read so that no code in them can run."""

import pickle
from pathlib import Path

import torch
from torch import Tensor

from ganzoo.errors import SetupError


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Return the named tensors of a file that ``torch.save`` wrote, on the CPU.

    Raises:
        SetupError: it cannot be read as tensors alone, or holds something else than named tensors.
    """
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, pickle.UnpicklingError) as error:
        raise SetupError(f"the weights file {path} cannot be read as a file of tensors alone") from error
    if not (isinstance(found, dict) and all(isinstance(value, Tensor) for value in found.values())):
        raise SetupError(f"the weights file {path} holds something else than named tensors")
    return found
