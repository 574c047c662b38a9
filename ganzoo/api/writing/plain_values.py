"""Values that can be written as source: numbers, texts, and tuples, lists, sets and mappings of them."""

import math
from typing import Any

_PLAIN = (bool, int, float, complex, str, bytes, type(None))


def is_plain(value: Any) -> bool:
    """Tell whether a value can be written down."""
    if isinstance(value, dict):
        return type(value) is dict and all(is_plain(key) and is_plain(held) for key, held in value.items())
    if type(value) in (list, tuple, set, frozenset):
        return all(map(is_plain, value))
    return type(value) in _PLAIN


def written(value: Any) -> str:
    """Return the source of a plain value."""
    if isinstance(value, float) and not math.isfinite(value):
        return f"float({str(value)!r})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{written(key)}: {written(held)}" for key, held in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(written, value))}{',' * (len(value) == 1)})"
    if isinstance(value, set | frozenset):
        return f"{type(value).__name__}([{', '.join(sorted(map(written, value)))}])"
    return repr(value)
