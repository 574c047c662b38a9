"""Classes with some of their parameters fixed: several names for one class that differ by an argument."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Mapping
from typing import Any

_KEYWORD = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def is_data(value: object) -> bool:
    """Tell whether a value is what JSON can hold, so that an entry can be shown and sent to another process."""
    if isinstance(value, dict):
        return all(isinstance(name, str) and is_data(held) for name, held in value.items())
    if isinstance(value, list | tuple):
        return all(map(is_data, value))
    return value is None or isinstance(value, bool | int | float | str)


def keywords_of(callee: Callable[..., Any]) -> set[str]:
    """Return the parameters that a callable takes by name; none where Python cannot tell."""
    try:
        return {p.name for p in inspect.signature(callee).parameters.values() if p.kind in _KEYWORD}
    except ValueError:  # of what is written in C without a signature, as object.__init_subclass__
        return set()


def fix(cls: type, params: Mapping[str, Any]) -> type:
    """Make a subclass with these parameters fixed.

    Each goes where the class takes it: to its constructor, or, for what must be known before anything is built (such
    as an extractor's ``weights``), to its ``__init_subclass__`` as a keyword of the class. The signature of the
    subclass lacks them, so that nobody else can give them.

    Args:
        cls: the class.
        params: the values by name.

    Raises:
        TypeError: the class takes no parameter of a name.
    """
    of_class = keywords_of(cls.__init_subclass__)
    signature = inspect.signature(cls)
    of_constructor = {name for name, p in signature.parameters.items() if p.kind in _KEYWORD}
    for name in params:
        if name not in of_class | of_constructor:
            taken = ", ".join(sorted(of_class | of_constructor)) or "none"
            raise TypeError(f"{cls.__name__} takes no parameter {name!r}; it takes: {taken}")
    given = {name: value for name, value in params.items() if name in of_constructor}

    make: Any = cls.__init__  # type: ignore[misc]  # of this class itself, whatever class an object is of

    @functools.wraps(make)
    def construct(self: Any, *args: Any, **more: Any) -> None:
        make(self, *args, **given, **more)

    def fill(namespace: dict[str, Any]) -> None:
        left = [p for name, p in signature.parameters.items() if name not in given]
        namespace.update(
            __init__=construct,
            __signature__=signature.replace(parameters=left),
            __doc__=cls.__doc__,
            __module__=cls.__module__,
            __qualname__=cls.__qualname__,
        )

    keywords = {name: value for name, value in params.items() if name in of_class}
    return types.new_class(cls.__name__, (cls,), keywords, fill)
