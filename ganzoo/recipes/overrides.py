"""Variants of recipes, ``dcgan@published:loss=hinge``: taken apart, and applied to a recipe's plain data.

What the keys mean is the schema's business; here they are only found.
"""

import re
from typing import Any, NamedTuple

from ..errors import RecipeError, suggest
from . import safeyaml

PUBLISHED = "@published"
_FILE = re.compile(r"(.+?\.ya?ml)(?=[:@]|$)")


class Spec(NamedTuple):
    """A recipe as written on the command line, taken apart.

    Attributes:
        base: its name, or the path of its YAML file.
        published: with the values that its paper gives, ``NAME@published``.
        edits: its overrides, ``key=value``.
    """

    base: str
    published: bool
    edits: tuple[str, ...]

    @property
    def is_file(self) -> bool:
        """True where the base is the path of a file."""
        return self.base.endswith((".yaml", ".yml"))

    def called(self, base: str) -> str:
        """Return the spec of another base with this form and these overrides."""
        return ":".join((base + PUBLISHED * self.published, *self.edits))


def split_spec(spec: str) -> Spec:
    """Take a recipe as written on the command line apart.

    Colons inside brackets and quotes do not separate.

    Raises:
        RecipeError: there is no name, or another form of it than ``@published``.
    """
    file = _FILE.match(spec)
    name, rest = (file[1], spec[file.end() :]) if file else ("", spec)
    first, *edits = _cut(rest)
    plain, at, form = first.partition("@")
    base = name + plain
    if not base or "=" in first:
        raise RecipeError(f"{spec!r} starts with no recipe; write NAME:key=value, as in dcgan:loss=hinge")
    if at and at + form != PUBLISHED:
        raise RecipeError(f"{spec!r}: a recipe has no form {at + form!r}; write {base}{PUBLISHED}, or {base} alone")
    if edits and edits[-1].endswith(PUBLISHED):
        raise RecipeError(f"{spec!r}: {PUBLISHED} stands behind the recipe's name, as in {base}{PUBLISHED}:key=value")
    return Spec(base, bool(at), tuple(edits))


def cut_last(spec: str) -> tuple[str, str]:
    """Return an unfinished spec up to and with its last colon that separates, and what stands behind that.

    The former is empty where none separates.
    """
    file = _FILE.match(spec)
    last = _cut(spec[file.end() :] if file else spec)[-1]
    before = spec[: len(spec) - len(last)]
    return (before, last) if before.endswith(":") else ("", spec)


def _cut(text: str) -> list[str]:
    """Cut at the colons that stand in no bracket and no quote, and not before a class, as in ``loss=my_module:My``."""
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
    whole: list[str] = []
    for piece in [*pieces, text[start:]]:
        if whole and _is_class_of(whole[-1], piece):
            whole[-1] += f":{piece}"
        else:
            whole.append(piece)
    return whole


def _is_class_of(before: str, piece: str) -> bool:
    """Tell whether a piece is the class of the module or file that the value before it names."""
    named = "=" in before and piece.isidentifier()
    return named and (before.endswith(".py") or piece[:1].isupper())


def apply_override(data: dict[str, Any], override: str) -> tuple[str | int, ...]:
    """Change a recipe's plain data, in place, by one ``key=value``.

    The value is read as YAML is. ``generator=dcgan`` replaces a part and its parameters,
    ``generator.width=32`` sets one parameter, ``regularizers.r1.weight=5`` finds the regularizer by its name, and
    ``d_optimizer.betas.1=0.99`` an entry of a list by its number, from 0 on.

    Returns:
        The path of what was changed, such as ``("regularizers", 0, "weight")``.

    Raises:
        RecipeError: it is not of this form, or there is nothing to change; the message names the override.
    """
    key, equals, text = override.partition("=")
    path = key.strip().split(".")
    if not equals or not all(path):
        raise RecipeError(f"override {override!r} is not of the form key=value, as in schedule.batch=128")
    what = f"override {override!r}"
    if path[0] == "name":
        raise RecipeError(f"{what}: a recipe's name is what it is called by")
    if path[0] == "published":
        raise RecipeError(f"{what}: what was published stays as it is; take the key itself, as in schedule.batch=128")
    return set_value(data, path, safeyaml.load(text, what), what)


def set_value(data: dict[str, Any], path: list[str], value: Any, what: str) -> tuple[str | int, ...]:
    """Change a recipe's plain data, in place, by one key.

    Args:
        data: as a file writes it.
        path: steps of the dotted key, with a regularizer's name for its place.
        value: as a file writes it.
        what: blamed by errors, such as ``override 'loss=hinge'``.

    Returns:
        The path of what was changed, such as ``("regularizers", 0, "weight")``.

    Raises:
        RecipeError: there is nothing to change.
    """
    if path[1:2] == ["scale"] and len(path) > 3:  # names of weights have dots of their own
        path = [*path[:2], ".".join(path[2:])]
    *above, last = path
    node: Any = data
    changed: list[str | int] = []
    for step in above:
        changed.append(_enter(node, step, changed, what))
        node = node[changed[-1]]
        if not isinstance(node, dict | list):
            raise RecipeError(f"{what}: {'.'.join(map(str, changed))} holds no keys{_meant(node, last)}")
    if isinstance(node, list):
        changed.append(_position(node, last, changed, what))
        if changed[:-1] == ["regularizers"] and not isinstance(value, dict):
            value = {"name": value}
    else:
        changed.append(last)
    node[changed[-1]] = value
    return tuple(changed)


def _enter(node: dict[str, Any] | list[Any], step: str, above: list[str | int], what: str) -> str | int:
    """Make sure that there is something at ``step`` to go into, and say where."""
    if isinstance(node, list):
        return _position(node, step, above, what)
    if isinstance(node.get(step), str):
        node[step] = {"name": node[step]}  # a part that is written as its name alone
    node.setdefault(step, [] if step == "regularizers" else {})
    return step


def _meant(node: Any, last: str) -> str:
    """Say what to write in place of a key below a number; nothing where there is no telling."""
    number = isinstance(node, int | float) and not isinstance(node, bool)
    if not number or last not in ("shape", "start", "end", "over", "hold", "warmup", "points"):
        return ""
    return f", it is the number {node:g}; write the schedule out, as in {{shape: linear, start: {node:g}, end: 0}}"


def _position(parts: list[Any], name: str, above: list[str | int], what: str) -> int:
    """Return where the part of this name stands in a list; there it becomes a mapping that can be changed.

    In a list of values the name is the number of one that is there.
    """
    if above != ["regularizers"]:
        if not name.isdecimal() or int(name) >= len(parts):
            where = ".".join(map(str, above))
            raise RecipeError(f"{what}: {where} holds {len(parts)} values, numbered from 0")
        return int(name)
    names = [str(part.get("name") if isinstance(part, dict) else part) for part in parts]
    if name not in names:
        where = ".".join(map(str, above))
        raise RecipeError(f"{what}: {where} holds no part named {name!r}; {suggest(name, names)}")
    position = names.index(name)
    if not isinstance(parts[position], dict):
        parts[position] = {"name": name}
    return position
