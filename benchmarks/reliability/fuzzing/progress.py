"""Progress of reading inputs of a format, kept after each batch."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .batches import Outcome

BATCH = 250  # inputs


@dataclass
class Progress:
    """Outcomes so far.

    Attributes:
        read: number of inputs.
        accepted: number of those that were read as good ones.
        fell: inputs that neither were accepted nor refused by an error of ganzoo's, by number.
        megabytes: the most that one added to the process.
        seconds: that reading them took, in all sittings.
    """

    read: int = 0
    accepted: int = 0
    fell: dict[str, str] = field(default_factory=dict)
    megabytes: float = 0.0
    seconds: float = 0.0

    def add(self, outcome: Outcome) -> None:
        """Count an outcome."""
        self.read += 1
        self.accepted += outcome.kind == "accepted"
        self.megabytes = max(self.megabytes, outcome.megabytes)
        if outcome.kind == "fell":
            self.fell[str(outcome.number)] = outcome.reason

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


def progress_of(folder: Path, name: str) -> Progress:
    """Read the progress of a format; none where there is no file of it."""
    path = folder / f"{name}.json"
    return Progress(**json.loads(path.read_text())) if path.is_file() else Progress()
