"""The digest of the generator that a run is judged by."""

import hashlib
from collections.abc import Mapping

import torch
from torch import Tensor

from .fit import under


def tensors_digest(tensors: Mapping[str, Tensor]) -> str:
    """Return the sha256 over tensors by name: each one's name, type, shape and bytes, in the order of the names."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def stored_generator(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors of the generator that is evaluated, of all that a checkpoint holds: the average's if any."""
    return under(tensors, "G_ema.") or under(tensors, "G.")
