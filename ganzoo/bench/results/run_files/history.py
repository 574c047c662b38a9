"""``history.jsonl``: the processes that played a run, one a line, so that a resume hides none of them."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from ....errors import DataError, SetupError
from ....storage.json_text import parse_json
from ....storage.room import cannot_write
from ..stored import read_object
from ..written import Written
from .environment import Environment

HISTORY = "history.jsonl"
ENVIRONMENT = "environment.json"
# Keys of an environment that may decide a number; a result has them for each process.
TOLD = ("device", "kind", "cuda", "precision", "threads", "torch", "ganzoo", "commit")


class HistoryLine(Written):
    """A process that played a run.

    Attributes:
        process: its number, from 1 on.
        time: when it took the run up, in ISO 8601, UTC; None where that was not kept.
        from_step: the step of the checkpoint that it went on from; 0 from the beginning.
        environment: the machine and the software, with the plugins that it loaded.
        ranks: how many processes played the run together.
        origins: distribution, version and digest of the source of each part that a third party registers.
    """

    about: ClassVar[str] = "line of a run's history"

    process: int
    time: str | None = None
    from_step: int
    environment: Environment
    ranks: int = 1
    origins: dict[str, str] = Field(default_factory=dict)


class RunProcess(Written):
    """A process that played a run, in short.

    Attributes:
        process: its number, from 1 on.
        time: when it took the run up, in ISO 8601, UTC.
        from_step: the step of the checkpoint that it went on from.
        ranks: how many processes played the run together.
        device: the name of the processor or the GPU.
        kind: ``cpu`` or ``cuda``.
        cuda: the version that torch was built with.
        precision: that training computes in.
        threads: that it used.
        torch: version.
        ganzoo: version.
        commit: of the source.
        origins: of third parties' parts.
    """

    process: int
    time: str | None = None
    from_step: int
    ranks: int = 1
    device: str | None = None
    kind: str | None = None
    cuda: str | None = None
    precision: str | None = None
    threads: int | None = None
    torch: str | None = None
    ganzoo: str | None = None
    commit: str | None = None
    origins: dict[str, str] = Field(default_factory=dict)


def read_history(folder: Path) -> list[HistoryLine]:
    """Return the lines of a run's folder; none where there is no such file.

    A line that a crash tore is left out.
    """
    try:
        content = (folder / HISTORY).read_bytes()
    except OSError:
        return []
    lines = []
    for line in content.splitlines():
        try:
            lines.append(HistoryLine.parse(parse_json(line), folder / HISTORY))
        except (ValueError, DataError):
            continue
    return lines


def begin_history(
    folder: Path, from_step: int, environment: Mapping[str, Any], *, ranks: int, origins: Mapping[str, str]
) -> list[HistoryLine]:
    """Append the process that takes a run up, and give the whole history.

    Of a run from before there were histories, the process that last played it is kept as the first line.

    Args:
        folder: of the run, whose ``environment.json`` is still that of the process before.
        from_step: of the checkpoint that it goes on from; 0 from the beginning.
        environment: of this process.
        ranks: how many processes play the run together.
        origins: of third parties' parts.

    Raises:
        SetupError: the file cannot be written.
    """
    before = read_history(folder)
    if not before and from_step and (earlier := _environment_before(folder)) is not None:
        before = [HistoryLine(process=1, from_step=0, environment=earlier)]
        _append(folder, before)
    line = HistoryLine(
        process=max((one.process for one in before), default=0) + 1,
        time=datetime.now(UTC).isoformat(timespec="seconds"),
        from_step=from_step,
        environment=Environment.parse(dict(environment), ENVIRONMENT),
        ranks=ranks,
        origins=dict(origins),
    )
    _append(folder, [line])
    return [*before, line]


def _environment_before(folder: Path) -> Environment | None:
    path = folder / ENVIRONMENT
    try:
        return read_object(Environment, path)
    except DataError:
        return None


def _append(folder: Path, lines: Iterable[HistoryLine]) -> None:
    path = folder / HISTORY
    written = "".join(json.dumps(line.to_json(), allow_nan=False) + "\n" for line in lines)
    try:
        before = path.read_bytes() if path.is_file() else b""
        torn = not before.endswith(b"\n") and before != b""  # by a crash
        with path.open("ab") as file:
            file.write((("\n" if torn else "") + written).encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise SetupError(cannot_write(path, error, len(written))) from error


def in_short(lines: Sequence[HistoryLine]) -> list[dict[str, Any]]:
    """Return what a result tells of each process."""
    return [
        {
            **{key: value for key, value in line.to_json().items() if key != "environment"},
            **{key: getattr(line.environment, key) for key in TOLD},
        }
        for line in lines
    ]


def that_made(processes: Sequence[RunProcess]) -> list[RunProcess]:
    """Return those processes whose steps are in a run's final state.

    One that was lost before it left a checkpoint, or whose checkpoints were damaged, is none of them.

    Args:
        processes: all that took the run up, in order.
    """
    found: list[RunProcess] = []
    for process in reversed(processes):
        if not found or process.from_step < found[0].from_step:
            found.insert(0, process)
    return found
