"""The verdict at which a loss holds real and fake to be equally likely."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Tensor

from ganzoo.interfaces import Discriminator, Generator, Loss, Turn

_FARTHEST = 10.0  # verdicts that are tried lie between minus this and this
_STEPS = 401
_FINER = 20
_EQUAL = 1e-6  # of the loss, relative


def even_odds(loss: Loss, G: Generator, D: Discriminator, shape: Sequence[int]) -> float | None:
    """Find the one verdict on real and fake images alike that costs the discriminator least: that of even odds.

    It is 0 for cross-entropy and hinge, and half-way between the targets of least squares. Where the loss is least for
    several such verdicts it is the middle of them. A critic's loss looks at differences of verdicts alone, costs the
    same for all of them and implies no threshold.

    Args:
        loss: whose ``d_loss`` is tried; it is left as it is.
        G: not played.
        D: likewise.
        shape: of an image.

    Returns:
        None where the loss implies none: no verdict is best, the best is out of reach, or it looks at more than logits.
    """
    if "logits" not in loss.reads or loss.second_order:
        return None
    still = copy.deepcopy(loss).to("cpu", torch.float64)
    real = torch.zeros(2, *shape, dtype=torch.float64)

    def cost(verdicts: Tensor) -> Tensor:
        # Each on a copy of its own: a loss may count what it has seen.
        return torch.stack([_cost(copy.deepcopy(still), G, D, real, verdict) for verdict in verdicts])

    coarse = torch.linspace(-_FARTHEST, _FARTHEST, _STEPS, dtype=torch.float64)
    try:
        best = _cheapest(coarse, cost(coarse))
    except Exception:  # it asks for more than verdicts; a run that is done must not fail for that
        return None
    if best is None or best[0] == coarse[0] or best[-1] == coarse[-1]:
        return None
    if len(best) > 1:
        return _plain((best[0] + best[-1]) / 2)
    step = coarse[1] - coarse[0]
    fine = torch.linspace(float(best[0] - step), float(best[0] + step), 2 * _FINER + 1, dtype=torch.float64)
    found = _cheapest(fine, cost(fine))
    return None if found is None else _plain(found.mean())


def _plain(verdict: Tensor) -> float:
    return round(float(verdict), 6) + 0.0  # which makes 0 of -0


def _cheapest(verdicts: Tensor, costs: Tensor) -> Tensor | None:
    if not bool(costs.isfinite().all()):
        return None
    least = costs.min()
    return verdicts[costs <= least + _EQUAL * (1 + least.abs())]


def _cost(loss: Loss, G: Generator, D: Discriminator, real: Tensor, verdict: Tensor) -> Tensor:
    labels = torch.zeros(2, dtype=torch.int64)
    turn = Turn(
        "D",
        G,
        D,
        deal=lambda: (real, labels),
        draw_z=lambda: torch.zeros(2, G.z_dim),
        draw_y=lambda: labels,
        view=lambda x: x,
        loss=loss,
        rng=torch.Generator().manual_seed(0),
    )
    said = {"logits": verdict.expand(2)}
    return loss.d_loss(turn.replace(fake=real, on_real=said, on_fake=said)).detach()
