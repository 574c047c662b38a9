"""The plain values that a checkpoint keeps of a run, beside those of its game."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, model_validator

from ....errors import CheckpointError, DataError
from ....training.checkpoints.checkpoint import Checkpoint
from ...results.run_files.result import Best, Evaluation
from ...results.written import Number, Written

_Count = Annotated[int, Field(ge=0)]


class ClockState(Written):
    """The times of a run, in seconds, and the real images shown in the first.

    Attributes:
        cpu_seconds: of all threads, in the same time; None in older checkpoints.
    """

    seconds: Number
    cpu_seconds: Number | None = None
    images: Number
    warmup_seconds: Number
    capture_seconds: Number
    evaluation_seconds: Number


class FoundBest(Written):
    """The best evaluation so far."""

    kimg: Number
    metrics: dict[str, Number | None]


class KeptAlarm(Written):
    """An alarm, without its sentence."""

    kind: str
    step: int
    kimg: Number
    until: int | None
    until_kimg: Number | None
    value: Number


class AlarmsState(Written):
    """The state of ``Alarms``."""

    alarms: list[KeptAlarm]
    open: dict[str, _Count]
    streaks: dict[str, list[list[Number]]]
    first: list[Number]
    risen: bool

    @model_validator(mode="after")
    def _open_ones_are_there(self) -> Self:
        for kind, place in self.open.items():
            if place >= len(self.alarms):
                raise ValueError(f"the open alarm {kind!r} is not among its alarms")
        if any(len(row) != 3 for rows in self.streaks.values() for row in rows):
            raise ValueError("a row of a streak has three numbers")
        return self


class FinalState(Written):
    """The fields of a result that the end of a run alone has."""

    spreads: dict[str, Number | None] = Field(default_factory=dict)
    best: Best | None = None
    examinations: dict[str, dict[str, Any]] = Field(default_factory=dict)
    verdicts: list[dict[str, Any]] = Field(default_factory=list)
    pictures: dict[str, str] = Field(default_factory=dict)


class RunState(Written):
    """The part of a checkpoint that is of the run.

    Attributes:
        clock: its times.
        evaluations: those so far.
        final: what its end found; empty before.
        best: the best evaluation; None without one.
        row: rows of ``kind: train`` that were due so far.
        looked: rows of ``kind: look`` that were due so far.
        alarms: their state.
        record: bytes of ``metrics.jsonl``.
        record_sha256: of these bytes; None in older checkpoints.
        record_rows: lines in them; None in older checkpoints.
    """

    about: ClassVar[str] = "state of a run"

    clock: ClockState
    evaluations: list[Evaluation]
    final: FinalState
    best: FoundBest | None
    row: _Count
    looked: _Count
    alarms: AlarmsState
    record: _Count
    record_sha256: str | None = None
    record_rows: _Count | None = None


def game_values(found: Checkpoint) -> dict[str, Any]:
    """Return what a run's checkpoint holds of its game.

    Raises:
        CheckpointError: it holds none.
    """
    return _object(found, "trainer")


def run_values(found: Checkpoint) -> tuple[RunState, dict[str, Any]]:
    """Return what a run's checkpoint holds of the run: as a model, and as it was written.

    Raises:
        CheckpointError: a value is missing, or of a wrong type.
    """
    values = _object(found, "run")
    try:
        return RunState.parse(values, "its part 'run'"), values
    except DataError as error:
        raise CheckpointError(str(error)) from error


def _object(found: Checkpoint, name: str) -> dict[str, Any]:
    value = found.values.get(name)
    if not isinstance(value, dict):
        raise CheckpointError(f"it lacks {name!r}, a part of every run's checkpoint")
    return value
