"""The generator of a run's best evaluation, evaluated again with fresh noise.

The best of several noisy numbers is better than what it stands for: of ten evaluations by about one and a half of
their standard deviations. So what was best is only a choice; its number is taken anew.
"""

from typing import Any

import torch
from torch import Tensor

from ....metrics import MetricColumn
from ..session import TrainingSession

FRESH = 2  # the stream of evaluation noise that no choice was made by


class Best:
    """Keeps the generator that was evaluated best by one metric.

    Args:
        column: of the metric.

    Attributes:
        found: ``kimg`` and ``metrics`` of the best evaluation so far; None before the first.
    """

    def __init__(self, column: MetricColumn) -> None:
        self.key = column.key
        self._sign = 1 if column.better == "lower" else -1
        self.found: dict[str, Any] | None = None
        self._held: dict[str, Tensor] = {}

    def look(self, session: TrainingSession, row: dict[str, Any]) -> None:
        """Keep the generator as it stands if its evaluation, ``row``, is the best so far."""
        value = self._sign * row["metrics"][self.key]
        if self.found is not None and value >= self._sign * self.found["metrics"][self.key]:
            return
        self.found = {"kimg": row["kimg"], "metrics": row["metrics"]}
        self._held = {name: held.detach().clone() for name, held in session.trainer.average.model.state_dict().items()}

    def evaluated_again(self, session: TrainingSession, samples: int) -> dict[str, Any] | None:
        """Evaluate the best generator with fresh noise; the run's own generator is left as it was.

        Returns:
            ``metric``, by which it was chosen; ``kimg``; ``optimistic``, the numbers that it was chosen by; and
            ``metrics``, those of fresh noise. None where nothing was evaluated.
        """
        if self.found is None:
            return None
        model = session.trainer.average.model
        own = {name: held.detach().clone() for name, held in model.state_dict().items()}
        try:
            _put(model, self._held)
            metrics = session.score(samples, noise=FRESH)
        finally:
            _put(model, own)
        return {
            "metric": self.key,
            "kimg": self.found["kimg"],
            "optimistic": self.found["metrics"],
            "metrics": metrics,
        }

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any] | None]:
        """For a checkpoint: tensors by name, and plain values."""
        return {f"best.{name}": held for name, held in self._held.items()}, self.found

    def load_state(self, tensors: dict[str, Tensor], found: dict[str, Any] | None) -> None:
        """Go on from ``state()``; of a checkpoint's tensors it takes its own."""
        self.found = found
        self._held = {name.removeprefix("best."): held for name, held in tensors.items() if name.startswith("best.")}


@torch.no_grad()
def _put(model: torch.nn.Module, held: dict[str, Tensor]) -> None:
    """In place, so that what a GPU replays still finds its weights where they were."""
    for name, tensor in model.state_dict().items():
        tensor.copy_(held[name])
