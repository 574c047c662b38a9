"""Arguments of the Python API: brought to plain Python values, or refused in one sentence."""

import math
import operator
import os
from typing import Any

from ..errors import GanzooError
from ..seeds import LARGEST_SEED


def whole(value: Any, name: str, least: int | None = None, most: int | None = None) -> int:
    """Return a whole number, which may be one of numpy or torch.

    Args:
        value: as the caller gave it.
        name: of the argument.
        least: the smallest that is taken.
        most: the largest that is taken.

    Raises:
        GanzooError: it is no whole number, or out of range.
    """
    try:
        found = None if isinstance(value, bool) else operator.index(value)
    except Exception:  # the classes of arrays raise as they like
        found = None
    if found is None or (least is not None and found < least) or (most is not None and found > most):
        raise GanzooError(f"{name} is a whole number{_range(least, most)}, not {value!r:.60}")
    return found


def number(value: Any, name: str) -> float:
    """Return a finite number, which may be one of numpy or torch.

    Raises:
        GanzooError: it is none.
    """
    try:
        found = math.nan if isinstance(value, bool | str | bytes) else float(value)
    except Exception:  # the classes of arrays raise as they like
        found = math.nan
    if not math.isfinite(found):
        raise GanzooError(f"{name} is a finite number, not {value!r:.60}")
    return found


def path_text(value: Any, name: str = "path") -> str:
    """Return a path, or another name of a place, as it was written; a slash at its end stays.

    Raises:
        GanzooError: it is neither a text nor a path, or no path can be so.
    """
    try:
        text = os.fspath(value)
    except TypeError:
        text = b""
    if not isinstance(text, str):
        raise GanzooError(f"{name} is a text or a pathlib.Path, not {type(value).__name__}")
    if not text or "\0" in text or _is_unwritable(text):
        raise GanzooError(f"{name} is a path, and {text!r:.60} can be none")
    return text


def plain(value: Any) -> Any:
    """Return a value with Python's own numbers in the place of numpy's and torch's, also in lists and tuples."""
    if isinstance(value, list | tuple):
        return type(value)(map(plain, value)) if type(value) in (list, tuple) else value
    if getattr(value, "shape", None) == () and callable(item := getattr(value, "item", None)):
        return item()
    return value


def _range(least: int | None, most: int | None) -> str:
    if least is None:
        return "" if most is None else f" up to {most}"
    if most == LARGEST_SEED:
        return f" from {least} to 2^63 - 1"
    return f" from {least}" + (" on" if most is None else f" to {most}")


def _is_unwritable(text: str) -> bool:
    """Tell whether the file system's encoding lacks a character, as a lone surrogate that stands for no byte."""
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return True
    return False
