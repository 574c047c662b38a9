"""The run at a service that belongs to a run's folder, for trackers that report to one. Imports no torch."""

import json
import uuid
from pathlib import Path
from typing import Any


class ServiceRun:
    """Remembers in a run's folder which run at a service is its own, and what was told there.

    A run that was stopped or killed goes back to its last checkpoint, and tells the rows after it a second time. With
    this a tracker goes on with the same run at the service, which gets each row once.

    Args:
        path: the file, in the run's folder.
        key: of the run; a file that another run has left there is forgotten.

    Attributes:
        id: of the run at the service: made up here, until ``keep`` is called with another.
        known: True where there was a run at the service before.
    """

    def __init__(self, path: Path, key: str) -> None:
        self._path, self._key = path, key
        held = self._read()
        self.known = held is not None
        self.id: str = held["id"] if held else uuid.uuid4().hex
        self._told: dict[str, int] = held["told"] if held else {}

    def keep(self, name: str | None = None) -> None:
        """Write the identifier down, which the service now knows.

        Args:
            name: the service's own identifier; None for the one that was made up.
        """
        self.id = name or self.id
        self._write()

    def first(self, kind: str, step: int) -> bool:
        """Note that something of this kind and step is told now; False where it has been told before."""
        if step <= self._told.get(kind, -1):
            return False
        self._told[kind] = step
        self._write()
        return True

    def _read(self) -> dict[str, Any] | None:
        try:
            held = json.loads(self._path.read_text(encoding="utf-8"))
            whole = held["key"] == self._key and isinstance(held["id"], str) and isinstance(held["told"], dict)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return held if whole else None

    def _write(self) -> None:
        part = self._path.with_name(f".{self._path.name}")
        part.write_text(json.dumps({"key": self._key, "id": self.id, "told": self._told}) + "\n", encoding="utf-8")
        part.replace(self._path)
