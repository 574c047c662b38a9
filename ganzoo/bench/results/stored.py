"""Reading what a bench or a suite left as JSON. Does not import torch."""

import json
from pathlib import Path
from typing import Any

from ...errors import DataError


def read_stored(path: Path, schema: int, absent: str) -> dict[str, Any]:
    """The object that a JSON file holds.

    Args:
        path: of the file.
        schema: that its ``schema`` must be.
        absent: the error's sentence where there is no such file.

    Raises:
        DataError: there is none, it cannot be read, or it is of another schema.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DataError(absent) from error
    except (OSError, ValueError) as error:
        raise DataError(f"cannot read {path}: {error}") from error
    found = content.get("schema") if isinstance(content, dict) else None
    if found != schema:
        raise DataError(f"{path} has schema {found}, and this version of ganzoo reads schema {schema}")
    return content
