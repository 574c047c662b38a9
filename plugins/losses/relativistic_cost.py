"""Costs of the margin between two verdicts."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor
from torch.nn.functional import relu, softplus

# Of the margin t by which the one that should be higher is higher.
COSTS: dict[str, Callable[[Tensor], Tensor]] = {
    "logistic": lambda t: softplus(-t),  # -log sigmoid(t)
    "least-squares": lambda t: (t - 1).square(),
    "hinge": lambda t: relu(1 - t),
}
