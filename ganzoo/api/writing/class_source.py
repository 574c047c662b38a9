"""Source of a class with all that it uses of its own module or notebook, as a file that stands alone.

What is used is found in the syntax tree and the symbol tables of the source; nothing is pickled.
"""

import ast
import builtins
import inspect
import linecache
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import FunctionType, ModuleType
from typing import Any

from ...errors import PluginError
from .plain_values import is_plain, written
from .used_names import WithoutAnnotations, chains_of, globals_of

_POSTPONED = 0x1000000  # the flag of code whose annotations are not evaluated
_FUTURE = "from __future__ import annotations"


def source_of(cls: type, decorator: object = None) -> str:
    """Return the source of a class behind the imports, constants, functions and classes that it uses.

    Args:
        cls: of a script, a module or a notebook's cell, at the top level of it.
        decorator: that is left out where the class, or another one that it uses, is decorated with a call of it.

    Raises:
        PluginError: its source is not known, or it uses a value that cannot be written down.
    """
    if cls.__qualname__ != cls.__name__:
        raise PluginError(f"the class {cls.__qualname__} is made inside of another thing; move it to the top level")
    whole = _Whole(cls, vars(sys.modules[cls.__module__]), decorator)
    whole.take(cls.__name__, cls)
    future = [_FUTURE] if whole.postponed else []
    parts = ["\n".join([*future, *sorted(whole.imports, key=_plain_first)]), *whole.pieces]
    return "\n\n\n".join(filter(None, parts)) + "\n"


def _plain_first(line: str) -> tuple[bool, str]:
    return line.startswith("from"), line


@dataclass
class _Whole:
    """A class and what was found that it uses so far.

    Attributes:
        cls: that is written.
        names: values by name, of its module.
        decorator: that is left out.
        imports: lines.
        pieces: definitions, each behind those that it uses.
        postponed: annotations are not evaluated.
    """

    cls: type
    names: dict[str, Any]
    decorator: object
    imports: set[str] = field(default_factory=set)
    pieces: list[str] = field(default_factory=list)
    postponed: bool = False
    taken: set[str] = field(default_factory=set)

    def take(self, name: str, value: Any) -> None:
        """Take a name in, with all that it needs."""
        if name in self.taken:
            return
        self.taken.add(name)
        if isinstance(value, ModuleType):
            self.imports.add(_import_of(name, value))
        elif _is_defined(value) and value.__module__ == self.cls.__module__:
            node, text = self._definition(name, value)
            self._take_used(node)
            self.pieces.append(text)
        elif (line := self._import_as_written(name, value) or _imported_from(name, value)) is not None:
            self.imports.add(line)
        elif is_plain(value):
            self.pieces.append(f"{name} = {written(value)}")
        else:
            self._take_assigned(name, value)

    def _take_used(self, node: ast.stmt) -> None:
        if self.postponed:
            node = WithoutAnnotations().visit(ast.parse(ast.unparse(node))).body[0]
        for name in sorted(globals_of(ast.unparse(node))):
            if name in self.names:
                self.take(name, self.names[name])
            elif name not in vars(builtins) and name not in ("__name__", "__file__", "__class__"):
                raise PluginError(
                    f"{self.cls.__name__} cannot be registered: it uses {name!r}, which is not defined; define it first"
                )
        for chain in chains_of(node):
            self._take_submodules(chain)

    def _take_submodules(self, chain: list[str]) -> None:
        """Import the modules that are reached as attributes of a package: ``scipy.linalg`` of ``scipy``."""
        value = self.names.get(chain[0])
        for step in chain[1:]:
            if not isinstance(value, ModuleType):
                return
            held = getattr(value, step, None)
            if isinstance(held, ModuleType) and sys.modules.get(f"{value.__name__}.{step}") is held:
                self.imports.add(f"import {held.__name__}")
            value = held

    def _definition(self, name: str, value: Any) -> tuple[ast.stmt, str]:
        """Return the statement that defines a class or a function, and its text without our decorator."""
        found = next(self._definitions(value), None)
        if found is None:
            raise PluginError(
                f"{self.cls.__name__} cannot be registered: the source of {name!r} is not known; write it in a file or "
                "in a notebook's cell"
            )
        node, lines = found
        self.postponed |= any(code.co_flags & _POSTPONED for code in _codes(value))
        if value.__name__ != name:  # another name for it
            self.take(value.__name__, value)
            return ast.parse("pass").body[0], f"{name} = {value.__name__}"
        text = lines[node.lineno - 1 : node.end_lineno]
        kept = [one for one in node.decorator_list if not self._is_ours(one)]
        node.decorator_list = kept
        above = [line for one in kept for line in lines[one.lineno - 1 : one.end_lineno]]
        return node, "".join([*above, *text]).rstrip()

    def _definitions(self, value: Any) -> Iterator[tuple[Any, list[str]]]:
        """Give the statements that may define a class or a function, the surest first, with the lines of their file."""
        own = list(_codes(value))
        kind = ast.ClassDef if isinstance(value, type) else ast.FunctionDef | ast.AsyncFunctionDef
        for file in dict.fromkeys([*(code.co_filename for code in own), *self._files()]):
            lines = linecache.getlines(file, self.names)
            for node in reversed(_parsed("".join(lines))):
                if isinstance(node, kind) and node.name == value.__name__:
                    first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
                    here = [code for code in own if code.co_filename == file]
                    if all(first <= code.co_firstlineno <= (node.end_lineno or 0) for code in here):
                        yield node, lines

    def _files(self) -> Iterator[str]:
        """Give the files that may hold what the class uses: its own, then a notebook's cells, the newest first."""
        yield from (code.co_filename for code in _codes(self.cls))
        if file := self.names.get("__file__"):
            yield str(file)
        yield from reversed([name for name, held in linecache.cache.items() if len(held) > 1 and held[1] is None])

    def _is_ours(self, node: ast.expr) -> bool:
        called = node.func if isinstance(node, ast.Call) else node
        value: Any = None
        for i, step in enumerate(ast.unparse(called).split(".")):
            value = getattr(value, step, None) if i else self.names.get(step)
        return self.decorator is not None and value is self.decorator

    def _import_as_written(self, name: str, value: Any) -> str | None:
        """Return the import that a name has in the source: the public place, where the value names an inner one."""
        package = str(self.names.get("__package__") or "").split(".")
        for file in dict.fromkeys(self._files()):
            for node in _parsed("".join(linecache.getlines(file, self.names))):
                if not isinstance(node, ast.ImportFrom):
                    continue
                above = package[: len(package) - node.level + 1] if node.level else []
                place = ".".join([*above, *([node.module] if node.module else [])])
                for alias in node.names:
                    if (alias.asname or alias.name) == name and _held(place, alias.name) is value:
                        return f"from {place} import {alias.name}" + (f" as {name}" if alias.asname else "")
        return None

    def _take_assigned(self, name: str, value: Any) -> None:
        """Take the statement that a value is assigned by, such as ``T = TypeVar("T")``."""
        for file in dict.fromkeys(self._files()):
            lines = linecache.getlines(file, self.names)
            for node in reversed(list(_parsed("".join(lines)))):
                if _assigns(node) == name and not _makes_values(value):
                    self._take_used(node)
                    self.pieces.append("".join(lines[node.lineno - 1 : node.end_lineno]).rstrip())
                    return
        raise PluginError(
            f"{self.cls.__name__} cannot be registered: it uses the global {name!r}, a {type(value).__name__}, which "
            "cannot be written into a run; make it a parameter of the class, or compute it in its __init__"
        )


def _is_defined(value: Any) -> bool:
    """Tell whether a value is a class, or a function by ``def``, decorated or not."""
    if not isinstance(value, type | FunctionType) and getattr(value, "__wrapped__", None) is None:
        return False
    return isinstance(value, type) or getattr(inspect.unwrap(value), "__name__", "<lambda>") != "<lambda>"


def _makes_values(value: Any) -> bool:
    """Tell whether a value may differ from what its statement would make again: a tensor, a module of torch, a file."""
    return any(getattr(value, name, None) is not None for name in ("shape", "state_dict", "read"))


def _codes(value: Any) -> Iterator[Any]:
    """Give the code of a function, or of those that a class defines."""
    if not isinstance(value, type):
        yield inspect.unwrap(value).__code__
        return
    for held in vars(value).values():
        inner = held.__func__ if isinstance(held, staticmethod | classmethod) else held
        inner = held.fget if isinstance(held, property) else inner
        inner = getattr(inner, "__wrapped__", inner)
        if isinstance(inner, FunctionType) and inner.__qualname__.startswith(f"{value.__qualname__}."):
            yield inner.__code__


def _parsed(text: str) -> list[ast.stmt]:
    try:
        return ast.parse(text).body
    except SyntaxError:  # a cell with a line magic
        kept = [line if line.lstrip()[:1] not in ("%", "!") else "\n" for line in text.splitlines(keepends=True)]
        try:
            return ast.parse("".join(kept)).body
        except SyntaxError:
            return []


def _assigns(node: ast.stmt) -> str | None:
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    return target.id if isinstance(target, ast.Name) and isinstance(node, ast.Assign | ast.AnnAssign) else None


def _import_of(name: str, module: ModuleType) -> str:
    if name == module.__name__:
        return f"import {name}"
    above, _, last = module.__name__.rpartition(".")
    if above and last == name:
        return f"from {above} import {name}"
    return f"import {module.__name__} as {name}"


def _imported_from(name: str, value: Any) -> str | None:
    """Return the line that imports a value from the module that it says it is of; None where that has it not."""
    module, title = getattr(value, "__module__", None), getattr(value, "__name__", None)
    if not isinstance(module, str) or not isinstance(title, str) or module in ("__main__", "builtins"):
        return None
    for place in (module, *_public(module)):
        if _held(place, title) is value:
            return f"from {place} import {title}" + (f" as {name}" if name != title else "")
    return None


def _held(module: str, name: str) -> Any:
    """Return what a module of this process has under a name; None where either is not there."""
    try:
        return getattr(sys.modules.get(module), name, None)
    except Exception:  # by a module's own __getattr__
        return None


def _public(module: str) -> list[str]:
    """Return the packages above a module, which may have its values too."""
    steps = module.split(".")
    return [".".join(steps[:n]) for n in range(len(steps) - 1, 0, -1)]
