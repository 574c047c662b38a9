"""The numbers measured of a recipe, as ``ganzoo show`` prints them. Imports no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...errors import GanzooError
from ...registry.registry import Entry, Registry
from ...text import printable

if TYPE_CHECKING:
    from ...recipes.recipe import Recipe


def measured_lines(entry: Entry, recipe: Recipe, registry: Registry) -> list[str]:
    """Comment lines for a recipe: what was measured of it, on what and how; or why there is nothing.

    Args:
        entry: a recipe's. Its ``measured`` is a JSON file: ``{"schema": 1, "recipes": {name: [row, ...]}}``, a row
            with the texts ``data``, ``budget``, ``seeds`` and ``device``, the number ``images_per_second``, and
            ``values``: a list of ``{"label", "value", "real": {baseline: value}}``. Its ``reference`` is for
            ``ganzoo verify``, see ``bench/references.py``; ``stale`` and ``revisions`` are for
            ``recipes.differences.stale``.
        recipe: as it is now.
        registry: knows its parts.
    """
    from ...bench.results.bench_files.measured_file import measured_rows  # which `ganzoo list` has no use for
    from ...recipes.differences.stale import stale_by

    if entry.measured is None:
        return ["# measured: nothing that its plugin tells of"]
    try:
        rows = measured_rows(entry.measured, entry.name, shown=True)
        lines = [line for row in rows for line in _lines(row, stale_by(row, recipe, registry))]
        return lines or ["# measured: nothing yet in its present form"]
    except GanzooError as error:  # a stranger's file
        return [printable(f"# measured: {error}")]


def _lines(row: dict[str, Any], stale: list[str]) -> list[str]:
    from ...recipes.differences.stale import STALE, in_words

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
