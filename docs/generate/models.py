"""Tables of the keys that a pydantic model takes, with the meanings that its docstring has."""

import json
import re
import types
from collections.abc import Iterable, Iterator
from dataclasses import is_dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from .docstrings import docstring
from .markdown import code, prose, table

_WORDS = {bool: "true or false", int: "whole number", float: "number", str: "text", dict: "mapping", Any: "value"}
_PLURALS = {int: "whole numbers", float: "numbers", str: "texts"}
_LIMITS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}


def heading(kind: type) -> str:
    """Give what the section of a nested model is called: ``Value schedule``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind.__name__).capitalize()


def meanings_table(kind: type) -> str:
    """Give key and meaning of each field of a dataclass."""
    return table(
        ("key", "meaning"), [(code(name), prose(text)) for name, text in docstring(kind).items("Attributes").items()]
    )


def keys_table(model: type[BaseModel]) -> str:
    """Give key, type, default and meaning of each field."""
    meanings = docstring(model).items("Attributes")
    rows = [
        (code(field.alias or name), _type(field), _default(field), prose(field.description or meanings.get(name, "")))
        for name, field in model.model_fields.items()
    ]
    return table(("key", "type", "default", "meaning"), rows)


def _type(field: FieldInfo) -> str:
    kind, limits = _plain(field.annotation, field.metadata)
    return ", ".join([_in_words(kind), *limits])


def _plain(annotation: Any, metadata: Iterable[Any] = ()) -> tuple[Any, list[str]]:
    """Give a type without None and constraints, and the limits that these set."""
    limits = list(_limits(metadata))
    if get_origin(annotation) in (Union, types.UnionType):
        others = [one for one in get_args(annotation) if one is not type(None)]
        if len(others) > 1:
            return annotation, limits
        (annotation,) = others
    if get_origin(annotation) is Annotated:
        annotation, *inner = get_args(annotation)
        kind, below = _plain(annotation, inner)
        return kind, [*below, *limits]
    return annotation, limits


def _limits(metadata: Iterable[Any]) -> Iterator[str]:
    for one in metadata:
        if isinstance(one, FieldInfo):
            yield from _limits(one.metadata)
        for attribute, words in _LIMITS.items():
            if (value := getattr(one, attribute, None)) is not None:
                yield f"{words} {value:g}" if isinstance(value, float) else f"{words} {value}"


def _in_words(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return " or ".join(code(str(value)) for value in get_args(kind))
    origin = get_origin(kind) or kind
    if origin in (Union, types.UnionType):
        return " or ".join(_in_words(one) for one in get_args(kind))
    if origin in (tuple, list):
        inner, _ = _plain(get_args(kind)[0])
        plain = get_origin(inner) or inner
        return f"list of {_PLURALS.get(plain) or ('lists' if plain in (tuple, list) else _model(plain) + 's')}"
    if (
        origin is dict
        and isinstance(inner := (get_args(kind) or (None, None))[1], type)
        and issubclass(inner, BaseModel)
    ):
        return f"mapping to {_model(inner)}s"
    return _WORDS.get(origin) or _model(origin)


def _model(kind: Any) -> str:
    name = getattr(kind, "__name__", str(kind))
    if not isinstance(kind, type):
        return name.lower()
    if issubclass(kind, BaseModel) or (is_dataclass(kind) and kind.__module__.startswith("ganzoo.recipes.")):
        words = heading(kind).lower()
        return f"[{words}](#{words.replace(' ', '-')})"
    return name.lower()


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is None or value is PydanticUndefined or value == "":
        return "none" if value is None else "empty"
    if isinstance(value, BaseModel):
        return "each key's own"
    return code(json.dumps(value).replace('"', ""))
