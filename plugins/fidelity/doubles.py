"""float64 wherever the device has it, and whether that is as good as free."""

import torch
from torch import Tensor

# Compute capabilities of the GPUs whose float64 is half as fast as their float32; that of others is 32 times slower.
_HALF_AS_FAST = {(6, 0), (7, 0), (8, 0), (9, 0), (10, 0)}


def doubled(values: Tensor) -> Tensor:
    """Give the values in float64, where they are; on the CPU if they come from a device without it, as Apple's."""
    return (values.cpu() if values.device.type == "mps" else values).double()


def wide_type(device: torch.device) -> torch.dtype:
    """Choose the type that tables of pairs are computed in: float64 where the device is good at it, else float32."""
    if device.type == "cuda":
        return torch.float64 if torch.cuda.get_device_capability(device) in _HALF_AS_FAST else torch.float32
    return torch.float64 if device.type == "cpu" else torch.float32
