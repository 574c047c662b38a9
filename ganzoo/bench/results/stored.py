"""The one reader of the JSON files that a bench or a suite left. Imports no torch."""

from pathlib import Path
from typing import Any, TypeVar

from ...errors import DataError
from ...storage.json_text import parse_json
from .written import SCHEMA, Written

Model = TypeVar("Model", bound=Written)


def read_stored(model: type[Model], path: Path, absent: str = "") -> Model:
    """Read a JSON file that says of which schema it is.

    Args:
        model: of the file.
        path: of the file.
        absent: the error's sentence where there is no such file.

    Raises:
        DataError: there is none, it cannot be read, it is of another schema, or a value in it is of a wrong type.
    """
    content = read_plain(path, absent)
    found = content.get("schema") if isinstance(content, dict) else None
    if found != SCHEMA or isinstance(found, bool):
        raise DataError(f"{path} has schema {found!r:.40}, and this version of ganzoo reads schema {SCHEMA}")
    return model.parse(content, path)


def read_object(model: type[Model], path: Path, absent: str = "") -> Model:
    """Read a JSON file that says nothing of its schema; otherwise like ``read_stored``."""
    return model.parse(read_plain(path, absent), path)


def read_plain(path: Path, absent: str = "") -> Any:
    """Read what a JSON file holds, whatever that is.

    Raises:
        DataError: there is no such file, or it cannot be read.
    """
    try:
        return parse_json(path.read_bytes())
    except FileNotFoundError as error:
        raise DataError(absent or f"there is no {path}") from error
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    except ValueError as error:
        raise DataError(f"cannot read {path}: {error}") from error
