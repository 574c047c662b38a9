"""The generator's look at the discriminator's next steps."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.func import functional_call

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator, Generator, Loss, Regularizer, Turn
from ganzoo.layers import FunctionalDiscriminator, batch_mean, require_at_least


class DLoss(nn.Module):
    """The discriminator's loss as a module, whose state a functional call can replace."""

    def __init__(self, loss: Loss) -> None:
        super().__init__()
        self.loss = loss

    def forward(self, turn: Turn) -> Tensor:
        """Give the loss, a scalar."""
        return turn.d_loss()


class Unrolled(Regularizer):
    """In the generator's turn, the discriminator is the one that k more steps on this batch would lead to.

    The steps are gradient descent on the discriminator's loss; the generator is differentiated through them,
    and so it learns how the discriminator will answer. The discriminator itself, and the loss's state, stay.

    Source: arXiv:1611.02163, sec. 2.2.
    Departs: the steps are plain gradient descent, with momentum if wanted, as in the paper's equations; its
        experiments take the steps of Adam. They descend the loss without the penalties of regularizers.

    Args:
        k: how many steps; with 0 nothing is unrolled.
        lr: their learning rate, eta in the paper; a discriminator with batch normalisation is steep, and
            1e-4 can be too much for it.
        momentum: what is kept of the step before.

    Raises:
        RecipeError: a parameter is out of range.
    """

    through_loss = True
    samples = "gathered"

    def __init__(self, k: int = 5, lr: float = 2e-5, momentum: float = 0.0) -> None:
        super().__init__()
        if isinstance(k, bool) or not isinstance(k, int) or k < 0:
            raise RecipeError(f"k is {k!r}, and must be a whole number of at least 0")
        require_at_least(0, lr=lr, momentum=momentum)
        self.k, self.lr, self.momentum = k, lr, momentum
        self._frozen: set[int] = set()

    def prepare(self, G: Generator, D: Discriminator) -> None:
        """Note which weights of the discriminator do not learn: in the generator's turn none of them seems to."""
        self._frozen = {id(parameter) for parameter in D.parameters() if not parameter.requires_grad}

    def recast(self, turn: Turn) -> Turn:
        """Give the generator's turn with the unrolled discriminator."""
        if turn.player != "G" or self.k == 0:
            return turn
        # Read before the turn is copied, so that every step and the generator see the same batch.
        turn.real, turn.y, turn.fake, turn.y_fake  # noqa: B018
        weights = {
            name: parameter.detach().clone().requires_grad_()
            for name, parameter in turn.D.named_parameters()
            if id(parameter) not in self._frozen
        }
        speed = {name: torch.zeros_like(weight) for name, weight in weights.items()} if self.momentum else None
        d_loss, state = DLoss(turn.loss), dict(turn.loss.named_buffers(prefix="loss"))
        for _ in range(self.k):
            ahead = turn.replace(D=FunctionalDiscriminator(turn.D, weights))
            loss = functional_call(d_loss, {name: buffer.clone() for name, buffer in state.items()}, (ahead,))
            gradients = torch.autograd.grad(loss, list(weights.values()), create_graph=True, allow_unused=True)
            moves = {name: batch_mean(g) for name, g in zip(weights, gradients, strict=True) if g is not None}
            if speed is not None:
                moves = {name: self.momentum * speed[name] + g for name, g in moves.items()}
                speed |= moves
            weights = weights | {name: weights[name] - self.lr * move for name, move in moves.items()}
        return turn.replace(D=FunctionalDiscriminator(turn.D, weights))
