"""What the files of a run say while others write them: nothing here waits, locks or writes."""

import json
from pathlib import Path
from typing import Any


class Files:
    """Files that are looked at again and again, and read again only when they have changed."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[tuple[int, int, int], Any]] = {}

    def content(self, path: Path) -> dict[str, Any] | None:
        """The JSON object in a file; None where there is none. What cannot be read yet is as it was before."""
        found = self._read(path, _object)
        return found if isinstance(found, dict) else None

    def rows(self, path: Path) -> list[dict[str, Any]]:
        """The JSON objects of a file of lines, in order; a line that is torn, or still being written, is left out."""
        return self._read(path, _rows) or []

    def _read(self, path: Path, parse: Any) -> Any:
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
        except (OSError, ValueError):
            return before
        self._known[path] = (now, found)
        return found


def state(path: Path) -> tuple[int, int, int] | None:
    """What changes when a file does, its time of change first; None where there is no such file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _object(text: bytes) -> Any:
    return json.loads(text)


def _rows(text: bytes) -> list[dict[str, Any]]:
    rows = []
    for line in text.splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            rows.append(row)
    return rows
