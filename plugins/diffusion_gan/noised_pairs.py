"""The game of a denoising diffusion GAN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator, Generator, Regularizer, Turn
from ganzoo.samples import detached

from .denoiser import Denoiser
from .step_critic import StepCritic


class NoisedPairs(Regularizer):
    """In place of real samples both players see neighbours of a diffusion.

    For each real sample x_0 a step ``s`` is drawn, and x_s and x_{s+1} of the diffusion. Then x_s is the real sample,
    and x_{s+1} and ``s`` are the condition, of the fake as well, so that the generator makes an x_s of it. Every turn
    draws its own. A recipe names it before whatever looks at real samples.

    Source: arXiv:2112.07804, eq. 5 and 6.

    Raises:
        RecipeError: the players are not those of steps.
    """

    def __init__(self) -> None:
        super().__init__()
        self.steps = 0

    def prepare(self, G: Generator, D: Discriminator) -> None:
        """See that both players know steps."""
        if not (isinstance(G, Denoiser) and isinstance(D, StepCritic)):
            raise RecipeError(
                "regularizer 'noised-pairs' needs players that are told of steps: take generator=denoiser and "
                "discriminator=step-critic, or leave it out"
            )
        self.steps = G.diffusion.steps

    @torch.no_grad()
    def recast(self, turn: Turn) -> Turn:
        """Noise the real samples, and let the fakes be made of what is noisier."""
        label: Any = turn.y
        if isinstance(label, Mapping):  # both players move from one look, which was recast already
            return turn
        real = detached(turn.real)
        step = torch.randint(self.steps, (len(real),), device=real.device, generator=turn.rng)
        G: Any = turn.G
        cleaner, noisier = G.diffusion.pair(real, step, turn.rng)
        y = {"noisy": noisier, "step": step} | ({} if label is None else {"label": label})
        return turn.replace(real=cleaner, y=y, y_fake=y)
