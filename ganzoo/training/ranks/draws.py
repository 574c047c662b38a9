"""Random draws of parts: for the whole batch on every rank, of which each keeps its own rows."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, NoReturn

import torch
from torch import Tensor

from ...backend.internals import OperationMode
from ...errors import RecipeError
from ...layers.whole_batch import Ranks, playing

_ATEN = torch.ops.aten
_RANDOM = torch.Tag.nondeterministic_seeded
# Of those that draw a number for each element of what they are given, or of a shape: by the packet of operations.
_FILLS = {"uniform_", "normal_", "random_", "exponential_", "log_normal_", "cauchy_", "geometric_", "bernoulli_"}
_LIKE = {"rand_like", "randn_like", "randint_like"}


class Draws:
    """The distribution of a run's draws among its ranks.

    The engine's always are. A step is looked at as a whole only until steps of its kind are known to have no draws of
    parts: looking costs an eager step much of its time.

    Args:
        ranks: of the run.

    Attributes:
        last: what was drawn in the step that was last looked at as a whole.
    """

    def __init__(self, ranks: Ranks) -> None:
        self.ranks = ranks
        self.last: Drawn | None = None
        self._now: Drawn | None = None
        self._quiet: set[Hashable] = set()

    @contextmanager
    def of_step(self, kind: Hashable) -> Iterator[None]:
        """Around a step of a kind."""
        with playing(self.ranks):
            if kind in self._quiet:
                yield
                return
            with Drawn(self.ranks) as drawn:
                self._now = self.last = drawn
                try:
                    yield
                finally:
                    self._now = None
            if not drawn.by_parts:
                self._quiet.add(kind)

    @contextmanager
    def of_engine(self) -> Iterator[None]:
        """Around a draw of the engine."""
        with Drawn(self.ranks) if self._now is None else self._now.of("engine"):
            yield

    @contextmanager
    def of_order(self) -> Iterator[None]:
        """Around the choice of real images, which is made for the whole batch as it is."""
        with nullcontext() if self._now is None else self._now.of("order"):
            yield

    @contextmanager
    def of_weights(self) -> Iterator[None]:
        """Around draws for weights, whose rows are none of the batch, whatever their number."""
        with nullcontext() if self._now is None else self._now.of("weights"):
            yield


class UnmappedDrawError(RecipeError):
    """A draw that cannot be told apart into the rows of ranks."""


class Drawn(OperationMode):
    """Lets each rank draw what one process draws, and keep the rows that are its own.

    A draw whose first dimension is a multiple of the rank's share of the batch, or a part of it larger than 1, has rows
    of the batch; any other is the same on every rank. Which draws there are is written down, so that a trial can tell
    whether that was right.

    Args:
        ranks: of the step; None to write down the draws of a run of one process, and change none.

    Attributes:
        shapes: of all draws but permutations, in their order, as this rank keeps them.
        whose: the draws are of ``parts``, of the ``engine``, of the ``order`` of real images, or for ``weights``; every
            rank makes the last two alike.
        by_parts: how many draws were those of parts.
    """

    def __init__(self, ranks: Ranks | None) -> None:
        super().__init__()
        self.ranks = ranks
        self.shapes: list[tuple[int, ...]] = []
        self.whose = "parts"
        self.by_parts = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if _RANDOM not in func.tags or self.whose in ("order", "weights"):
            return func(*args, **kwargs)
        self.by_parts += self.whose == "parts"
        return self._drawn(func, args, kwargs)

    @contextmanager
    def of(self, whose: str) -> Iterator[None]:
        """Leave what is drawn inside the block to somebody else."""
        before, self.whose = self.whose, whose
        try:
            yield
        finally:
            self.whose = before

    def _drawn(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        name = func.overloadpacket.__name__
        tensors = [arg for arg in args if isinstance(arg, Tensor)]
        if name == "randperm":
            return self._refused(name, args[:1]) if self._rows(args[:1]) else self._same(func, args, kwargs)
        if not tensors:
            size = next(tuple(arg) for arg in args if isinstance(arg, list | tuple))
            return self._of_shape(size, lambda whole: func(*_with_size(args, whole), **kwargs))
        shape = tuple(torch.broadcast_shapes(*(tensor.shape for tensor in tensors)))
        if name == "normal":
            return self._normal(func, shape, args, kwargs)
        like = tensors[0]
        filled = name in _LIKE or func is _ATEN.bernoulli.p or (name in _FILLS and len(tensors) == 1)
        if filled:
            drawn = self._of_shape(shape, lambda whole: func(_whole_like(like, whole), *args[1:], **kwargs))
            return like.copy_(drawn) if name in _FILLS else drawn
        if not self._rows(shape):
            return self._same(func, args, kwargs)
        if name in ("bernoulli", "multinomial"):
            return self._of_values(func, like, args, kwargs)
        return self._dropped(func, like, args) if name == "native_dropout" else self._refused(name, shape)

    def _normal(self, func: Any, shape: tuple[int, ...], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Tensor:
        """Draw normal numbers with means or deviations that are tensors."""
        like = next(arg for arg in args if isinstance(arg, Tensor))
        mean, std = args if len(args) == 2 else (args[0], 1.0)
        standard = self._of_shape(
            shape, lambda whole: _ATEN.normal_.default(_whole_like(like.expand(shape), whole), **kwargs)
        )
        drawn: Tensor = standard * std + mean
        return drawn

    def _rows(self, shape: tuple[int, ...]) -> int:
        """Return how many rows the whole batch has of a draw of this shape; 0 where it has none of a batch."""
        if self.ranks is None or not shape or not is_of_batch(shape[0], self.ranks.share):
            return 0
        return shape[0] * self.ranks.count

    def _of_shape(self, shape: tuple[int, ...], draw: Callable[[tuple[int, ...]], Tensor]) -> Tensor:
        self.shapes.append(shape)
        rows = self._rows(shape)
        return self._own(draw((rows, *shape[1:]))) if rows else draw(shape)

    def _own(self, whole: Tensor) -> Tensor:
        """Return the rows of this rank."""
        return whole if self.ranks is None else self.ranks.own(whole)

    def _of_values(self, func: Any, like: Tensor, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Tensor:
        """Return a draw by what each row holds, which all ranks have to know of one another."""
        self.shapes.append(tuple(like.shape))
        if self.ranks is None or like.shape[0] != self.ranks.share:
            self._refused(func.overloadpacket.__name__, tuple(like.shape))
        whole = self.ranks.stacked(like.detach().contiguous()).flatten(0, 1)
        return self.ranks.own(func(whole, *args[1:], **kwargs))

    def _dropped(self, func: Any, like: Tensor, args: tuple[Any, ...]) -> tuple[Tensor, Tensor]:
        shape = tuple(like.shape)
        self.shapes.append(shape)
        ones = _whole_like(like, (self._rows(shape), *shape[1:])).fill_(1)
        scaled, mask = func(ones, *args[1:])
        return like * self._own(scaled), self._own(mask)

    def _same(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if isinstance(args[0], Tensor):
            self.shapes.append(tuple(args[0].shape))
        return func(*args, **kwargs)

    def _refused(self, name: str, shape: tuple[int, ...]) -> NoReturn:
        raise UnmappedDrawError(
            f"a part draws by {name} over {shape[0]} rows, and ranks that play a share of the batch each cannot draw "
            "that as one process does: play it on one device"
        )


def is_of_batch(rows: int, share: int) -> bool:
    """Return whether a draw of so many rows counts as one of the batch, of which a rank plays ``share`` rows."""
    return rows > 0 and (rows % share == 0 or (rows > 1 and share % rows == 0))


def _with_size(args: tuple[Any, ...], size: tuple[int, ...]) -> list[Any]:
    return [list(size) if isinstance(arg, list | tuple) else arg for arg in args]


def _whole_like(like: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Empty, of another number of rows, with its dimensions in the same order in memory: draws go by that order."""
    order = sorted(range(like.ndim), key=lambda d: (-like.stride()[d], d))
    laid = torch.empty([shape[d] for d in order], dtype=like.dtype, device=like.device)
    return laid.permute([order.index(d) for d in range(like.ndim)])
