"""Files of a bench that others write meanwhile: nothing here waits, locks or writes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from ...errors import DataError
from ...storage.json_text import parse_json
from ..results.run_files.record import Row, rows_of
from ..results.written import Written

Model = TypeVar("Model", bound=Written)


class Files:
    """Files that are looked at again and again, and read again only when they have changed."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[tuple[int, int, int], Any]] = {}

    def read(self, model: type[Model], path: Path) -> Model | None:
        """Return the JSON object in a file; None where there is none. What cannot be read yet is as it was before."""
        found = self._read(path, lambda content: model.parse(parse_json(content), path))
        return found if isinstance(found, model) else None

    def rows(self, path: Path) -> list[Row]:
        """Return the rows of a record; a line that is torn, or still being written, is left out."""
        found: list[Row] | None = self._read(path, lambda content: rows_of(content, path))
        return found or []

    def _read(self, path: Path, parse: Callable[[bytes], Any]) -> Any:
        now = state(path)
        known, before = self._known.get(path, (None, None))
        if now is None:
            self._known.pop(path, None)
            return None
        if now == known:
            return before
        try:
            found = parse(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError, DataError):
            return before
        self._known[path] = (now, found)
        return found


def state(path: Path) -> tuple[int, int, int] | None:
    """Return a mark that changes when the file does, its time of change first; None where there is no such file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
