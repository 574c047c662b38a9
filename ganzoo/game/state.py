"""What a checkpoint keeps of a game, by name."""

from typing import Any

import torch
from torch import Tensor


def optimizer_state(optimizer: torch.optim.Optimizer, prefix: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """An optimizer's tensors by name, each beginning with ``prefix``, and its plain values."""
    state = optimizer.state_dict()
    tensors: dict[str, Tensor] = {}
    plain: dict[str, dict[str, Any]] = {}
    for index, held in state["state"].items():
        for key, value in held.items():
            if torch.is_tensor(value):
                tensors[f"{prefix}{index}.{key}"] = value
            else:
                plain.setdefault(str(index), {})[key] = value
    return tensors, {"groups": state["param_groups"], "plain": plain}


def load_optimizer_state(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor], values: dict[str, Any]) -> None:
    """The inverse of ``optimizer_state``, with the prefix taken off."""
    held: dict[int, dict[str, Any]] = {int(index): dict(plain) for index, plain in values["plain"].items()}
    for key, value in tensors.items():
        index, _, what = key.partition(".")
        held.setdefault(int(index), {})[what] = value
    optimizer.load_state_dict({"state": held, "param_groups": values["groups"]})
    for parameter, state in optimizer.state.items():
        for key, value in state.items():
            if torch.is_tensor(value) and value.shape == parameter.shape:
                # a file holds no memory format, and fused kernels need that of the parameter
                state[key] = torch.empty_like(parameter, dtype=value.dtype).copy_(value)


def under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """What begins with ``prefix``, without it."""
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
