"""Variants of recipes, ``dcgan:loss=hinge:schedule.batch=128``: taken apart, and applied to a recipe's plain data.

What the keys mean is the schema's business; here they are only found.
"""

import re
from typing import Any

from ..errors import RecipeError, suggest
from . import safeyaml

_FILE = re.compile(r"(.+?\.ya?ml)(?=:|$)")


def split_overrides(spec: str) -> tuple[str, tuple[str, ...]]:
    """Return a recipe as written on the command line, as its name (or the path of its YAML file) and its overrides.

    Colons inside brackets and quotes do not separate.

    Raises:
        RecipeError: there is no name.
    """
    file = _FILE.match(spec)
    name, rest = (file[1], spec[file.end() :]) if file else ("", spec)
    first, *edits = _cut(rest)
    name = name + first
    if not name or "=" in first:
        raise RecipeError(f"{spec!r} starts with no recipe; write NAME:key=value, as in dcgan:loss=hinge")
    return name, tuple(edits)


def _cut(text: str) -> list[str]:
    """Cut at the colons that stand in no bracket and no quote."""
    pieces, start, depth, quote = [], 0, 0, ""
    for i, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"" and text[i - 1 : i] in ("=", "[", "{", ",", ":", " "):  # elsewhere it is an apostrophe
            quote = char
        elif char in "[{":
            depth += 1
        elif char in "]}":
            depth -= 1
        elif char == ":" and depth <= 0:
            pieces.append(text[start:i])
            start = i + 1
    return [*pieces, text[start:]]


def apply_override(data: dict[str, Any], override: str) -> tuple[str | int, ...]:
    """Change a recipe's plain data, in place, by one ``key=value``.

    The value is read as YAML is. ``generator=dcgan`` replaces a part and its parameters,
    ``generator.width=32`` sets one parameter, ``regularizers.r1.weight=5`` finds the regularizer by its name.

    Returns:
        The path of what was changed, such as ``("regularizers", 0, "weight")``.

    Raises:
        RecipeError: it is not of this form, or there is nothing to change; the message names the override.
    """
    key, equals, text = override.partition("=")
    path = key.strip().split(".")
    if not equals or not all(path):
        raise RecipeError(f"override {override!r} is not of the form key=value, as in schedule.batch=128")
    if path[0] == "name":
        raise RecipeError(f"override {override!r}: a recipe's name is what it is called by")
    value = safeyaml.load(text, f"override {override!r}")
    *above, last = path
    node: Any = data
    changed: list[str | int] = []
    for step in above:
        changed.append(_enter(node, step, changed, override))
        node = node[changed[-1]]
        if not isinstance(node, dict | list):
            raise RecipeError(f"override {override!r}: {'.'.join(map(str, changed))} holds no keys")
    if isinstance(node, list):
        changed.append(_position(node, last, changed, override))
        value = value if isinstance(value, dict) else {"name": value}
    else:
        changed.append(last)
    node[changed[-1]] = value
    return tuple(changed)


def _enter(node: dict[str, Any] | list[Any], step: str, above: list[str | int], override: str) -> str | int:
    """Make sure that there is something at ``step`` to go into, and say where."""
    if isinstance(node, list):
        return _position(node, step, above, override)
    if isinstance(node.get(step), str):
        node[step] = {"name": node[step]}  # a part that is written as its name alone
    node.setdefault(step, [] if step == "regularizers" else {})
    return step


def _position(parts: list[Any], name: str, above: list[str | int], override: str) -> int:
    """Return where the part of this name stands in a list; there it becomes a mapping that can be changed."""
    names = [str(part.get("name") if isinstance(part, dict) else part) for part in parts]
    if name not in names:
        where = ".".join(map(str, above))
        raise RecipeError(f"override {override!r}: {where} holds no part named {name!r}; {suggest(name, names)}")
    position = names.index(name)
    if not isinstance(parts[position], dict):
        parts[position] = {"name": name}
    return position
