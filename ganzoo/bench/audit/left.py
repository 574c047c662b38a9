"""All that a run left in its folder, read for an audit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from torch import Tensor

from ...errors import CheckpointError, GanzooError
from ...training.checkpoints.checkpoint import whole
from ..results.bench_files.bench_results import BenchResults
from ..results.run_files.environment import Environment
from ..results.run_files.history import ENVIRONMENT as ENVIRONMENT
from ..results.run_files.record import RECORD, EvaluationRow, read_record
from ..results.run_files.result import RESULT, RunResult
from ..results.run_files.spec import RunSpec
from ..results.run_files.spec_parts import HeldRun
from ..results.stored import read_object, read_stored

T = TypeVar("T")
CHECKPOINTS = "checkpoints"


@dataclass(frozen=True)
class Left:
    """The files of a run, each read when it is first asked for.

    Attributes:
        folder: of the run.
        bench: the results of the bench that has gathered the run; None where none has.
        row: what they have of the run.
        problems: a sentence for each file that is there and cannot be read, by its name.
    """

    folder: Path
    bench: BenchResults | None = None
    row: RunResult | None = None
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def elsewhere(self) -> bool:
        """True of a run of a joined bench, which has no more than its row and pictures."""
        return self.bench is not None and bool(self.bench.joined) and not (self.folder / "run.json").is_file()

    @cached_property
    def spec(self) -> RunSpec | None:
        """``run.json``."""
        return self._read("run.json", lambda: RunSpec.read(self.folder))

    @cached_property
    def key(self) -> str | None:
        """The key of the run in ``run.json``."""
        found = self._read("run.json", lambda: read_object(HeldRun, self.folder / "run.json"))
        return found.key if found is not None else None

    @cached_property
    def result(self) -> RunResult | None:
        """``result.json``."""
        return self._read(RESULT, lambda: read_stored(RunResult, self.folder / RESULT))

    @cached_property
    def environment(self) -> Environment | None:
        """``environment.json``."""
        return self._read(ENVIRONMENT, lambda: read_object(Environment, self.folder / ENVIRONMENT))

    @cached_property
    def evaluations(self) -> list[dict[str, Any]] | None:
        """The evaluations in the record, as a result has them."""
        rows = self._read(RECORD, lambda: read_record(self.folder / RECORD))
        if rows is None:
            return None
        found = [row.to_json() for row in rows if isinstance(row, EvaluationRow)]
        return [{key: value for key, value in row.items() if key not in ("kind", "step")} for row in found]

    @cached_property
    def checkpoint(self) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
        """Tensors and values of the newest checkpoint; an older one says nothing of the run's end."""
        return self._read(CHECKPOINTS, lambda: _last(self.folder / CHECKPOINTS))

    def _read(self, name: str, read: Callable[[], T | None]) -> T | None:
        """Return what is in a file; None where there is none, or where it cannot be read."""
        if not (self.folder / name).exists():
            return None
        try:
            return read()
        except GanzooError as error:
            self.problems[name] = str(error)
            return None


def _last(folder: Path) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
    damaged: dict[Path, str] = {}
    found = next(whole(folder, damaged), None)
    if damaged:
        path, why = next(iter(damaged.items()))
        raise CheckpointError(f"the last checkpoint, {path.name}, cannot be read: {why}")
    return (found.tensors, found.values) if found is not None else None
