"""Comparison of a kept state with the game that is to go on from it, before anything is loaded."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from torch import Tensor, nn

from ...errors import CheckpointError
from ...interfaces.turn import Player
from .manifest import problem_of
from .optimizer_state import require_optimizer_state

if TYPE_CHECKING:
    from ..trainer import Trainer

_Count = Annotated[int, Field(ge=0, le=2**53)]


class _Group(BaseModel):
    """A group of an optimizer's weights: their numbers, and options that the recipe decides."""

    model_config = ConfigDict(strict=True)

    params: list[_Count]


class _Optimizer(BaseModel):
    model_config = ConfigDict(strict=True)

    groups: list[_Group]
    plain: dict[str, dict[str, Any]]


class _Scaler(BaseModel):
    """The state of a ``GradScaler``; one that is off has none."""

    model_config = ConfigDict(strict=True, extra="forbid")

    scale: float = 1.0
    growth_factor: float = 2.0
    backoff_factor: float = 0.5
    growth_interval: int = 1
    growth_tracker: int = Field(default=0, alias="_growth_tracker")


class GeneratorValues(BaseModel):
    """The values that a generator is built by where the terms of its game are not.

    Attributes:
        shaped_by: see ``Parts``.
        second_order: see ``always_second_order``; the layout that it was trained in depends on it.
    """

    model_config = ConfigDict(strict=True)

    shaped_by: list[str]
    second_order: bool


class GameValues(BaseModel):
    """The plain values of a game's state; older ones tell nothing of their generator."""

    model_config = ConfigDict(strict=True)

    steps: _Count
    turns: dict[Player, _Count]
    optimizers: dict[Player, _Optimizer]
    scalers: dict[Player, _Scaler]
    generator: GeneratorValues | None = None


def under(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Return what begins with ``prefix``, without it."""
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}


def require_fit(
    game: "Trainer",
    modules: Mapping[str, nn.Module],
    expected: Mapping[str, Tensor],
    tensors: Mapping[str, Tensor],
    values: Mapping[str, Any],
    *,
    optimizers: bool = True,
) -> None:
    """See that a state has each part that a game goes on from.

    Args:
        game: to be gone on with.
        modules: whose state must be there, and not more of them, by name.
        expected: the other tensors that must be there, by name.
        tensors: of the state, by name.
        values: of the state.
        optimizers: whether those of both players must be there as well.

    Raises:
        CheckpointError: one sentence names the first part that is missing, or is another's.
    """
    _require_values(game, values, optimizers=optimizers)
    for name, module in modules.items():
        title = game.parts.titles.get(name.removesuffix("_ema"), f"part {name!r} of the game")
        require_module(name, module, tensors, title)
    require_tensors(expected, tensors, "the game")
    for player, optimizer in game.optimizers.items() if optimizers else ():
        held, plain = under(tensors, f"optimizer.{player}."), values["optimizers"][player]
        # In low precision a step may have been skipped, and what is skipped makes no state.
        moved = bool(values["turns"][player]) and not values["scalers"][player]
        try:
            require_optimizer_state(optimizer, held, plain, moved=moved)
        except CheckpointError as error:
            raise CheckpointError(f"of {player}'s optimizer, {type(optimizer).__name__}, {error}") from error


def require_module(name: str, module: nn.Module, tensors: Mapping[str, Tensor], title: str) -> None:
    """See that a state has all of a module, and nothing of it that the module does not know.

    Args:
        name: of the module in the state.
        module: to be loaded.
        tensors: of the state, by name.
        title: of the module, in the error.

    Raises:
        CheckpointError: one sentence names the first tensor that is missing, or is another's.
    """
    wanted = {f"{name}.{key}": value for key, value in module.state_dict().items()}
    require_tensors(wanted, tensors, title)
    for extra in sorted(key for key in tensors if key.startswith(f"{name}.") and key not in wanted):
        raise CheckpointError(f"it has {extra!r}, which {title} does not know")


def require_tensors(wanted: Mapping[str, Tensor], tensors: Mapping[str, Tensor], who: str) -> None:
    """See that a state has tensors of these shapes and types.

    Args:
        wanted: tensors like them, by name.
        tensors: of the state.
        who: needs them, in the error.

    Raises:
        CheckpointError: one is missing, or is of another shape or type.
    """
    missing = [name for name in wanted if name not in tensors]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise CheckpointError(f"it lacks {missing[0]!r}{more}, which {who} needs")
    for name, like in wanted.items():
        found = tensors[name]
        if found.shape != like.shape or found.dtype != like.dtype:
            raise CheckpointError(f"its {name!r} is {_form(found)}, and {who} needs {_form(like)}")


def _form(tensor: Tensor) -> str:
    return f"{str(tensor.dtype).removeprefix('torch.')} of shape {list(tensor.shape)}"


def parsed_values(values: Mapping[str, Any], rows: Mapping[Player, int]) -> GameValues:
    """Read the plain values of a game's state.

    Args:
        values: of the state.
        rows: turns of each player in a step.

    Raises:
        CheckpointError: one is missing, or is no value of such a game.
    """
    try:
        found = GameValues.model_validate(dict(values))
    except ValidationError as error:
        raise CheckpointError(f"its values of the game do not fit: {problem_of(error)}") from error
    for player, each in rows.items():
        if found.turns.get(player) != found.steps * each:
            raise CheckpointError(
                f"it tells of {found.steps} steps and of {found.turns.get(player, 0)} turns of {player}, "
                f"who has {each} in a step"
            )
    return found


def _require_values(game: "Trainer", values: Mapping[str, Any], *, optimizers: bool) -> None:
    found = parsed_values(values, game.rows)
    if optimizers:
        for player, scaler in game.descent.scalers.items():
            if player not in found.optimizers:
                raise CheckpointError(f"it lacks 'optimizers.{player}', which the game needs")
            if player not in found.scalers or values["scalers"][player].keys() != scaler.state_dict().keys():
                raise CheckpointError(f"it lacks 'scalers.{player}' as the game's precision needs it")
