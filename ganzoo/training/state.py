"""The state of a game that a checkpoint keeps, by name."""

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from .trainer import Trainer


def _modules(game: "Trainer") -> dict[str, nn.Module]:
    averaged = game.average.module()
    return game.parts.modules() | ({"G_ema": averaged} if averaged is not None else {})


def state_of(game: "Trainer") -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Everything that a game's next step depends on: tensors by name, and plain values."""
    tensors: dict[str, Tensor] = {"sums": game.sums, "norms": game.norms.sums}
    values: dict[str, Any] = {"steps": game.steps, "turns": dict(game.turns), "optimizers": {}, "scalers": {}}
    for name, module in _modules(game).items():
        tensors |= {f"{name}.{key}": value for key, value in module.state_dict().items()}
    for player, optimizer in game.optimizers.items():
        held, values["optimizers"][player] = optimizer_state(optimizer, f"optimizer.{player}.")
        tensors |= held
        values["scalers"][player] = game.descent.scalers[player].state_dict()
    tensors |= {f"rng.{axis}": rng.get_state() for axis, rng in game.rng.items()}
    tensors["rng.layers"] = torch.get_rng_state()
    if game.device.type == "cuda":
        tensors["rng.layers.cuda"] = torch.cuda.get_rng_state(game.device)
    return tensors, values


def load_state(game: "Trainer", tensors: dict[str, Tensor], values: dict[str, Any]) -> None:
    """Load a state: the inverse of ``state_of``.

    Raises:
        KeyError, RuntimeError: the state is of other parts.
    """
    for name, module in _modules(game).items():
        module.load_state_dict(under(tensors, f"{name}."))
    for player, optimizer in game.optimizers.items():
        load_optimizer_state(optimizer, under(tensors, f"optimizer.{player}."), values["optimizers"][player])
        game.descent.scalers[player].load_state_dict(values["scalers"][player])
    game.sums.copy_(tensors["sums"])
    if "norms" in tensors:  # checkpoints of before there were norms lack them
        game.norms.sums.copy_(tensors["norms"])
    for axis, rng in game.rng.items():
        rng.set_state(tensors[f"rng.{axis}"])
    torch.set_rng_state(tensors["rng.layers"])
    if game.device.type == "cuda":
        torch.cuda.set_rng_state(tensors["rng.layers.cuda"], game.device)
    game.steps, game.turns = values["steps"], dict(values["turns"])


def optimizer_state(optimizer: torch.optim.Optimizer, prefix: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return an optimizer's tensors by name, each beginning with ``prefix``, and its plain values."""
    state = optimizer.state_dict()
    tensors: dict[str, Tensor] = {}
    plain: dict[str, dict[str, Any]] = {}
    for index, held in state["state"].items():
        for key, value in held.items():
            if torch.is_tensor(value):
                tensors[f"{prefix}{index}.{key}"] = value
            else:
                plain.setdefault(str(index), {})[key] = value
    groups = [{key: _number(value) for key, value in group.items()} for group in state["param_groups"]]
    return tensors, {"groups": groups, "plain": plain}


def _number(value: Any) -> Any:
    """Return an option of an optimizer as plain data: of a tensor, which changes over the run, its number."""
    if isinstance(value, list | tuple):
        return [_number(one) for one in value]
    return value.item() if torch.is_tensor(value) else value


def _changes(value: Any) -> bool:
    return torch.is_tensor(value) or (isinstance(value, list | tuple) and any(map(torch.is_tensor, value)))


def load_optimizer_state(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor], values: dict[str, Any]) -> None:
    """Load an optimizer's state: the inverse of ``optimizer_state``, with the prefix taken off."""
    held: dict[int, dict[str, Any]] = {int(index): dict(plain) for index, plain in values["plain"].items()}
    for key, value in tensors.items():
        index, _, what = key.partition(".")
        held.setdefault(int(index), {})[what] = value
    changing = [
        {key: value for key, value in group.items() if key != "params" and _changes(value)}
        for group in optimizer.param_groups
    ]
    optimizer.load_state_dict({"state": held, "param_groups": values["groups"]})
    for group, kept in zip(optimizer.param_groups, changing, strict=True):
        group.update(kept)
    for parameter, state in optimizer.state.items():
        for key, value in state.items():
            if torch.is_tensor(value) and value.shape == parameter.shape:
                # a file holds no memory format, and fused kernels need that of the parameter
                state[key] = torch.empty_like(parameter, dtype=value.dtype).copy_(value)


def under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Return what begins with ``prefix``, without it."""
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
