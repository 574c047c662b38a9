"""Modalities of a program: a value, a registered name, or a mapping with its values."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import GanzooError
from ..registry.registry import Registry
from .arguments import plain

if TYPE_CHECKING:
    from ..interfaces import Modality

    ModalityLike = Modality | str | Mapping[str, Any]


def modality_of(given: "ModalityLike", registry: Registry) -> "Modality":
    """Give the modality that is meant.

    Args:
        given: one; the name of a registered one, with its defaults; or a mapping of ``name`` and values.
        registry: knows names.

    Raises:
        GanzooError: it is none of these, or does not take the values.
        UnknownName: nobody registers it.
    """
    from ..interfaces import Modality
    from ..recipes.building.one_part import bind, load_class

    if isinstance(given, Modality):
        return given
    values = {"name": given} if isinstance(given, str) else given
    if not isinstance(values, Mapping) or not isinstance(values.get("name"), str):
        raise GanzooError(
            f"modality is a Modality, the name of a registered one, or a mapping of its name and its values, "
            f"not {given!r:.60}"
        )
    told = {key: _whole(value) for key, value in values.items() if key != "name"}
    cls = load_class(registry, "modality", str(values["name"]))
    bind(f"modality {values['name']!r}", cls, told, ())
    try:
        return cls(**told)
    except Exception as error:
        raise GanzooError(f"modality {values['name']!r} does not take {told!r:.200}: {error}") from error


def _whole(value: Any) -> Any:
    """Give lists as the tuples that modalities hold, and numbers of numpy and torch as Python's own."""
    found = plain(value)
    return tuple(map(_whole, found)) if isinstance(found, list | tuple) else found
