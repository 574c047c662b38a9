"""The state of an optimizer as tensors by name and plain values, and what it must hold."""

import inspect
from typing import Any

import torch
from torch import Tensor, nn

from ...errors import CheckpointError


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


def load_optimizer_state(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor], values: dict[str, Any]) -> None:
    """Load an optimizer's state: the inverse of ``optimizer_state``, with the prefix taken off.

    Its options stay as they are: those that the recipe gives it.
    """
    held = _by_index(tensors, values)
    own = optimizer.state_dict()["param_groups"]
    options = [{key: value for key, value in group.items() if key != "params"} for group in optimizer.param_groups]
    optimizer.load_state_dict({"state": held, "param_groups": own})
    for group, kept in zip(optimizer.param_groups, options, strict=True):
        group.update(kept)
    for parameter, state in optimizer.state.items():
        for key, value in state.items():
            if torch.is_tensor(value) and value.shape == parameter.shape:
                # a file holds no memory format, and fused kernels need that of the parameter
                state[key] = torch.empty_like(parameter, dtype=value.dtype).copy_(value)


def _by_index(tensors: dict[str, Tensor], values: dict[str, Any]) -> dict[int, dict[str, Any]]:
    held: dict[int, dict[str, Any]] = {int(index): dict(plain) for index, plain in values["plain"].items()}
    for key, value in tensors.items():
        index, _, what = key.partition(".")
        held.setdefault(int(index), {})[what] = value
    return held


def require_optimizer_state(
    optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor], values: dict[str, Any], *, moved: bool
) -> None:
    """See that a state holds all that an optimizer keeps, before it is loaded.

    Args:
        optimizer: that the state is for.
        tensors: of the state, by name with the prefix taken off.
        values: of the state.
        moved: whether it has moved its weights before.

    Raises:
        CheckpointError: it lacks something, or it is of other weights.
    """
    groups = [len(group["params"]) for group in optimizer.param_groups]
    if [len(group["params"]) for group in values["groups"]] != groups:
        raise CheckpointError(f"it moves other weights than the {sum(groups)} that there are")
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    known = {str(number) for number in range(len(weights))}
    for key in (*tensors, *values["plain"]):
        if key.partition(".")[0] not in known:
            raise CheckpointError(f"its {key!r} is of no weight that there is")
    held, kept = _by_index(tensors, values), _kept_by(optimizer)
    for number, state in held.items():
        _require_same(number, state, weights[number], kept[weights[number].dim()])
    if moved and not held and any(kept.values()):
        raise CheckpointError("it lacks the state of every weight")


def _require_same(number: int, state: dict[str, Any], weight: Tensor, kept: dict[str, Any]) -> None:
    for key in kept.keys() - state.keys():
        raise CheckpointError(f"it lacks {f'{number}.{key}'!r}")
    for key in state.keys() - kept.keys():
        raise CheckpointError(f"it has {f'{number}.{key}'!r}, which the optimizer does not keep")
    for key, (like, shaped) in kept.items():
        value = state[key]
        if isinstance(like, Tensor) != isinstance(value, Tensor) or (
            not isinstance(like, Tensor) and type(like) is not type(value)
        ):
            raise CheckpointError(f"its {f'{number}.{key}'!r} is of another kind")
        if isinstance(like, Tensor) and (value.dtype != like.dtype or (shaped and value.shape != weight.shape)):
            raise CheckpointError(f"its {f'{number}.{key}'!r} is no {like.dtype} of shape {list(weight.shape)}")


def _kept_by(optimizer: torch.optim.Optimizer) -> dict[int, dict[str, tuple[Any, bool]]]:
    """Find what an optimizer keeps of a weight once it has moved it, by the number of the weight's dimensions.

    Tried on small weights of its own, as torch makes this state in the first step. With each value, whether it has the
    weight's shape.
    """
    kept: dict[int, dict[str, tuple[Any, bool]]] = {}
    takes = inspect.signature(type(optimizer)).parameters
    for group in optimizer.param_groups:
        options = {key: _number(value) for key, value in group.items() if key in takes and key != "params"}
        for like in {weight.dim(): weight for weight in group["params"]}.values():
            small = nn.Parameter(torch.zeros((2,) * like.dim(), dtype=like.dtype, device=like.device))
            small.grad = torch.zeros_like(small)
            twin = type(optimizer)([small], **options)
            twin.step()
            kept[like.dim()] = {
                key: (value, isinstance(value, Tensor) and value.dim() > 0 and value.shape == small.shape)
                for key, value in twin.state[small].items()
            }
    return kept
