"""Finds where a turn waits for the device, or copies to it, on any device.

A step that is captured once and replayed on a GPU can do neither: no ``.item()``, no Python branch on a
tensor's value, no shape that depends on values. On a CPU such code works, which is why it has to be looked for.
"""

from __future__ import annotations

import linecache
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from ...backend.internals import INDEX_PUTS, READ_VALUE, OperationMode
from ...data.feeds import feed

_TORCH = str(Path(torch.__file__).parent)
_OPTIMIZERS = str(Path(torch.optim.__file__).parent)
_AGREEMENT = str(Path(__file__).parents[1] / "ranks" / "shares.py")
_FEED = str(Path(feed.__file__))
_ATEN = torch.ops.aten
_VALUE = torch.Tag.data_dependent_output
_SHAPE = torch.Tag.dynamic_output_shape
_TO_HOST = {Tensor.tolist: "tolist()", Tensor.numpy: "numpy()", Tensor.cpu: "cpu()"}
_FROM_HOST = {torch.tensor, torch.as_tensor, torch.asarray}


def _masks(indices: Any) -> bool:
    return any(i is not None and i.dtype in (torch.bool, torch.uint8) for i in indices)


def _offence(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """Give the reason why an operation cannot be part of a turn; nothing if it can."""
    if func is _ATEN.index.Tensor:
        return "picks by a mask, and so has a shape that depends on values" if _masks(args[1]) else ""
    if func in INDEX_PUTS:
        # one value for all that is picked is filled in place, without counting what is picked
        return "assigns tensors by a mask, which counts values" if _masks(args[1]) and args[2].numel() > 1 else ""
    if func is _ATEN.repeat_interleave.Tensor and kwargs.get("output_size") is not None:
        return ""
    if func is READ_VALUE:
        return "reads a tensor's value (.item(), float(), a branch on a tensor, ...)"
    if _VALUE in func.tags:
        return f"reads tensors' values ({func.name().removeprefix('aten::')})"
    if _SHAPE in func.tags:
        return f"has a shape that depends on values ({func.name().removeprefix('aten::')})"
    return ""


def _first_argument(frame: FrameType) -> object:
    names = frame.f_code.co_varnames[: frame.f_code.co_argcount]
    return frame.f_locals.get(names[0]) if names else None


def _own_code(file: str) -> bool:
    """Return whether a source file is neither torch's nor this one."""
    return not file.startswith((_TORCH, "<")) and file != __file__


def _package(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


def _pieces(part: object) -> Iterable[object]:
    """Give the objects whose methods are a part's own code: all modules of one, else itself."""
    return part.modules() if isinstance(part, nn.Module) else (part,)


class _Watch:
    """Writes down which line of which part does what it must not."""

    def __init__(self, parts: Mapping[str, object]) -> None:
        self.part = {id(one): label for label, part in parts.items() for one in _pieces(part)}
        self.offences: dict[str, None] = {}  # in order, each once
        self.allowed = 0

    def note(self, what: str) -> None:
        if self.allowed:
            return
        frame: FrameType | None = sys._getframe(1)
        inner: list[FrameType] = []
        while frame is not None:
            if frame.f_code.co_filename.startswith((_OPTIMIZERS, _AGREEMENT)):
                return  # what an optimizer counts lives on the host, and ranks agree in steps that are not captured
            if (frame.f_code.co_filename, frame.f_code.co_name) == (_FEED, "_bring"):
                return  # rows are chosen on the host; a step that is captured finds them chosen
            if _own_code(frame.f_code.co_filename):
                inner.append(frame)
                if label := self.part.get(id(_first_argument(frame))):
                    self._write(what, label, next(f for f in inner if _package(f) == _package(frame)))
                    return
            frame = frame.f_back
        if inner:
            self._write(what, "", inner[0])

    def _write(self, what: str, label: str, frame: FrameType) -> None:
        source = linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()
        module = frame.f_globals.get("__name__", "?")
        line = f"{module}, line {frame.f_lineno}, {what}" + (f": {source}" if source else "")
        self.offences[f"{label} at {line}" if label else line] = None


class _Operations(OperationMode):
    """Sees every operation on tensors, those of the backward pass among them."""

    def __init__(self, watch: _Watch) -> None:
        super().__init__()
        self.watch = watch

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if what := _offence(func, args, kwargs or {}):
            self.watch.note(what)
        return func(*args, **(kwargs or {}))


class _Calls(TorchFunctionMode):
    """Sees the calls that do nothing on a CPU and wait on a GPU."""

    def __init__(self, watch: _Watch) -> None:
        super().__init__()
        self.watch = watch

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if func in _TO_HOST:
            self.watch.note(f"copies a tensor to the host ({_TO_HOST[func]})")
        elif func is Tensor.new_tensor:
            self.watch.note("copies values from the host")
        elif func in _FROM_HOST and kwargs.get("device") is not None and not isinstance(next(iter(args), None), Tensor):
            self.watch.note("copies values from the host (torch.full makes them on the device)")
        # With a number of classes given, one_hot looks at values on a CPU alone, to check them.
        checks = func is nn.functional.one_hot and (args[1:] or kwargs.get("num_classes", -1)) not in (-1, (-1,))
        self.watch.allowed += checks
        try:
            return func(*args, **kwargs)
        finally:
            self.watch.allowed -= checks


@contextmanager
def watched(parts: Mapping[str, object]) -> Iterator[list[str]]:
    """Look for host synchronisation inside the block.

    Args:
        parts: what is at play, modules, a modality and its deals, by what an offence calls them.

    Yields:
        a list that holds, after the block, a clause for each line of code at fault: what it does and whose it is.
    """
    watch = _Watch(parts)
    found: list[str] = []
    with _Calls(watch), _Operations(watch):
        yield found
    found += watch.offences
