"""Latents moved towards a better verdict."""

from __future__ import annotations

import torch
from torch import Tensor

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Regularizer, Turn
from ganzoo.layers import input_gradient, per_sample, require_at_least, require_choice


class LatentOptimisation(Regularizer):
    """Latents take one step uphill on the discriminator's verdict, and both players play with the latents they reach.

    With g the gradient of D(G(z)) in z, the step is alpha g / (beta + ||g||^2) (``natural``: the natural gradient of
    the empirical Fisher matrix, damped by beta) or alpha g (``plain``). Both players are differentiated through
    it, and both pay ``weight`` E[||z' - z||^2]. A coordinate does not leave [-1, 1], where a uniform prior has all
    of them; one that another prior drew outside does not go further out.

    Source: arXiv:1912.00953, algorithm 1, with gradient descent (``plain``) or natural gradient descent (``natural``).
    Departs: a recipe with ``share_fakes`` moves the latents in the discriminator's turn, and what they became is
        all that the generator's turn knows of it: there, neither the step nor its length is differentiated.

    Args:
        weight: of the squared length of the step, w_r in the paper.
        alpha: length of the step.
        beta: damping of the natural gradient.
        share: with what probability a coordinate of a latent moves, drawn anew for each.
        gradient: ``natural`` or ``plain``.
        clip: whether coordinates stay in [-1, 1].

    Raises:
        RecipeError: a parameter is out of range.
    """

    reads = frozenset({"logits"})
    second_order = True

    def __init__(
        self,
        weight: float = 300.0,
        alpha: float = 0.9,
        beta: float = 5.0,
        share: float = 0.8,
        gradient: str = "natural",
        clip: bool = True,
    ) -> None:
        super().__init__(weight)
        require_at_least(0, alpha=alpha, beta=beta, share=share)
        require_choice(("natural", "plain"), gradient=gradient)
        if share > 1:
            raise RecipeError(f"share is {share!r}, and must be a number of at most 1")
        if gradient == "natural" and beta == 0:
            raise RecipeError("beta is 0, and a natural gradient without damping is not defined where a slope is 0")
        self.alpha, self.beta, self.share, self.gradient, self.clip = alpha, beta, share, gradient, clip
        self._moved = False  # in the discriminator's turn, for the generator's that plays on with its fakes
        self._step: Tensor | None = None

    def recast(self, turn: Turn) -> Turn:
        """Give the turn with the latents that the step leads to."""
        if turn.player == "G" and (turn.live or self._moved):
            self._moved = False
            if not turn.live:
                self._step = None
            return turn
        z, step = self._moved_from(turn)
        self._step, self._moved = step, turn.player == "D" and turn.keeps_graph
        moved = z + step
        if self._moved:  # the discriminator moves before the generator looks back
            return turn.replace(z=moved.detach())
        if turn.player == "G" or turn.live:
            return turn.replace(z=moved)
        return turn.replace(z=moved, fake=turn.G(moved, turn.y_fake))

    def _moved_from(self, turn: Turn) -> tuple[Tensor, Tensor]:
        """Give the latents before the step, and the step, ``(B, z_dim)``."""
        z = turn.z.detach().requires_grad_()
        verdict = turn.replace(D=turn.dealt_D).judge(turn.G(z, turn.y_fake), turn.y_fake)["logits"]
        g = input_gradient(per_sample(verdict), z)
        step = self.alpha * g
        if self.gradient == "natural":
            step = step / (self.beta + g.square().sum(dim=1, keepdim=True))
        if self.share < 1:
            chance = torch.rand(z.shape, dtype=z.dtype, device=z.device, generator=turn.rng)
            step = step * (chance < self.share)
        z = z.detach()
        if self.clip:
            step = torch.clamp(z + step, min=z.clamp(max=-1), max=z.clamp(min=1)) - z
        return z, step

    def d_penalty(self, turn: Turn) -> Tensor | None:
        """E[||z' - z||^2], a scalar of at least 0."""
        return self._length()

    def g_penalty(self, turn: Turn) -> Tensor | None:
        """E[||z' - z||^2], a scalar of at least 0; None where the generator plays on with given fakes."""
        return self._length()

    def _length(self) -> Tensor | None:
        return None if self._step is None else self._step.square().sum(dim=1).mean()

    def after_step(self, turn: Turn) -> None:
        """Let go of the step and its graph."""
        if turn.player == "G" or not turn.live:
            self._step = None
