"""The one reader of JSON files with a schema that a bench or a suite left. Imports no torch."""

import json
from pathlib import Path
from typing import TypeVar

from ...errors import DataError
from .written import SCHEMA, Written

Model = TypeVar("Model", bound=Written)


def read_stored(model: type[Model], path: Path, absent: str = "") -> Model:
    """Read a JSON file.

    Args:
        model: of the file.
        path: of the file.
        absent: the error's sentence where there is no such file.

    Raises:
        DataError: there is none, it cannot be read, it is of another schema, or a value in it is of a wrong type.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DataError(absent or f"there is no {path}") from error
    except (OSError, ValueError) as error:
        raise DataError(f"cannot read {path}: {error}") from error
    found = content.get("schema") if isinstance(content, dict) else None
    if found != SCHEMA:
        raise DataError(f"{path} has schema {found}, and this version of ganzoo reads schema {SCHEMA}")
    return model.parse(content, path)
