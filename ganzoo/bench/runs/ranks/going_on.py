"""The newest checkpoint that fits, taken up by every rank of a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ....errors import CheckpointError, SetupError
from ....layers.whole_batch import Ranks
from ....training import Trainer
from ....training.checkpoints.checkpoint import Checkpoint, newest_that
from ....training.checkpoints.fit import require_tensors
from ....training.checkpoints.state import require_state
from ...results.run_files.record import RECORD, evaluations_in, mend, misfit
from ..keeping.run_state import RunState, game_values, run_values


@dataclass(frozen=True)
class Resumed:
    """A checkpoint that a run goes on from.

    Attributes:
        tensors: the state's.
        run: plain values of the run.
        state: the same as a model.
        torn: whether no checkpoint fits the record, so that rows of it are lost.
        told: a sentence on each checkpoint that was passed over.
    """

    tensors: dict[str, Tensor]
    run: dict[str, Any]
    state: RunState
    torn: bool
    told: tuple[str, ...] = ()


def go_on(trainer: Trainer, folder: Path, ranks: Ranks | None) -> Resumed | None:
    """Let a trainer go on from the newest checkpoint of a run's folder that fits; None where there is none.

    It has to fit the game, and the run's record has to begin with the rows that the checkpoint counts on. Where no
    checkpoint fits the record, the newest that fits the game is taken.

    Raises:
        CheckpointError: there are checkpoints, and none fits.
        SetupError: the ranks of the run do not find the same one.
    """
    found = _newest(trainer, folder)
    if ranks is not None:
        steps = ranks.stacked(torch.tensor([trainer.steps], device=trainer.device)).flatten().tolist()
        if len(set(steps)) > 1:
            raise SetupError(f"the ranks of the run do not find the same checkpoint in {folder}: they are at {steps}")
    return found


def _newest(trainer: Trainer, folder: Path) -> Resumed | None:
    without_rows: list[Path] = []
    told: list[str] = []

    def fits_record(found: Checkpoint, state: RunState) -> None:
        if (why := misfit(folder / RECORD, state.record, state.record_sha256)) is not None:
            without_rows.append(found.path)
            raise CheckpointError(why)
        if (rows := evaluations_in(folder / RECORD, state.record) if state.record else 0) != len(state.evaluations):
            raise CheckpointError(f"it has {len(state.evaluations)} evaluations, and {RECORD} has {rows} up to there")

    try:
        found = newest_that(folder / "checkpoints", lambda found: _taken(trainer, found, fits_record), told.append)
    except CheckpointError:
        if not without_rows:
            raise
        found = newest_that(folder / "checkpoints", lambda found: _taken(trainer, found, None), told.append)
    return None if found is None else replace(found, told=tuple(told))


def _taken(trainer: Trainer, found: Checkpoint, fits: Callable[[Checkpoint, RunState], None] | None) -> Resumed:
    state, run = run_values(found)
    game = game_values(found)
    require_state(trainer, found.tensors, game)
    if state.best is not None:
        best = {f"best.{name}": held for name, held in trainer.average.model.state_dict().items()}
        require_tensors(best, found.tensors, "the best generator so far")
    if fits is not None:
        fits(found, state)
    trainer.load_state(found.tensors, game)
    return Resumed(found.tensors, run, state, torn=fits is None)


def mended(found: Resumed, folder: Path, step: int) -> list[str]:
    """Leave of a record that lost rows those that can be read; gives the sentence that says so, none for a whole one.

    Args:
        found: the checkpoint.
        folder: of the run.
        step: of the checkpoint.
    """
    if not found.torn:
        return []
    kept, rows = mend(folder / RECORD, found.state.record), found.state.record_rows
    of = f"{kept:,} rows" if rows is None else f"{kept:,} of the {rows:,} rows"
    written = f"that were written up to step {step}, from which the run goes on"
    return [f"{folder / RECORD} has {of} {written}; the others are lost"]
