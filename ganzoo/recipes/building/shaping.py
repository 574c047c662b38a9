"""Changes that terms make to a network while they are prepared, found by a look before and after."""

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

Form = dict[str, Any]
"""All that a network is beside the values in its state, by place."""

_PLAIN = (bool, int, float, complex, str, bytes, tuple)


def form_of(network: nn.Module) -> Form:
    """Return the form of a network: its modules, hooks and other attributes, and the shapes of its state.

    The values of parameters and of buffers that are kept are left out: a checkpoint brings them.
    """
    return dict(_places(network))


def reshaped(before: Form, after: Form) -> bool:
    """Return whether a network was changed in more than the values of its state."""
    return before.keys() != after.keys() or any(not _same(value, after[place]) for place, value in before.items())


def _places(network: nn.Module) -> Iterator[tuple[str, Any]]:
    state = network.state_dict()
    for name, module in network.named_modules(remove_duplicate=False):
        yield name, type(module)
        for key, value in vars(module).items():
            place = f"{name}:{key}"
            if isinstance(value, Mapping):
                for at, held in value.items():
                    kept = key in ("_parameters", "_buffers") and f"{name}.{at}".removeprefix(".") in state
                    yield f"{place}.{at}", (held.shape, held.dtype) if kept else _held(held)
            elif isinstance(value, (list, tuple, set, frozenset)):
                yield from ((f"{place}[{at}]", _held(held)) for at, held in enumerate(value))
            else:
                yield place, _held(value)


def _held(value: Any) -> Any:
    """Return a value as it is now; a tensor may be written to."""
    return value.detach().clone() if isinstance(value, Tensor) else value


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return one.dtype == other.dtype and torch.equal(one, other)
    return one is other or (type(one) is type(other) and isinstance(one, _PLAIN) and bool(one == other))
