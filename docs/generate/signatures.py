"""Signatures of classes and functions, and what their docstrings say of each parameter."""

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Unpack, get_args, get_origin

from .docstrings import docstring

_MODULES = re.compile(r"\b(?:[a-z_]\w*\.)+(?=\w)")
_STARS: dict[Any, str] = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}


@dataclass(frozen=True)
class Parameter:
    """One parameter.

    Attributes:
        name: as it is passed.
        kind: its annotation, without the modules of its names.
        default: its default value; ``inspect.Parameter.empty`` for none.
        meaning: what the docstring of the class or the function says of it.
    """

    name: str
    kind: str
    default: Any
    meaning: str

    @property
    def required(self) -> bool:
        """True if it has no default."""
        return self.default is inspect.Parameter.empty


def annotation(written: object) -> str:
    """Write a type as source code, without the modules of its names."""
    if written is inspect.Parameter.empty:
        return ""
    if get_origin(written) is Unpack:
        return f"Unpack[{get_args(written)[0].__name__}]"
    text = written if isinstance(written, str) else inspect.formatannotation(written)
    return _MODULES.sub("", text).replace("NoneType", "None")


def parameters(cls: type) -> list[Parameter]:
    """List the parameters of a class, each with its meaning from the nearest class that has it."""
    meanings: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        told = docstring(base) if "__doc__" in vars(base) else docstring(None)
        meanings |= told.items("Attributes") | told.items("Args")
    return [
        Parameter(one.name, annotation(one.annotation), one.default, meanings.get(one.name, ""))
        for one in inspect.signature(cls).parameters.values()
        if one.kind not in _STARS
    ]


def signature(name: str, function: Callable[..., Any], bound: bool = False) -> str:
    """Write a function as its source declares it, on one line.

    Args:
        name: what it is called.
        function: to be called so.
        bound: leave out the first parameter, ``self`` or ``cls``.
    """
    try:
        declared = inspect.signature(function)
    except ValueError:  # written in C
        return f"{name}(...)"
    shown = list(_shown(list(declared.parameters.values())[bound:]))
    returns = annotation(declared.return_annotation)
    arrow = f" -> {returns}" if returns and not isinstance(function, type) else ""
    return f"{name}({', '.join(shown)}){arrow}"


def _shown(declared: list[inspect.Parameter]) -> Iterator[str]:
    starred = False
    for one in declared:
        if one.kind is inspect.Parameter.KEYWORD_ONLY and not starred:
            starred = True
            yield "*"
        starred = starred or one.kind is inspect.Parameter.VAR_POSITIONAL
        kind = annotation(one.annotation)
        text = f"{_STARS.get(one.kind, '')}{one.name}" + (f": {kind}" if kind else "")
        if one.default is not inspect.Parameter.empty:
            text += f" = {_default(one.default)}" if kind else f"={_default(one.default)}"
        yield text


def _default(value: object) -> str:
    """Write a default as source code; a thing that has none by its name."""
    text, name = repr(value), getattr(value, "__name__", "")
    return (name if name.isidentifier() else "...") if text.startswith("<") else text
