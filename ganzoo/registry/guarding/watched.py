"""State that a whole process shares, item by item: how each is read, and how it is put back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Watched:
    """One item of the state.

    Attributes:
        title: what a message calls it.
        read: gives its value, one that can be compared by ``==``.
        put: gives it such a value again.
        told: gives the words of a change, of the value before and the one after; the title alone without it.
    """

    title: str
    read: Callable[[], Any]
    put: Callable[[Any], object]
    told: Callable[[Any, Any], str] | None = None


def arrow(before: object, after: object) -> str:
    """Write a change of a value that can be shown."""
    return f"{before} -> {after}"
