"""The squared gradients of both players."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from ganzoo.interfaces import Discriminator, Generator, Loss, Regularizer, Turn
from ganzoo.layers import FunctionalDiscriminator, batch_mean


class BothLosses(nn.Module):
    """Both losses as a module, whose state a functional call can replace."""

    def __init__(self, loss: Loss) -> None:
        super().__init__()
        self.loss = loss

    def forward(self, turn: Turn) -> tuple[Tensor, Tensor]:
        """Give the generator's and the discriminator's loss, scalars."""
        return turn.g_loss(), turn.d_loss()


def _copies(module: nn.Module, frozen: set[int]) -> dict[str, Tensor]:
    learning = {name: weight for name, weight in module.named_parameters() if id(weight) not in frozen}
    return {name: weight.detach().clone().requires_grad_() for name, weight in learning.items()}


def _buffers(module: nn.Module) -> dict[str, Tensor]:
    return {name: buffer.clone() for name, buffer in module.named_buffers()}


def _moving(module: nn.Module) -> list[Tensor]:
    return [weight for weight in module.parameters() if weight.requires_grad]


def _squared(loss: Tensor, weights: list[Tensor]) -> Tensor:
    """Give the squared length of a loss's gradient."""
    if not (weights and loss.requires_grad):
        return torch.zeros_like(loss)
    gradients = torch.autograd.grad(loss, weights, create_graph=True, allow_unused=True)
    return sum((batch_mean(g).square().sum() for g in gradients if g is not None), start=torch.zeros_like(loss))


class Consensus(Regularizer):
    """Half the squared length of v, the gradients of both players' losses in their own weights, for both players.

    Where plain descent circles round an equilibrium, this pulls both players into it: its gradient is J^T v with J
    the Jacobian of v. Both players descend the same number: each flattens the other's slope beside its own.

    Source: arXiv:1705.10461, algorithm 2.
    Departs: the paper moves both players at once, as a recipe with ``order: simultaneous`` does; in alternating
        turns each player descends its part of the gradient, on the batch of its own turn. Penalties of other
        regularizers are no part of v; latents that a term moved, and a discriminator that a term unrolled, count as
        given there.

    Args:
        weight: gamma in the paper.
        every: take it once in so many turns, so many times as strong.
    """

    second_order = True
    through_loss = True
    samples = "gathered"

    def __init__(self, weight: float = 10.0, every: int = 1) -> None:
        super().__init__(weight, every)
        self._seen: tuple[dict[str, Tensor], dict[str, Tensor], Tensor] | None = None
        self._frozen: set[int] = set()

    def prepare(self, G: Generator, D: Discriminator) -> None:
        """Note which weights do not learn: in the other player's turn none of them seems to."""
        self._frozen = {id(weight) for player in (G, D) for weight in player.parameters() if not weight.requires_grad}

    def d_penalty(self, turn: Turn) -> Tensor:
        """||v||^2 / 2, a scalar of at least 0."""
        half = self._half(turn)
        self._seen = (turn.on_real, turn.on_fake, half) if turn.live else None
        return half

    def g_penalty(self, turn: Turn) -> Tensor:
        """||v||^2 / 2, a scalar of at least 0."""
        seen, self._seen = self._seen, None
        if seen is not None and turn.on_real is seen[0] and turn.on_fake is seen[1]:
            return seen[2]
        return self._half(turn)

    def _half(self, turn: Turn) -> Tensor:
        if turn.live and turn.D is turn.dealt_D and not turn.z.requires_grad:
            return self._of(turn, _moving(turn.G), _moving(turn.D))
        # A player whose turn it is not has resting weights: copies stand in for them.
        g_copies = {} if turn.live or turn.player == "G" else _copies(turn.G, self._frozen)
        d_copies = {} if turn.live or turn.player == "D" else _copies(turn.dealt_D, self._frozen)
        replaced: dict[str, Any] = {"D": FunctionalDiscriminator(turn.dealt_D, d_copies), "fake": turn.fake}
        if g_copies or turn.z.requires_grad:
            replaced["fake"] = functional_call(turn.G, g_copies | _buffers(turn.G), (turn.z.detach(), turn.y_fake))
        if not d_copies and turn.D is turn.dealt_D:
            replaced["on_real"] = turn.on_real
        g_weights = list(g_copies.values()) or _moving(turn.G)
        return self._of(turn.replace(**replaced), g_weights, list(d_copies.values()) or _moving(turn.dealt_D))

    def _of(self, turn: Turn, g_weights: list[Tensor], d_weights: list[Tensor]) -> Tensor:
        state = {name: buffer.clone() for name, buffer in turn.loss.named_buffers(prefix="loss")}
        g_loss, d_loss = functional_call(BothLosses(turn.loss), state, (turn,))
        return 0.5 * (_squared(g_loss, g_weights) + _squared(d_loss, d_weights))
