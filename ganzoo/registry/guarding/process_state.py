"""State of the interpreter and of the operating system's process that whatever is imported can change."""

import contextlib
import gc
import locale
import logging
import os
import random
import re
import signal
import socket
import sys
import threading
import warnings
from pathlib import Path
from typing import Any

from .watched import Watched, arrow

# Prefixes of the environment variables that steer Python, torch and the libraries below it.
_STEERING = (
    "PYTHON",
    "TORCH_",
    "PYTORCH_",
    "CUDA",
    "CUBLAS",
    "CUDNN",
    "NVIDIA",
    "OMP_",
    "MKL_",
    "DNNL_",
    "ONEDNN_",
    "LD_",
    "GANZOO",
)
_STREAMS = ("stdin", "stdout", "stderr", "__stdin__", "__stdout__", "__stderr__")


def process_items() -> list[Watched]:
    """Give the items that there are in every process; those of signals in its main thread alone."""
    items = [
        Watched("the working folder", _folder, _enter, arrow),
        Watched("the standard streams", _streams, _put_streams),
        Watched("sys.path", _path, _put_path),
        Watched("environment variables", _environment, _put_environment, _names),
        Watched("the warnings filters", _filters, _put_filters),
        Watched("the locale", lambda: locale.setlocale(locale.LC_ALL), _put_locale, arrow),
        Watched("the random state of the module random", random.getstate, random.setstate),
        Watched("the recursion limit", sys.getrecursionlimit, sys.setrecursionlimit, arrow),
        Watched("the switch interval of threads", sys.getswitchinterval, sys.setswitchinterval, arrow),
        Watched("the garbage collector's state", gc.isenabled, lambda on: gc.enable() if on else gc.disable()),
        Watched("the umask", _umask, os.umask, lambda a, b: f"{a:03o} -> {b:03o}"),
        Watched("the time limit of sockets", socket.getdefaulttimeout, socket.setdefaulttimeout, arrow),
        Watched("the hooks of sys", _hooks, _put_hooks),
        Watched("the loggers of ganzoo and of all", _loggers, _put_loggers),
        Watched("flushing of subnormal numbers", flushes_subnormals, _flush_subnormals, arrow),
    ]
    if threading.current_thread() is threading.main_thread():
        items.append(Watched("signal handlers", _handlers, _put_handlers, _signals))
    return items


def _streams() -> list[tuple[Any, bool]]:
    return [(one, getattr(one, "closed", False)) for one in (getattr(sys, name) for name in _STREAMS)]


def _put_streams(value: list[tuple[Any, bool]]) -> None:
    for name, (stream, _) in zip(_STREAMS, value, strict=True):
        if not getattr(stream, "closed", False):
            setattr(sys, name, stream)


class _Path(tuple[str, ...]):
    """``sys.path``; two are equal but for the folder that torch 2.6 appends to it as torchvision is imported."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Path) and self._without_torchs() == other._without_torchs()

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(tuple(self))

    def _without_torchs(self) -> list[str]:
        return [one for one in self if one != _folder_of_torch()]


def _folder_of_torch() -> str | None:
    module = sys.modules.get("torch.distributed.nn.jit.instantiator")
    return getattr(module, "INSTANTIATED_TEMPLATE_DIR_PATH", None)


def _path() -> _Path:
    return _Path(sys.path)


def _put_path(value: _Path) -> None:
    own = _folder_of_torch()
    appended_since = [one for one in sys.path if one == own and one not in value]
    sys.path[:] = [*value, *appended_since]


def _folder() -> str:
    try:
        return os.getcwd()  # noqa: PTH109  # a text, as it is compared and shown
    except OSError:
        return ""  # it has been removed


def _enter(folder: str) -> None:
    if folder:
        os.chdir(folder)


class _Environment(dict[str, str]):
    """The variables; two are equal unless one that there was is another now, or a new one steers what we use."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Environment) and not self.differing(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def differing(self, other: "_Environment") -> list[str]:
        """Give the names of those that differ."""
        names = (name for name in self.keys() | other.keys() if self.get(name) != other.get(name))
        return sorted(name for name in names if name in self or name.startswith(_STEERING))


def _environment() -> _Environment:
    return _Environment(os.environ)


def _put_environment(value: _Environment) -> None:
    for name in value.differing(_environment()):
        if name in value:
            os.environ[name] = value[name]
        else:
            del os.environ[name]


def _names(before: _Environment, after: _Environment) -> str:
    """Name the variables that differ; their values may be secrets."""
    return ", ".join(before.differing(after))


class _Filters(tuple[Any, ...]):
    """The filters of warnings; two are equal if they treat alike what no library has a filter of its own for."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Filters) and self._of_all() == other._of_all()

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(tuple(self))

    def _of_all(self) -> list[Any]:
        """Give those for no message and no module alone: libraries add those of their own, which hide nobody's."""
        return [
            one for one in self if one[1] is None and one[3] is None and one[2].__module__ in ("builtins", "__main__")
        ]


def _filters() -> _Filters:
    return _Filters(warnings.filters)


def _put_filters(value: _Filters) -> None:
    listed: Any = warnings.filters
    listed[:] = value
    with warnings.catch_warnings():  # whose end tells the interpreter that the filters are others now
        pass


def _put_locale(value: str) -> None:
    locale.setlocale(locale.LC_ALL, value)


def _umask() -> int:
    """Read the mask of new files' modes; where the system does not tell, by setting it for an instant."""
    try:
        told = re.search(r"^Umask:\s*([0-7]+)$", Path("/proc/self/status").read_text(), re.MULTILINE)
    except OSError:
        told = None
    if told is not None:
        return int(told.group(1), 8)
    value = os.umask(0o077)
    os.umask(value)
    return value


def _hooks() -> tuple[Any, ...]:
    return sys.excepthook, sys.unraisablehook, threading.excepthook, sys.displayhook, warnings.showwarning


def _put_hooks(value: tuple[Any, ...]) -> None:
    sys.excepthook, sys.unraisablehook, threading.excepthook, sys.displayhook, warnings.showwarning = value


def _loggers() -> tuple[Any, ...]:
    both = (logging.getLogger(), logging.getLogger("ganzoo"))
    return logging.root.manager.disable, *(
        (one.level, tuple(one.handlers), one.propagate, one.disabled) for one in both
    )


def _put_loggers(value: tuple[Any, ...]) -> None:
    logging.disable(value[0])
    for one, (level, handlers, propagate, disabled) in zip(
        (logging.getLogger(), logging.getLogger("ganzoo")), value[1:], strict=True
    ):
        one.setLevel(level)
        one.handlers[:], one.propagate, one.disabled = list(handlers), propagate, disabled


def flushes_subnormals(smallest: float = sys.float_info.min) -> bool:
    """Tell whether this thread's arithmetic takes subnormal numbers for zero, as a library built for speed can ask."""
    return smallest / 2 == 0


def _flush_subnormals(on: bool) -> None:
    import torch  # the flag of the processor is in no module of the standard library

    torch.set_flush_denormal(on)


def _handlers() -> dict[int, Any]:
    found = {}
    for number in signal.valid_signals():
        with contextlib.suppress(OSError, ValueError):
            found[int(number)] = signal.getsignal(number)
    return found


def _put_handlers(value: dict[int, Any]) -> None:
    for number, handler in value.items():
        if handler is not None and signal.getsignal(number) is not handler:
            with contextlib.suppress(OSError, ValueError):  # of SIGKILL there is none to put
                signal.signal(number, handler)


def _signals(before: dict[int, Any], after: dict[int, Any]) -> str:
    changed = (number for number in before.keys() | after.keys() if before.get(number) != after.get(number))
    return ", ".join(signal.Signals(n).name if n in signal.Signals.__members__.values() else str(n) for n in changed)
