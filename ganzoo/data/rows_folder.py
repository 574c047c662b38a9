"""Rows of any modality as a folder that runs read: an array for each field, and what they are of."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DataError
from ..interfaces.modality import Rows
from ..text import shown
from .at_rest import AtRest
from .plain import built

HEAD = "rows.json"  # which names the fields; it is the path that a run is given


def write_rows(data: AtRest, folder: Path) -> None:
    """Write checked data into a folder that is there."""
    for name, array in data.fields.items():
        np.save(folder / f"{name}.npy", np.ascontiguousarray(array), allow_pickle=False)
    head = {"modality": data.modality, "values": data.values, "fields": [*data.fields], "classes": data.classes}
    (folder / HEAD).write_text(json.dumps(head))


def rows_in(path: Path, registry: Any) -> Rows | None:
    """Read the rows of such a folder; None where there are none.

    Args:
        path: of its ``rows.json``.
        registry: knows the modality.

    Raises:
        UnknownName: nobody registers the modality.
        PluginError: the modality does not take the values.
        DataError: it is broken.
    """
    if path.name != HEAD or not path.is_file():
        return None
    try:
        head = json.loads(path.read_text())
        fields = {name: np.load(path.with_name(f"{name}.npy"), allow_pickle=False) for name in head["fields"]}
        name, values, classes = str(head["modality"]), dict(head["values"]), tuple(map(str, head["classes"]))
    except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
        raise DataError(f"{shown(path)} holds rows that cannot be read ({error}); give them anew") from error
    return Rows(built(registry, name, values, shown(path)), fields, classes)
