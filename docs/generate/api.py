"""The reference of a public module: its classes and functions, with signatures and docstrings."""

import importlib
import inspect
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from ganzoo.api.names import CallablePackage, public

from .docstrings import Docstring, docstring, markdown
from .markdown import block, code, prose, table
from .page import page
from .signatures import annotation, signature

SECTIONS = {"Args": "argument", "Attributes": "attribute", "Raises": "error"}


def api_page(name: str) -> str:
    """Give the page of a module: its docstring, then each public name."""
    module = importlib.import_module(name)
    parts = [markdown(docstring(module).text)]
    for shown in _names(module):
        parts += [f"## {shown}", *_thing(shown, getattr(module, shown))]
    return page(code(name), parts)


def _names(module: ModuleType) -> list[str]:
    """List the names that a module declares as public, or else those that it defines."""
    if hasattr(module, "__all__"):
        return sorted(module.__all__, key=str.lower)
    own = [name for name, thing in vars(module).items() if getattr(thing, "__module__", "") == module.__name__]
    return [name for name in own if not name.startswith("_")]


def _thing(name: str, thing: Any) -> Iterator[str]:
    if isinstance(thing, CallablePackage):
        thing = public(name)
    if isinstance(thing, type):
        yield from _class(name, thing)
    elif inspect.isroutine(thing):
        yield block("text", signature(name, thing))
        yield from told(docstring(thing))
    else:
        shown = repr(thing)
        yield block("text", f"{name}: {type(thing).__name__}" if shown.startswith("<") else f"{name} = {shown}")


def _class(name: str, cls: type) -> Iterator[str]:
    bases = [base.__name__ for base in cls.__bases__ if base is not object]
    derived = f"\n    derives from {', '.join(bases)}" if bases else ""
    yield block("text", f"class {_built(name, cls)}{derived}")
    yield from told(docstring(cls) if cls.__doc__ else Docstring())
    for member, value in vars(cls).items():
        if member.startswith("_"):
            continue
        function = getattr(value, "__func__", value)
        if isinstance(value, property) and value.fget is not None:
            kind = annotation(inspect.signature(value.fget).return_annotation)
            yield f"### {name}.{member}"
            yield block("text", f"{member}: {kind}" if kind else member)
            yield from told(docstring(value))
        elif inspect.isfunction(function):
            yield f"### {name}.{member}"
            yield block("text", _method(member, value, function))
            yield from told(docstring(function))


def _built(name: str, cls: type) -> str:
    """Give a class with its arguments, where ``ganzoo`` declares them; an exception takes what any exception takes."""
    own = any("__init__" in vars(base) for base in cls.__mro__ if base.__module__.startswith("ganzoo"))
    return signature(name, cls) if own and not issubclass(cls, BaseException) else name


def _method(name: str, declared: Any, function: Callable[..., Any]) -> str:
    prefix = {classmethod: "classmethod ", staticmethod: "staticmethod "}.get(type(declared), "")
    prefix = "abstract " if getattr(function, "__isabstractmethod__", False) else prefix
    return prefix + signature(name, function, bound=not isinstance(declared, staticmethod))


def told(doc: Docstring) -> Iterator[str]:
    """Give a docstring's text, and its sections as tables."""
    yield markdown(doc.text)
    for title, column in SECTIONS.items():
        if items := doc.items(title):
            yield table((column, "meaning"), [(code(name), prose(meaning)) for name, meaning in items.items()])
    for title in ("Returns", "Yields", "Source", "Departs"):
        if title in doc.sections:
            yield f"**{title}:** {prose(doc.sections[title])}"
