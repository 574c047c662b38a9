"""Words on where a process hangs, and whose code that is."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from ....registry.guarding.told import package_of
from ....registry.registry import KINDS, Registry

HUNG = 75  # the exit code of a process that hung; EX_TEMPFAIL of sysexits.h: to be tried again
HANGS = "hangs"  # the kind of the event that says where
BEAT = "beat"  # the kind of the event that is a sign of life


def whereabouts(registry: Registry | None) -> str:
    """Tell where the main thread is: the innermost line of a plugin, or else the innermost line.

    Args:
        registry: knows the plugins; None before it is made.
    """
    frames = list(_frames())
    for frame in frames:
        if plugin := _plugin_of(_module(frame), registry):
            return f"in {_place(frame)}, of plugin {plugin!r}"
    return f"in {_place(frames[0])}" if frames else "nowhere to be seen"


def _frames() -> Iterator[FrameType]:
    """Give the frames of the main thread, the innermost first."""
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    while frame is not None:
        yield frame
        frame = frame.f_back


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))


def _place(frame: FrameType) -> str:
    code = frame.f_code
    return f"{code.co_name} ({_module(frame)}, line {frame.f_lineno} of {Path(code.co_filename).name})"


def _plugin_of(module: str, registry: Registry | None) -> str | None:
    """Return the plugin whose package a module is of; None where it is none's."""
    package = package_of(module)
    if registry is None or not package:
        return None
    for entry in (entry for kind in KINDS for entry in registry.all(kind)):
        if isinstance(entry.target, str) and package_of(entry.target.partition(":")[0]) == package:
            return entry.plugin
    return None


def said(seconds: float, usual: float, where: str) -> str:
    """Give the sentence on a hang.

    Args:
        seconds: since the last step.
        usual: of a step; 0 where nobody knows.
        where: the main thread is, as ``whereabouts`` says.
    """
    compared = f", and one usually takes {_short(usual)}" if usual else ""
    return f"no step for {_short(seconds)}{compared}; it hangs {where} (see log.txt in the run's folder)"


def said_of_silent(seconds: float, where: str) -> str:
    """Give the sentence on a hang that the process cannot tell of itself.

    Args:
        seconds: since its last sign of life.
        where: the main thread is.
    """
    return (
        f"no sign of life for {_short(seconds)}; it hangs {where}, and Python's lock is not given back "
        "(see log.txt in the run's folder)"
    )


def _short(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
