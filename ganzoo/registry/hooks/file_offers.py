"""Offers of a plugin that is one file: its hooks as any plugin's, or, where it has none, its classes by their names."""

import ast
import inspect
import re
import sys
import traceback
from types import ModuleType
from typing import Any

from ...text import listed
from ..places import place_in
from ..registry import KINDS, PLURALS, describe

_CLASS_KINDS = tuple(kind for kind in KINDS if kind != "recipe")
_HOLDS_NONE = (
    "it holds no hook and no class of ganzoo.interfaces with all its methods; write `class MyLoss(Loss)` with "
    "`from ganzoo.interfaces import Loss`"
)


def parts_of(module: ModuleType) -> tuple[list[tuple[str, str, str, dict[str, Any]]], list[str]]:
    """Return the classes of a module that are parts, as kind, name, target and texts; and what is wrong with them.

    A part is a class that the module itself defines, that derives from one of ``ganzoo.interfaces``, has all its
    methods, and whose name does not begin with ``_``. It is called by its ``name`` where it has one, else by its own
    in lower-case words: ``MyLoss`` is ``my-loss``, ``R1Penalty`` is ``r1-penalty``.

    Args:
        module: of the file, imported.
    """
    if "ganzoo.interfaces" not in sys.modules:  # so that no class can derive from one of them
        return [], [_HOLDS_NONE]
    from ... import interfaces

    found, problems, incomplete = [], [], []
    for title, held in vars(module).items():
        own = inspect.isclass(held) and held.__module__ == module.__name__ and held.__qualname__ == title
        if not own or title.startswith("_"):
            continue
        kinds = [kind for kind in _CLASS_KINDS if issubclass(held, getattr(interfaces, kind.title()))]
        if not kinds:
            continue
        if inspect.isabstract(held):
            if not _is_derived_from(held, module):
                lacking = listed(sorted(held.__abstractmethods__))
                incomplete.append(f"class {title} lacks {lacking}, which a {kinds[0]} must have")
            continue
        if len(kinds) > 1:
            problems.append(f"{title} is a {' and a '.join(kinds)}, and must be one of them")
            continue
        given = vars(held).get("name")
        name = given if isinstance(given, str) else kebab(title)
        paper = vars(held).get("paper")
        texts = {"summary": summary_of(held), "paper": paper if isinstance(paper, str) else ""}
        found.append((kinds[0], name, f"{module.__name__}:{title}", texts))
    if not found and not problems:
        problems += incomplete or [_HOLDS_NONE]
    return found, problems


def _is_derived_from(base: type, module: ModuleType) -> bool:
    """Tell whether a module has another class that completes this one."""
    return any(inspect.isclass(held) and held is not base and issubclass(held, base) for held in vars(module).values())


def kebab(title: str) -> str:
    """Return a class's name in lower-case words joined by ``-``: ``MyWGANLoss`` is ``my-wgan-loss``."""
    cut = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_+", "-", title)
    return cut.strip("-").lower()


def summary_of(cls: type) -> str:
    """Return the first line of a class's own docstring, without the full stop; empty where it has none."""
    return ((cls.__doc__ or "").strip().splitlines() or [""])[0].strip().rstrip(".")


def located(error: BaseException, module: str) -> str:
    """Return an error of a plugin file with the line that it comes from.

    Args:
        error: that its import or a hook of it raised.
        module: of the file.
    """
    line = _line(error, module)
    said = describe(error)
    if isinstance(error, SyntaxError):
        said = f"SyntaxError: {error.msg}"
    elif isinstance(error, ModuleNotFoundError):
        said += "; a plugin file imports what is installed, and nothing beside it (`ganzoo new` makes a package)"
    return f"line {line}: {said}" if line else said


def placed(error: BaseException, module: str) -> str:
    """Return an error of an installed plugin with the file and the line of its package that it comes from.

    Args:
        error: that its import or a hook of it raised.
        module: that the entry point names.
    """
    package = module.partition(":")[0].partition(".")[0]
    # A syntax error names its own place.
    place = "" if isinstance(error, SyntaxError) else place_in(error, lambda name: name.partition(".")[0] == package)
    return f"{describe(error)}{place}"


def _line(error: BaseException, module: str) -> int | None:
    if isinstance(error, SyntaxError) and f"{module}.py" in str(error.filename):
        return error.lineno
    frames = traceback.walk_tb(error.__traceback__)
    lines = [line for frame, line in frames if frame.f_globals.get("__name__") == module]
    return lines[-1] if lines else None


def has_hooks(source: str) -> bool:
    """Tell whether a plugin file defines a hook at all, so that its classes are not parts by themselves."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # importing it will say so
        return False
    names = {f"register_{plural}" for plural in PLURALS.values()}
    return any(isinstance(node, ast.FunctionDef) and (node.name in names or _marked(node)) for node in body)


def _marked(node: ast.FunctionDef) -> bool:
    return any("hookimpl" in ast.unparse(decorator) for decorator in node.decorator_list)
