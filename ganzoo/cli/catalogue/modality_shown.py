"""``ganzoo show MODALITY``: what its data tell parts, what its numbers are taken with, and its values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...text import printable

if TYPE_CHECKING:
    from dataclasses import Field

    from ...registry.registry import Entry, Registry


def modality_facts(entry: Entry, registry: Registry) -> dict[str, Any]:
    """Return what is known of a modality without data, as JSON has it; imports it.

    Raises:
        PluginError: it cannot be imported, or is none.
    """
    from dataclasses import MISSING, fields, is_dataclass

    from ...recipes.building.one_part import load_class

    cls = load_class(registry, "modality", entry.name)
    values: list[Field[Any]] = [one for one in fields(cls) if one.init] if is_dataclass(cls) else []
    return {
        "samples": cls.called or cls.name,
        "offers": sorted(cls.offered),
        "extractor": cls.extractor,
        "metrics": [*cls.metrics],
        "writes": [*cls.endings],
        "fields": _fields(cls),
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
    values, fields = facts.pop("values"), facts.pop("fields")
    told = {key: ", ".join(said) if isinstance(said, list) else said for key, said in facts.items()}
    told["fields"] = ", ".join(f"{name} {what}" for name, what in fields.items())
    lines = [f"{key + ':':<10} {printable(said)}" for key, said in told.items() if said]
    if values:
        lines += ["", "values:"]
    for one in values:
        default = "" if one["default"] is None else f" = {one['default']}"
        lines.append(f"  {printable(one['name'] + ': ' + one['type'] + default)}")
    return lines


def _fields(cls: Any) -> dict[str, str]:
    """Return type and shape of each field of the first data that it is tried on; none where it has no such data."""
    try:
        (_, modality), *_ = cls.tried()
        example = modality.example(2)
    except Exception:  # a third party's, which `ganzoo check` has a sentence for
        return {}
    found = {}
    for name, tensor in example.items():
        shape = [str(side) for side in tensor.shape] if name in modality.whole else ["N", *map(str, tensor.shape[1:])]
        found[name] = f"{str(tensor.dtype).removeprefix('torch.')} ({', '.join(shape)}{',' if len(shape) == 1 else ''})"
    return found
