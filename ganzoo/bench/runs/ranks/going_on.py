"""The newest checkpoint, taken up by every rank of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ....errors import SetupError
from ....layers.whole_batch import Ranks
from ....training import Trainer
from ....training.checkpoint import newest


def go_on(trainer: Trainer, folder: Path, ranks: Ranks | None) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
    """Let a trainer go on from the newest checkpoint of a run's folder; gives its content, None where there is none.

    Raises:
        SetupError: the ranks of the run do not find the same one.
    """
    found = newest(folder / "checkpoints")
    if found is not None:
        trainer.load_state(found[0], found[1]["trainer"])
    if ranks is not None:
        steps = ranks.stacked(torch.tensor([trainer.steps], device=trainer.device)).flatten().tolist()
        if len(set(steps)) > 1:
            raise SetupError(f"the ranks of the run do not find the same checkpoint in {folder}: they are at {steps}")
    return found
