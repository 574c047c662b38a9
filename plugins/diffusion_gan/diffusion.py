"""A diffusion of few steps: what is noised, and what lies between two of its members."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganzoo.errors import RecipeError
from ganzoo.layers import require_positive
from ganzoo.samples import along

BEGINS = 1e-3  # of the time at which the first step begins, since the schedule has no noise at 0


class Diffusion(nn.Module):
    """``q(x_t | x_{t-1}) = N(sqrt(1 - beta_t) x_{t-1}, beta_t)``, t = 1, ..., T, and its posterior.

    A step is counted by the cleaner of its two samples: step ``s`` leads from ``x_{s+1}`` to ``x_s``, ``s = 0, ..., T -
    1``. With the variance-preserving schedule ``abar(u) = exp(-u^2 (beta_max - beta_min) / 2 - u beta_min)`` of a time
    ``u`` in [0.001, 1], beta of step ``s`` is ``1 - abar(u_{s+1}) / abar(u_s)``.

    Source: arXiv:2112.07804, eq. 1 and 4 and the appendix on the variance schedule; posterior of arXiv:2006.11239, eq.
        6 and 7. Of x_0 the authors' code has one more noise of variance 1e-8, which is left out.

    Args:
        steps: T.
        beta_min: 0.1 in the paper.
        beta_max: 20 in the paper.

    Attributes:
        signal, noise: ``(T + 1,)``; x_t is ``signal[t] x_0 + noise[t] e``.
        keeps, adds: ``(T,)``; x_{s+1} is ``keeps[s] x_s + adds[s] e``.
        of_clean, of_noisy, std: ``(T,)``; given x_0 and x_{s+1}, x_s has the mean ``of_clean[s] x_0 + of_noisy[s]
            x_{s+1}`` and the standard deviation ``std[s]``.

    Raises:
        RecipeError: a parameter is out of range.
    """

    signal: Tensor
    noise: Tensor
    keeps: Tensor
    adds: Tensor
    of_clean: Tensor
    of_noisy: Tensor
    std: Tensor

    def __init__(self, steps: int, beta_min: float = 0.1, beta_max: float = 20.0) -> None:
        super().__init__()
        require_positive(steps=steps)
        if not 0 < beta_min <= beta_max:
            raise RecipeError(f"beta_min is {beta_min!r} and beta_max {beta_max!r}: 0 < beta_min <= beta_max must hold")
        self.steps = steps
        time = BEGINS + (1 - BEGINS) * torch.arange(steps + 1, dtype=torch.float64) / steps
        log = -0.5 * time.square() * (beta_max - beta_min) - time * beta_min
        alpha = log.diff().exp()
        total = torch.cat([alpha.new_ones(1), alpha.cumprod(0)])
        before, after, beta = total[:-1], total[1:], 1 - alpha
        made = {"signal": total.sqrt(), "noise": (1 - total).sqrt(), "keeps": alpha.sqrt(), "adds": beta.sqrt()}
        made["of_clean"] = before.sqrt() * beta / (1 - after)
        made["of_noisy"] = alpha.sqrt() * (1 - before) / (1 - after)
        made["std"] = (beta * (1 - before) / (1 - after)).sqrt()
        for name, value in made.items():
            self.register_buffer(name, value.float(), persistent=False)

    def pair(self, x: Tensor, step: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Noise samples to the two ends of a step.

        Args:
            x: ``(B, ...)``, x_0.
            step: ``(B,)`` int64.
            rng: of the noise, on the device.

        Returns:
            x_s and x_{s+1}, ``(B, ...)`` each.
        """
        again, once = (torch.randn(x.shape, device=x.device, dtype=x.dtype, generator=rng) for _ in range(2))
        cleaner = along(self.signal[step], x) * x + along(self.noise[step], x) * once
        return cleaner, along(self.keeps[step], x) * cleaner + along(self.adds[step], x) * again

    def posterior(self, clean: Tensor, noisy: Tensor, step: Tensor, noise: Tensor) -> Tensor:
        """Draw x_s of ``q(x_s | x_{s+1}, x_0)``, ``(B, ...)``; of step 0 it is x_0 itself.

        Args:
            clean: x_0.
            noisy: x_{s+1}.
            step: ``(B,)`` int64.
            noise: standard normal, ``(B, ...)``.
        """
        mean = along(self.of_clean[step], clean) * clean + along(self.of_noisy[step], clean) * noisy
        return mean + along(self.std[step], clean) * noise
