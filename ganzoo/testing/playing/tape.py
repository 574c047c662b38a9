"""Captures a step on any device as a CUDA graph would, and replays it.

What runs between the operations, in Python, is not on the tape. So a step that depends on anything but tensors
that stay where they are differs from its replay, here as on a GPU.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from ...backend.internals import OperationMode, storage_id, tree_leaves, tree_map
from ...training.execution.replay import Branch


def _tensors(tree: Any) -> list[Tensor]:
    return [leaf for leaf in tree_leaves(tree) if isinstance(leaf, Tensor)]


class _Entry:
    """One operation, on just the tensors that it had."""

    def __init__(self, func: Any, args: Any, kwargs: Any, given: Any) -> None:
        # Held without their history: whoever recorded them may let go of it.
        self.func = func
        self.args, self.kwargs = tree_map(_held, args), tree_map(_held, kwargs)
        taken = {storage_id(t) for t in _tensors((args, kwargs))}
        self.made = [t.detach() if storage_id(t) not in taken else None for t in _tensors(given)]

    def play(self) -> None:
        given = _tensors(self.func(*self.args, **self.kwargs))
        for mine, theirs in zip(self.made, given, strict=True):
            if mine is not None:
                mine.copy_(theirs)


def _held(leaf: Any) -> Any:
    return leaf.detach() if isinstance(leaf, Tensor) else leaf


class _Recording(OperationMode):
    def __init__(self) -> None:
        super().__init__()
        self.entries: list[_Entry] = []

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        given = func(*args, **(kwargs or {}))
        self.entries.append(_Entry(func, args, kwargs or {}, given))
        return given


class Tape:
    """A ``ganzoo.training.execution.replay.Recorder`` for tests, made of the operations themselves."""

    def record(self, branches: Sequence[Branch]) -> tuple[list[Any], Callable[[], None]]:
        """Play each branch once; gives what each ``play`` gave, and what plays all again into the same tensors."""
        recorded, given = [], []
        for branch in branches:
            with branch.playing(), _Recording() as recording:
                given.append(branch.play())
            recorded.append((branch, recording.entries))

        @torch.no_grad()
        def again() -> None:
            for branch, entries in recorded:
                with branch.playing():
                    for entry in entries:
                        entry.play()

        return given, again
