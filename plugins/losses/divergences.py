"""The f-divergences, as a discriminator can estimate them.

With D_f(P, Q) = E_Q[f(p / q)], any T gives E_P[T] - E_Q[f*(T)] <= D_f, with equality at T = f'(p / q); f* is the
convex conjugate of f (arXiv:1606.00709, eq. 4 and 5). T is an activation of the logits, T = g_f(v), that keeps it
where f* is finite and rises with v, so that higher logits mean real.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import softplus

LIMIT = 20.0  # largest exponent


def bounded_exp(x: Tensor) -> Tensor:
    """e^x where x is at most ``LIMIT``, and the tangent at ``LIMIT`` beyond.

    The exponentials below stand for a ratio of densities or its inverse: e^20, half a billion, is never reached but by
    a discriminator that runs away, whose loss and slope so stay finite.
    """
    return x.clamp(max=LIMIT).exp() * (1 + (x - LIMIT).clamp(min=0))


@dataclass(frozen=True)
class Divergence:
    """Functions of the logits v of a discriminator.

    Attributes:
        output: T = g_f(v).
        conjugate: f*(g_f(v)), simplified, so that no logit is too large.
    """

    output: Callable[[Tensor], Tensor]
    conjugate: Callable[[Tensor], Tensor]


# Source: arXiv:1606.00709, tables 1 and 2, and their long forms in the appendix. Behind each: f(u), the divergence of
# densities p (real) and q (fake) that it stands for, and f*(t) before g_f is put in.
DIVERGENCES = {
    # u log u; E_p[log(p / q)]; e^(t - 1)
    "kl": Divergence(lambda v: v, lambda v: bounded_exp(v - 1)),
    # -log u; E_q[log(q / p)]; -1 - log(-t)
    "reverse-kl": Divergence(lambda v: -bounded_exp(-v), lambda v: v - 1),
    # (u - 1)^2; the integral of (p - q)^2 / q; t^2 / 4 + t, as in the table, also below t = -2, where it is -1
    "pearson": Divergence(lambda v: v, lambda v: v.square() / 4 + v),
    # (1 - u)^2 / u; the integral of (p - q)^2 / p; 2 - 2 sqrt(1 - t)
    "neyman": Divergence(lambda v: 1 - bounded_exp(-v), lambda v: 2 - 2 * bounded_exp(-v / 2)),
    # (sqrt(u) - 1)^2; the integral of (sqrt(p) - sqrt(q))^2; t / (1 - t)
    "hellinger": Divergence(lambda v: 1 - bounded_exp(-v), lambda v: bounded_exp(v) - 1),
    # u log u - (u + 1) log((u + 1) / 2); KL of p from the mixture plus KL of q from it; -log(2 - e^t)
    "jensen-shannon": Divergence(
        lambda v: math.log(2) - softplus(-v),
        lambda v: softplus(v) - math.log(2),
    ),
    # |u - 1| / 2; half the integral of |p - q|; t, for |t| <= 1/2
    "total-variation": Divergence(lambda v: torch.tanh(v) / 2, lambda v: torch.tanh(v) / 2),
}
