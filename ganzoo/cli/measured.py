"""The numbers measured of a recipe, as ``ganzoo show`` prints them. Imports no torch."""

from __future__ import annotations

import json
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..registry.registry import Entry, Registry
from ..text import printable

if TYPE_CHECKING:
    from ..recipes.recipe import Recipe


def measured_lines(entry: Entry, recipe: Recipe, registry: Registry) -> list[str]:
    """Comment lines for a recipe: what was measured of it, on what and how; or why there is nothing.

    Args:
        entry: a recipe's. Its ``measured`` is a JSON file: ``{"schema": 1, "recipes": {name: [row, ...]}}``, a row
            with the texts ``data``, ``budget``, ``seeds`` and ``device``, the number ``images_per_second``, and
            ``values``: a list of ``{"label", "value", "real": {baseline: value}}``. Its ``reference`` is for
            ``ganzoo verify``, see ``bench/references.py``; ``stale`` and ``revisions`` are for ``recipes.stale``.
        recipe: as it is now.
        registry: knows its parts.
    """
    from ..recipes.stale import stale_by  # which `ganzoo list` has no use for

    if entry.measured is None:
        return ["# measured: nothing that its plugin tells of"]
    try:
        rows = _rows(entry.measured, entry.name)
        lines = [line for row in rows for line in _lines(row, stale_by(row, recipe, registry))]
        return lines or ["# measured: nothing yet in its present form"]
    except (OSError, ValueError, TypeError, AttributeError, KeyError) as error:  # a stranger's file
        return [printable(f"# measured: {entry.measured.name} cannot be read: {type(error).__name__}: {error}")]


def _rows(path: Path | Traversable, name: str) -> list[dict[str, Any]]:
    data = json.loads(path.read_text(encoding="utf-8"))
    if data["schema"] != 1:
        raise ValueError(f"it has schema {data['schema']!r}, and this version reads 1")
    rows: list[dict[str, Any]] = data["recipes"].get(name, [])
    return rows


def _lines(row: dict[str, Any], stale: list[str]) -> list[str]:
    from ..recipes.stale import STALE, in_words

    head = f"# measured on {row['data']}: {row['budget']} a run, {row['seeds']} seeds, {row['device']}"
    if row["images_per_second"]:
        head += f", {row['images_per_second']:,} images/s"
    lines = [printable(f"{head} {STALE}" if stale else head)]
    for value in row["values"]:
        real = ", ".join(f"{name} {number}" for name, number in value["real"].items())
        said = f"{value['label']}  {value['value']}" + (f"  ({real})" if real else "")
        lines.append("#   " + "  ".join(map(printable, said.split("  "))))
    note = f"# {STALE}: stale, the recipe plays otherwise now: {in_words(stale)}"
    return [*lines, printable(note)] if stale else lines
