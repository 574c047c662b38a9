"""Rows as Markdown tables. No script; imports no torch."""

import math
from collections.abc import Mapping, Sequence
from typing import Any


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Rows as a Markdown table; what a row does not have is a hyphen."""
    cells = [[cell(row.get(key)) for key in columns] for row in rows]
    widths = [max(len(line[i]) for line in [list(columns), *cells]) for i in range(len(columns))]

    def drawn(line: Sequence[str]) -> str:
        return "| " + " | ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) + " |"

    rule = "| " + " | ".join(":" + "-" * (width - 1) if width > 1 else "-" for width in widths) + " |"
    return "\n".join([drawn(columns), rule, *map(drawn, cells)])


def cell(value: Any) -> str:
    """One value as a table shows it."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1e5 else f"{value:,.0f}"
    if isinstance(value, Mapping) and value.keys() >= {"median", "min", "max"}:
        return f"{cell(value['median'])} ({cell(value['min'])} to {cell(value['max'])})"
    return str(value)


def written(value: Any) -> Any:
    """Plain data that JSON can hold: numbers that are none become words."""
    if isinstance(value, Mapping):
        return {str(key): written(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [written(each) for each in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def folder_name(device: str) -> str:
    """Return a device's name in small letters and hyphens, for its folder below ``results/``."""
    return "-".join("".join(c if c.isalnum() else " " for c in device.lower()).split())
