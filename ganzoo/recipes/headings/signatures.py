"""Parameters that classes need, and what they offer and confine, from their source: no module of theirs is imported."""

from __future__ import annotations

import ast
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

_DEEPEST = 8  # class above class
_OURS = "ganzoo.interfaces"  # whose classes need nothing


class Found(NamedTuple):
    """A class in a file.

    Attributes:
        module: its name.
        tree: of the file.
        node: of the class.
    """

    module: str
    tree: ast.Module
    node: ast.ClassDef


Told = dict[str, Any]
"""Facts on a class by name, see ``classes_in``."""


def classes_in(module: str, path: Path) -> dict[str, Told]:
    """Return what is told of each class of a file.

    Parameters that it ``needs``, and texts of its attribute ``offered``: each None where the source does not say. Texts
    by parameter of its attribute ``confines``: empty where it does not.

    Args:
        module: its name.
        path: of the file.
    """
    tree = _tree(path)
    nodes = [node for node in tree.body if isinstance(node, ast.ClassDef)] if tree is not None else []
    found = [Found(module, tree, node) for node in nodes if tree is not None]
    return {one.node.name: _told(one) for one in found}


def _told(found: Found) -> Told:
    return {"needs": _needed(found), "offered": _offered(found, "offered"), "confines": _confined(found)}


def _confined(start: Found) -> dict[str, list[str]]:
    """Return a mapping of texts to texts, as it is written in a class or the nearest above it."""
    found: Found | None = start
    for _ in range(_DEEPEST):
        if found is None or found.module.startswith(_OURS):
            return {}
        for value in _values(found.node, "confines"):
            with suppress(ValueError, AttributeError, TypeError):
                held = ast.literal_eval(value)
                return {str(key): sorted(map(str, texts)) for key, texts in held.items()}
            return {}
        found = next(filter(None, (_above(found, base) for base in found.node.bases)), None)
    return {}


def _needed(found: Found) -> list[str] | None:
    arguments = _arguments(found, _DEEPEST)
    if arguments is None:
        return None
    plain = [*arguments.posonlyargs, *arguments.args][1:]
    first = len(plain) - len(arguments.defaults)
    named = [argument.arg for argument in plain[: max(first, 0)]]
    pairs = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return named + [argument.arg for argument, default in pairs if default is None]


def _offered(start: Found, attribute: str) -> list[str] | None:
    found: Found | None = start
    for _ in range(_DEEPEST):
        if found is None:
            return None
        for value in _values(found.node, attribute):
            return _texts(value, found)
        found = next(filter(None, (_above(found, base) for base in found.node.bases)), None)
    return None


def place_of(module: str) -> Path | None:
    """Return the file of a module; None where there is none to read."""
    try:
        spec = find_spec(module)
    except Exception:  # a package above it may fail in any way
        return None
    return Path(spec.origin) if spec is not None and spec.origin and spec.origin.endswith(".py") else None


def _tree(path: Path | None) -> ast.Module | None:
    try:
        return None if path is None else ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None


def _in(module: str, tree: ast.Module, name: str) -> Found | None:
    """Find a class where it is defined: in a module, or where that imports it from."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return Found(module, tree, node)
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    other = _absolute(module, node)
                    there = _tree(place_of(other))
                    return None if there is None else _in(other, there, alias.name)
    return None


def _absolute(module: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    above = module.split(".")[: -node.level]
    return ".".join([*above, *([node.module] if node.module else [])])


def _above(found: Found, base: ast.expr) -> Found | None:
    return _in(found.module, found.tree, base.id) if isinstance(base, ast.Name) else None


def _arguments(found: Found, left: int) -> ast.arguments | None:
    for node in found.node.body:
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            return node.args
    for base in found.node.bases if left else ():
        above = _above(found, base)
        if above is not None and not above.module.startswith(_OURS):
            return _arguments(above, left - 1)
    return None


def _values(node: ast.ClassDef, attribute: str) -> list[ast.expr]:
    held = []
    for one in node.body:
        target: ast.expr | None = one.target if isinstance(one, ast.AnnAssign) else None
        if isinstance(one, ast.Assign) and len(one.targets) == 1:
            target = one.targets[0]
        if isinstance(target, ast.Name) and target.id == attribute and getattr(one, "value", None) is not None:
            held.append(one.value)  # type: ignore[attr-defined]
    return held


def _texts(value: ast.expr, found: Found) -> list[str] | None:
    """Return the texts of a set as it is written: its members, another class's, or what two sets have together."""
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.BitOr):
        left, right = _texts(value.left, found), _texts(value.right, found)
        return None if left is None or right is None else sorted({*left, *right})
    if isinstance(value, ast.Attribute):
        other = _above(found, value.value)
        return None if other is None else _offered(other, value.attr)
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in ("frozenset", "set"):
        if len(value.args) != 1:
            return [] if not value.args else None
        value = value.args[0]
    try:
        held = ast.literal_eval(value)
    except ValueError:
        return None
    return sorted(map(str, held)) if isinstance(held, set | list | tuple) else None
