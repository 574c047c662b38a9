"""The generator of CTGAN."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganzoo.layers import require_positive

from .one_hot import one_hot
from .scored_generator import ScoredGenerator
from .spans import Spans, split
from .spans import width as width_of


class TableGenerator(ScoredGenerator):
    """Residual dense layers to a row: tanh for a value, Gumbel-softmax for a mode or a choice.

    A layer's output is joined with what it reads. A mode or choice is a draw: softmax((scores + g) / tau), with g from
    a Gumbel distribution; its argmax is a draw by the scores' softmax, and is what is judged.

    Source: arXiv:1907.00503, sec. 4.4; arXiv:1611.01144, eq. 2.

    Args:
        spans: what lies side by side in a row.
        num_classes: how many values a condition counts; 0 for none.
        z_dim: length of a latent.
        width: units of each layer.
        depth: how many layers there are.
        tau: the paper's temperature, 0.2.

    Raises:
        RecipeError: a parameter is out of range.
    """

    def __init__(
        self,
        *,
        spans: Spans,
        num_classes: int,
        z_dim: int = 128,
        width: int = 256,
        depth: int = 2,
        tau: float = 0.2,
    ) -> None:
        super().__init__()
        require_positive(z_dim=z_dim, width=width, depth=depth)
        self.z_dim, self.spans, self.tau, self.conditions = z_dim, spans, tau, num_classes
        inputs = z_dim + num_classes
        sizes = [inputs + i * width for i in range(depth)]
        self.layers = nn.ModuleList(nn.Sequential(nn.Linear(k, width), nn.BatchNorm1d(width), nn.ReLU()) for k in sizes)
        self.head = nn.Linear(inputs + depth * width, width_of(spans))

    def scores(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """See ``ScoredGenerator.scores``."""
        x = z if y is None or not self.conditions else torch.cat([z, one_hot(y, self.conditions)], dim=1)
        for layer in self.layers:
            x = torch.cat([layer(x), x], dim=1)
        out: Tensor = self.head(x)
        return out

    def drawn(self, scores: Tensor) -> Tensor:
        """See ``ScoredGenerator.drawn``."""
        pieces = split(scores, self.spans)
        shaped = [torch.tanh(x) if sort == "value" else gumbel_softmax(x, self.tau) for sort, x in pieces]
        return torch.cat(shaped, dim=1)


def gumbel_softmax(scores: Tensor, tau: float) -> Tensor:
    """Return softmax((scores + g) / tau) over the last dimension, with g of a Gumbel distribution, and never NaN."""
    least = torch.finfo(torch.float32).tiny
    g = -torch.empty_like(scores, dtype=torch.float32).exponential_().clamp_min_(least).log()
    return torch.softmax((scores + g) / tau, dim=-1)
