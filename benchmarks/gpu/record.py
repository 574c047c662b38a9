"""``gpu.json``: what was measured so far, which the next command in the same folder goes on with."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.tables import written
from ganzoo.storage.atomic import write_file

from .sentences import without_folders

SCHEMA = 1
NAME = "gpu.json"

DONE, FAILED, CUT, NOT_PLAYED, STOPPED, RUNNING = "done", "failed", "cut off", "not played", "stopped", "running"


@dataclass
class Played:
    """The outcome of a stage.

    Attributes:
        name: of the stage.
        title: of the stage.
        status: one of the words above.
        why: a sentence, where it is not done, or where a part of it failed.
        seconds: that it took.
        limit: seconds that it was given.
        short: what it found, in one line.
        tables: rows by title.
        columns: of the tables, for the page.
        notes: sentences.
        data: what else it found.
        command: that was run, without folders of this machine.
    """

    name: str
    title: str
    status: str
    why: str = ""
    seconds: float = 0.0
    limit: float = 0.0
    short: str = ""
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    columns: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)
    command: str = ""


@dataclass
class Record:
    """All stages, in their order, and when and how the command ran.

    Attributes:
        commands: as typed, one a session.
        minutes: of each session.
        started: of the first session.
        finished: of the last one; empty while it runs.
        rehearsal: sizes were cut down, and no number means anything.
        commit: of the source.
        stages: by name.
    """

    commands: list[str] = field(default_factory=list)
    minutes: list[float] = field(default_factory=list)
    started: str = ""
    finished: str = ""
    rehearsal: bool = False
    commit: str | None = None
    stages: dict[str, Played] = field(default_factory=dict)

    @property
    def device(self) -> str | None:
        """The GPU's name; None where the first stage found none out."""
        first = self.stages.get("environment")
        return first.data.get("facts", {}).get("device") if first else None


def read(folder: Path) -> Record | None:
    """Return what a folder holds; None where it holds nothing.

    Raises:
        ValueError: it cannot be read.
    """
    try:
        found = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    if not isinstance(found, dict) or found.pop("schema", None) != SCHEMA:
        raise ValueError(f"{folder / NAME} is of another version of this command")
    found.pop("benchmark", None)
    stages = {name: Played(**stage) for name, stage in found.pop("stages").items()}
    return Record(**found, stages=stages)


def write(record: Record, folder: Path) -> None:
    """Replace ``gpu.json`` in one step; numbers that are none are written as text, and no folder of this machine."""
    whole = {"schema": SCHEMA, "benchmark": "gpu", **asdict(record)}
    write_file(folder / NAME, json.dumps(_plain(written(whole)), indent=1, allow_nan=False) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, int | float | bool | None):
        return value
    return without_folders(str(value))
