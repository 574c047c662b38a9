"""The state of a game that a checkpoint keeps, by name."""

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from ..turns.layout import always_second_order
from .fit import require_fit, under
from .optimizer_state import load_optimizer_state, optimizer_state

if TYPE_CHECKING:
    from ..trainer import Trainer


def modules_of(game: "Trainer") -> dict[str, nn.Module]:
    """Every module whose state is kept, by name."""
    averaged = game.average.module()
    return game.parts.modules() | ({"G_ema": averaged} if averaged is not None else {})


def state_of(game: "Trainer") -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Everything that a game's next step depends on: tensors by name, and plain values."""
    tensors: dict[str, Tensor] = {"sums": game.sums, "norms": game.norms.sums}
    values: dict[str, Any] = {"steps": game.steps, "turns": dict(game.turns), "optimizers": {}, "scalers": {}}
    values["generator"] = {
        "shaped_by": list(game.parts.shaped_by),
        "second_order": always_second_order(game.parts),
    }
    for name, module in modules_of(game).items():
        tensors |= {f"{name}.{key}": value for key, value in module.state_dict().items()}
    for player, optimizer in game.optimizers.items():
        held, values["optimizers"][player] = optimizer_state(optimizer, f"optimizer.{player}.")
        tensors |= held
        values["scalers"][player] = game.descent.scalers[player].state_dict()
    return tensors | _rng_of(game), values


def _rng_of(game: "Trainer") -> dict[str, Tensor]:
    states = {f"rng.{axis}": rng.get_state() for axis, rng in game.rng.items()}
    states["rng.layers"] = torch.get_rng_state()
    if game.device.type == "cuda":
        states["rng.layers.cuda"] = torch.cuda.get_rng_state(game.device)
    elif game.device.type == "mps":
        states["rng.layers.mps"] = torch.mps.get_rng_state()
    return states


def require_state(game: "Trainer", tensors: dict[str, Tensor], values: dict[str, Any]) -> None:
    """See that a state is one of this game, with every part that its next step depends on; nothing is loaded.

    Raises:
        CheckpointError: one sentence names the first part that is missing, or is another's.
    """
    expected = {"sums": game.sums, "norms": game.norms.sums} | _rng_of(game)
    require_fit(game, modules_of(game), expected, tensors, values)


def load_state(game: "Trainer", tensors: dict[str, Tensor], values: dict[str, Any]) -> None:
    """Load a state: the inverse of ``state_of``.

    Raises:
        CheckpointError: it is of other parts, or lacks one; then nothing was loaded.
    """
    require_state(game, tensors, values)
    for name, module in modules_of(game).items():
        module.load_state_dict(under(tensors, f"{name}."))
    for player, optimizer in game.optimizers.items():
        load_optimizer_state(optimizer, under(tensors, f"optimizer.{player}."), values["optimizers"][player])
        game.descent.scalers[player].load_state_dict(values["scalers"][player])
    game.sums.copy_(tensors["sums"])
    game.norms.sums.copy_(tensors["norms"])
    for axis, rng in game.rng.items():
        rng.set_state(tensors[f"rng.{axis}"])
    torch.set_rng_state(tensors["rng.layers"])
    if game.device.type == "cuda":
        torch.cuda.set_rng_state(tensors["rng.layers.cuda"], game.device)
    elif game.device.type == "mps":
        torch.mps.set_rng_state(tensors["rng.layers.mps"])
    game.steps, game.turns = values["steps"], dict(values["turns"])


def load_players(game: "Trainer", tensors: dict[str, Tensor], values: dict[str, Any]) -> None:
    """Load the networks and terms of a state alone, to look at them: on whatever device, and not to train on.

    Raises:
        CheckpointError: they are of other parts.
    """
    require_fit(game, modules_of(game), {}, tensors, values, optimizers=False)
    for name, module in modules_of(game).items():
        module.load_state_dict(under(tensors, f"{name}."))
    game.steps, game.turns = values["steps"], dict(values["turns"])
