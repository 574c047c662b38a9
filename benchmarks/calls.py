"""The convolutions and matrix products of a step, kept so that the same calls can be played again alone.

It is no script of its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils.flop_counter import flop_registry

from ganzoo.bench.profiling.flops import FlopCounter


@dataclass(frozen=True)
class Like:
    """A tensor but for its values.

    Attributes:
        shape: of it.
        stride: of it, in elements.
        dtype: of its elements.
        device: that it lies on.
        place: which of the call's tensors it is, so that two that are alike are not one.
    """

    shape: tuple[int, ...]
    stride: tuple[int, ...]
    dtype: torch.dtype
    device: torch.device
    place: int

    def made(self) -> Tensor:
        """Return such a tensor, of standard normal values."""
        if 0 in self.shape:
            return torch.empty_strided(self.shape, self.stride, dtype=self.dtype, device=self.device)
        held = 1 + sum((n - 1) * step for n, step in zip(self.shape, self.stride, strict=True))
        values = torch.randn(held, generator=torch.Generator().manual_seed(self.place))
        return values.to(self.device, self.dtype).as_strided(self.shape, self.stride)


@dataclass(frozen=True)
class Call:
    """One call of an operator.

    Attributes:
        operator: that was called.
        args: with ``Like`` in place of tensors.
        kwargs: likewise.
    """

    operator: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


def _changed(value: Any, kind: type, change: Callable[[Any], Any]) -> Any:
    """Return an argument with everything of a kind in it changed."""
    if isinstance(value, kind):
        return change(value)
    if isinstance(value, list | tuple):
        return type(value)(_changed(one, kind, change) for one in value)
    return value


class Calls(FlopCounter):
    """Keeps the calls of convolutions and matrix products, forward and backward, and counts their operations.

    Attributes:
        calls: in the order in which they were made.
    """

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func.overloadpacket in flop_registry:
            places = iter(range(1000))

            def like(x: Tensor) -> Like:
                return Like(tuple(x.shape), x.stride(), x.dtype, x.device, next(places))

            told = {key: _changed(value, Tensor, like) for key, value in (kwargs or {}).items()}
            self.calls.append(Call(func, _changed(args, Tensor, like), told))
        return super().__torch_dispatch__(func, types, args, kwargs)


class Alone:
    """Plays calls one after the other, and nothing else: what a step would take if it had only these.

    Each call has tensors of the shapes, strides and types that it had. They are made once, and calls that are alike
    share them, so that the memory is warmer than in a step; results are thrown away.

    Args:
        calls: of ``Calls``.
    """

    def __init__(self, calls: Sequence[Call]) -> None:
        made: dict[Like, Tensor] = {}

        def tensor(like: Like) -> Tensor:
            if like not in made:
                made[like] = like.made()
            return made[like]

        self._plays = [
            (
                call.operator,
                _changed(call.args, Like, tensor),
                {k: _changed(v, Like, tensor) for k, v in call.kwargs.items()},
            )
            for call in calls
        ]

    def __call__(self) -> None:
        """Play them."""
        with torch.no_grad():
            for operator, args, kwargs in self._plays:
                operator(*args, **kwargs)
