"""JSON as ganzoo reads it: one value a key, finite numbers, and no nesting without an end."""

import json
import math
from collections.abc import Iterable
from typing import Any

DEEPEST = 60  # objects and lists within one another
_DIGITS = 20  # of a whole number, the sign included: every one of 64 bits has as many at most


class JsonError(ValueError):
    """Text that is JSON, and holds what no file of ganzoo's does."""


def parse_json(text: str | bytes) -> Any:
    """Read JSON.

    Args:
        text: of a file; bytes are UTF-8.

    Raises:
        JsonError: it names a key twice, a number in it is not finite or has more than 64 bits, or it is nested too
            deep.
        ValueError: it is no JSON, or no UTF-8.
    """
    try:
        plain = text if isinstance(text, str) else text.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("it is no UTF-8 text") from None
    try:
        found = json.loads(
            plain,
            object_pairs_hook=_once,
            parse_constant=_not_finite,
            parse_float=_finite,
            parse_int=_whole,
        )
    except json.JSONDecodeError as error:
        raise ValueError(problem_of_json(plain, error)) from None
    except RecursionError:
        raise JsonError(f"it is nested more than {DEEPEST} deep") from None
    _require_shallow(found)
    return found


def problem_of_json(text: str, error: json.JSONDecodeError) -> str:
    """Return what is wrong with text that is no JSON, for those who did not write the parser."""
    if not text.strip():
        return "it is empty"
    if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated"):
        return f"it is cut off in line {len(text.splitlines())}"
    return f"it is no JSON from line {error.lineno}, column {error.colno} on"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise JsonError(f"it names the key {twice!r} twice")
    return found


def _not_finite(name: str) -> Any:
    raise JsonError(f"it holds {name}, which is no number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise JsonError(f"it holds {text[:_DIGITS]}, which is beyond all floats")
    return value


def _whole(text: str) -> int:
    if len(text) > _DIGITS:
        raise JsonError(f"it holds a whole number of {len(text):,} digits")
    return int(text)


def _require_shallow(value: Any) -> None:
    layer = [value]
    for _ in range(DEEPEST):
        inside = (inner for outer in layer if isinstance(outer, dict | list) for inner in _inside(outer))
        layer = [inner for inner in inside if isinstance(inner, dict | list)]
        if not layer:
            return
    raise JsonError(f"it is nested more than {DEEPEST} deep")


def _inside(value: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value
