"""Origin of a part: the distribution that it comes from, its version, and a digest of its source. Imports no torch."""

import ast
import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec
from typing import Any

from .registry import CORE, Entry

DIGITS = 12  # of a digest, in hexadecimal


def origin_of(entry: Entry) -> str | None:
    """Return where a third party's part is from, as ``evilplug 1.2 (source 0123456789ab)``.

    The version alone would not tell an edit of a package that is installed as editable, or one that kept its version.

    Args:
        entry: of a part.

    Returns:
        distribution, version and digest; None for a bundled part, which ganzoo's own version stands for, and for one
        that no distribution has.
    """
    if entry.distribution in ("", CORE) or not isinstance(entry.target, str):
        return None
    named = f"{entry.distribution} {entry.version}".rstrip()
    return f"{named} (source {_digest(entry.target, entry.params)})"


def _digest(target: str, params: Any) -> str:
    """Return a digest of what a part is made of: its class, fixed parameters, and the sources behind them."""
    found = hashlib.sha256(json.dumps([target, params], sort_keys=True).encode())
    for name, source in sorted(sources_of(target.partition(":")[0]).items()):
        found.update(json.dumps([name, source]).encode())
    return found.hexdigest()[:DIGITS]


def sources_of(module: str) -> dict[str, str]:
    """Return the sources of a module and of all modules of its own package that it imports, by name.

    Nothing is imported for it. What has no source, such as an extension module, is left out: its version stands for it.

    Args:
        module: its dotted name.
    """
    package = module.partition(".")[0]
    specs: dict[str, ModuleSpec | None] = {}
    found: dict[str, str] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        source = _source(_spec(name, specs), name)
        if source is not None:
            found[name] = source
            waiting += [one for one in _imported(source, name, specs) if one.partition(".")[0] == package]
    return found


def _spec(name: str, known: dict[str, ModuleSpec | None]) -> ModuleSpec | None:
    """Find a module without importing it, nor the packages that it lies in."""
    if name not in known:
        above = name.rpartition(".")[0]
        inside = _spec(above, known) if above else None
        path = inside.submodule_search_locations if inside is not None else None
        known[name] = None if above and path is None else _found(name, path)
    return known[name]


def _found(name: str, path: Sequence[str] | None) -> ModuleSpec | None:
    for finder in sys.meta_path:
        try:
            if (spec := finder.find_spec(name, path)) is not None:
                return spec
        except Exception:  # a stranger's finder must not take the command down
            continue
    return None


def _source(spec: ModuleSpec | None, name: str) -> str | None:
    read = getattr(spec.loader, "get_source", None) if spec is not None else None
    try:
        return read(name) if read is not None else None
    except (ImportError, OSError, SyntaxError, UnicodeError):  # it is no text, or gone; importing it will say so
        return None


def _imported(source: str, module: str, specs: dict[str, ModuleSpec | None]) -> Iterator[str]:
    """Yield what a module's source imports; ``from a import b`` may mean ``a`` and ``a.b``."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # importing it will say so
        return
    spec = _spec(module, specs)
    inside = module if spec is not None and spec.submodule_search_locations is not None else module.rpartition(".")[0]
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            steps = inside.split(".")
            above = steps[: len(steps) - node.level + 1] if node.level else []
            whole = ".".join([*above, *([node.module] if node.module else [])])
            yield whole
            yield from (f"{whole}.{alias.name}" for alias in node.names)
