"""Memory layout of the samples and networks of a game."""

from typing import Any

import torch
from torch import nn

from ...recipes.building.build import Parts
from ...samples import each
from .due import acts


def place(module: nn.Module, device: torch.device, layout: torch.memory_format) -> None:
    """Move a module to a device, its four-dimensional weights in a layout."""
    move: Any = module.to  # which torch declares without its memory format beside a device
    held = [*module.parameters(), *module.buffers()]
    if layout is torch.contiguous_format or all(tensor.ndim != 5 for tensor in held):
        move(device, memory_format=layout)
        return
    move(device)  # torch's way takes five dimensions for four
    for tensor in (*module.parameters(), *module.buffers()):
        if tensor.ndim == 4:
            tensor.data = tensor.data.contiguous(memory_format=layout)


def laid(sample: Any, layout: torch.memory_format) -> Any:
    """Return a sample or conditions, those tensors of it that have four dimensions in a layout."""
    return each(lambda tensor: tensor.contiguous(memory_format=layout) if tensor.ndim == 4 else tensor, sample)


def faster_layout(parts: Parts, device: torch.device) -> torch.memory_format:
    """Channels last; but on a CPU a recipe that takes second derivatives in every turn of D is faster without.

    Dropout draws in the order of memory, and so draws otherwise in another layout.
    """
    return layout_on(device, second_order=always_second_order(parts))


def layout_on(device: torch.device, *, second_order: bool) -> torch.memory_format:
    """Return the layout of a game on a device; ``second_order``: see ``always_second_order``."""
    return torch.contiguous_format if device.type == "cpu" and second_order else torch.channels_last


def always_second_order(parts: Parts) -> bool:
    """Return whether a game takes second derivatives in every turn of D."""
    return parts.loss.second_order or any(r.second_order and r.every == 1 and acts(r, "D") for r in parts.regularizers)
