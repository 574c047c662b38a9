"""Features of two sets of images by formula, for metrics of quality."""

from typing import Any

import torch
from torch import Tensor

from ..formula import spread, uniform

REAL, FAKE, DIM = 300, 260, 12


def features() -> tuple[Tensor, Tensor]:
    """Give real and generated features, ``(300, 12)`` and ``(260, 12)``: correlated, and of other means and spreads."""
    mixing = spread("mixing", (DIM, DIM), std=DIM**-0.5) + torch.eye(DIM, dtype=torch.float64)
    real, fake = spread("real", (REAL, DIM)), spread("fake", (FAKE, DIM), std=0.9) + 0.15 * uniform("shift", (DIM,))
    return real @ mixing, fake @ mixing


def doubled() -> tuple[Tensor, Tensor]:
    """Give the same, of which the first 40 rows stand three times in the real ones, and the first 30 in both."""
    real, fake = features()
    return torch.cat([real, real[:40], real[:40]]), torch.cat([fake, real[:30], real[:30]])


def scalar(value: Any) -> Tensor:
    """Give a number as a tensor in double precision."""
    return torch.as_tensor(float(value), dtype=torch.float64)


def compared(metric: Any, fake: Tensor, real: Tensor) -> Tensor:
    """Give what a metric of ours says of two sets of features."""
    return scalar(metric.compare(metric.summarise({"features": fake}), metric.summarise({"features": real})))
