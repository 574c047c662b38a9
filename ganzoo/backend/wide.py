"""float64 where a device has it; Apple's GPUs have none."""

import torch
from torch import Tensor


def widest(device: torch.device) -> torch.dtype:
    """Return the widest type of real numbers that a device computes in."""
    return torch.float32 if device.type == "mps" else torch.float64


def doubled(values: Tensor) -> Tensor:
    """Return values in float64, where they are; on the CPU if their device has no float64."""
    return (values.cpu() if widest(values.device) != torch.float64 else values).double()
