"""Checks of what a dataset of another modality than images reads."""

from __future__ import annotations

import numpy as np

from ...interfaces import Modality
from ...interfaces.modality import Rows
from ...recipes.building.build import load_class
from ...registry.registry import Registry
from ..findings import listed, require, require_is


def require_rows(given: object, registry: Registry, reader: str = "read") -> Rows:
    """Require that what a dataset reads are rows of a registered modality, as its example has them.

    Raises:
        ConformanceError: they are not.
    """
    rows = require_is(given, Rows, f"{reader} gives a {type(given).__name__}, and must give ganzoo.interfaces.Rows")
    modality = rows.modality
    require(isinstance(modality, Modality), f"its modality is a {type(modality).__name__}, and must be a Modality")
    known = load_class(registry, "modality", type(modality).name)
    require(known is type(modality), f"its modality must be the class that {type(modality).name!r} is registered as")
    example = {name: tensor.numpy() for name, tensor in modality.example(2).items()}
    missing = example.keys() - rows.fields.keys()
    require(not missing, f"it must have the field {listed(missing)}, as the example of its modality has")
    for name, array in rows.fields.items():
        require(isinstance(array, np.ndarray), f"the field {name!r} must be a numpy array")
        require(array.size > 0, f"the field {name!r} is empty, and must hold rows")
        if name in example:
            one = example[name]
            alike = (array.dtype, array.shape[1:]) == (one.dtype, one.shape[1:])
            require(alike, f"the field {name!r} is {_told(array)}, and must be {_told(one)}, as in the example")
    return rows


def require_held_out_rows(given: object, rows: Rows, registry: Registry) -> Rows:
    """Require that held-out rows are of the kind of the others.

    Raises:
        ConformanceError: they are not.
    """
    held_out = require_rows(given, registry, "read_held_out")
    kinds = [
        ({name: (array.dtype, array.shape[1:]) for name, array in one.fields.items()}, one.classes)
        for one in (held_out, rows)
    ]
    require(kinds[0] == kinds[1], "the held-out rows must have the fields, types, shapes and classes of the others")
    return held_out


def same_rows(first: Rows, second: Rows) -> bool:
    """Say whether two readings are the same."""
    same = first.modality == second.modality and first.fields.keys() == second.fields.keys()
    return same and all(np.array_equal(array, second.fields[name]) for name, array in first.fields.items())


def _told(array: np.ndarray) -> str:
    return f"{array.dtype} of shape (N, {', '.join(map(str, array.shape[1:]))})"
