"""Modalities as plain values, so that a process and a file can be told of them, and built of these again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from ..errors import PluginError
from ..recipes.building.one_part import load_class

if TYPE_CHECKING:
    from ..interfaces.modality import Modality
    from ..registry.registry import Registry


def plain_of(modality: Modality) -> dict[str, Any]:
    """Return the values that a modality is made of, by name: numbers, texts, lists of them, None.

    Raises:
        PluginError: it is no dataclass, or holds something else.
    """
    name = type(modality).name
    if not is_dataclass(modality):
        raise PluginError(f"modality {name!r} is no dataclass; write @dataclass(frozen=True) above its class")
    return {one.name: _plain(getattr(modality, one.name), name, one.name) for one in fields(modality)}


def _plain(value: Any, modality: str, field: str) -> Any:
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, tuple | list):
        return [_plain(one, modality, field) for one in value]
    raise PluginError(
        f"modality {modality!r} holds a {type(value).__name__} in {field!r}, which no file can tell of: "
        "hold numbers, texts, tuples of them, or None"
    )


def built(registry: Registry, name: str, values: Mapping[str, Any], where: str) -> Modality:
    """Build the modality of these values.

    Args:
        registry: knows it.
        name: of the modality.
        values: see ``plain_of``.
        where: begins the sentence on values that it does not take.

    Raises:
        UnknownName: nobody registers it.
        PluginError: it cannot be imported, or does not take these values.
    """
    cls: type[Modality] = load_class(registry, "modality", name)
    try:
        return cls(**{key: _frozen(value) for key, value in values.items()})
    except (TypeError, ValueError) as error:
        raise PluginError(
            f"{where}: modality {name!r} is not built of the values that the data were kept with ({error}); "
            "take the version of its plugin that they were read with, or read them anew"
        ) from error


def _frozen(value: Any) -> Any:
    return tuple(_frozen(one) for one in value) if isinstance(value, list | tuple) else value
