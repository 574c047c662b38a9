"""``ganzoo show MODALITY``: what its data tell parts, what its numbers are taken with, and its values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..text import printable

if TYPE_CHECKING:
    from dataclasses import Field

    from ..registry.registry import Entry, Registry


def modality_facts(entry: Entry, registry: Registry) -> dict[str, Any]:
    """Return what is known of a modality without data, as JSON has it; imports it.

    Raises:
        PluginError: it cannot be imported, or is none.
    """
    from dataclasses import MISSING, fields, is_dataclass

    from ..recipes.one_part import load_class

    cls = load_class(registry, "modality", entry.name)
    values: list[Field[Any]] = [one for one in fields(cls) if one.init] if is_dataclass(cls) else []
    return {
        "samples": cls.called or cls.name,
        "offers": sorted(cls.offered),
        "extractor": cls.extractor,
        "metrics": [*cls.metrics],
        "writes": [*cls.endings],
        "values": [
            {
                "name": one.name,
                "type": str(getattr(one.type, "__name__", one.type)),
                "default": None if one.default is MISSING else repr(one.default),
            }
            for one in values
        ],
    }


def modality_lines(entry: Entry, registry: Registry) -> list[str]:
    """Return lines on a modality, without those of its docstring; imports it.

    Raises:
        PluginError: it cannot be imported, or is none.
    """
    facts = modality_facts(entry, registry)
    values = facts.pop("values")
    told = {key: ", ".join(said) if isinstance(said, list) else said for key, said in facts.items()}
    lines = [f"{key + ':':<10} {printable(said)}" for key, said in told.items() if said]
    if values:
        lines += ["", "values:"]
    for one in values:
        default = "" if one["default"] is None else f" = {one['default']}"
        lines.append(f"  {printable(one['name'] + ': ' + one['type'] + default)}")
    return lines
