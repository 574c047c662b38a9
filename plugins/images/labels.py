"""Labels of examples."""

import torch
from torch import Tensor


def class_indices(n: int, num_classes: int) -> dict[str, Tensor]:
    """Return the field ``y`` of ``n`` rows, the classes in turn, ``(n,)`` int64; no field without classes."""
    return {"y": torch.arange(n) % num_classes} if num_classes else {}
