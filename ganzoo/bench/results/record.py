"""The record of a run: one JSON object a line."""

import json
import os
from pathlib import Path
from typing import Any


class Record:
    """``metrics.jsonl``, cut back on a resume to what the checkpoint knew of."""

    def __init__(self, path: Path, size: int = 0) -> None:
        self.path = path
        path.touch()
        os.truncate(path, min(size, path.stat().st_size))

    def add(self, row: dict[str, Any]) -> None:
        """Append one row."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, allow_nan=False) + "\n")

    @property
    def size(self) -> int:
        """In bytes."""
        return self.path.stat().st_size


def read_record(path: Path) -> list[dict[str, Any]]:
    """The rows; a torn last line, left by a crash, is dropped."""
    rows = []
    try:
        for line in path.read_text(encoding="utf-8").splitlines():
            rows.append(json.loads(line))
    except (OSError, ValueError):
        pass
    return rows
