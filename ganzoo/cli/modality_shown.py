"""``ganzoo show MODALITY``: what its data tell parts, what its numbers are taken with, and its values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..text import printable

if TYPE_CHECKING:
    from dataclasses import Field

    from ..registry.registry import Entry, Registry


def modality_lines(entry: Entry, registry: Registry) -> list[str]:
    """Return lines on a modality, without those of its docstring; imports it.

    Raises:
        PluginError: it cannot be imported, or is none.
    """
    from dataclasses import MISSING, fields, is_dataclass

    from ..recipes.one_part import load_class

    cls = load_class(registry, "modality", entry.name)
    told = {
        "samples": cls.called or cls.name,
        "offers": ", ".join(sorted(cls.offered)),
        "extractor": cls.extractor,
        "metrics": ", ".join(cls.metrics),
        "writes": ", ".join(cls.endings),
    }
    lines = [f"{key + ':':<10} {printable(said)}" for key, said in told.items() if said]
    values: list[Field[Any]] = [one for one in fields(cls) if one.init] if is_dataclass(cls) else []
    if values:
        lines += ["", "values:"]
    for one in values:
        default = "" if one.default is MISSING else f" = {one.default!r}"
        kind = getattr(one.type, "__name__", one.type)
        lines.append(f"  {printable(f'{one.name}: {kind}{default}')}")
    return lines
