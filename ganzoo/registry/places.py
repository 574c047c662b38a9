"""The place in somebody's code that an exception arose at, by its traceback. Imports no torch."""

import traceback
from collections.abc import Callable
from pathlib import Path

from .sources.files import PREFIX, shown_module


def modules_of(error: BaseException) -> list[str]:
    """Return the names of the modules that an exception came through, the innermost last."""
    return [str(frame.f_globals.get("__name__", "")) for frame, _ in traceback.walk_tb(error.__traceback__)]


def place_in(error: BaseException, own: Callable[[str], bool]) -> str:
    """Return the innermost place of an exception in some modules, as `` (my_loss.py, line 7)``; empty if in none.

    Args:
        error: with its traceback.
        own: says of a module's name whether it is one of them.
    """
    place = ""
    for name, (frame, line) in zip(modules_of(error), traceback.walk_tb(error.__traceback__), strict=True):
        if own(name):
            file = shown_module(name) if name.startswith(PREFIX) else Path(frame.f_code.co_filename).name
            place = f" ({file}, line {line})"
    return place
