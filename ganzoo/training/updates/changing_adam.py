"""Adam whose betas change over a run."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from ...backend.internals import foreach_add, foreach_add_, foreach_div_, foreach_mul, foreach_mul_, foreach_sqrt
from ...backend.wide import widest


class ChangingAdam(torch.optim.Optimizer):
    """Adam, or AdamW, with betas that are numbers on the device.

    Each step is that of torch's Adam whose betas were set before it: the moments move by the present betas, and the
    corrections of their bias take the present betas to the power of all steps, as the authors of R3GAN play it.
    Torch's own reads betas on the host, so that a step that is captured once could not be replayed with others.

    Source: arXiv:1412.6980, alg. 1; arXiv:1711.05101, alg. 2 (AdamW).

    Args:
        params: the weights; or groups of them, each with an ``lr`` of its own.
        lr: learning rate, a number or a 0-dim tensor on their device.
        betas: of the mean and of the mean square, likewise; tensors are of float64.
        eps: added to the root of the mean square.
        weight_decay: times the weights; added to their gradients, or with ``decoupled`` taken off them.
        decoupled: AdamW.
    """

    def __init__(
        self,
        params: Iterable[nn.Parameter] | Iterable[dict[str, Any]],
        lr: float | Tensor,
        betas: Iterable[float | Tensor],
        *,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        decoupled: bool = False,
    ) -> None:
        weights: list[Any] = list(params)
        device = (weights[0]["params"][0] if isinstance(weights[0], dict) else weights[0]).device
        on_device = tuple(torch.as_tensor(beta, dtype=widest(device), device=device) for beta in betas)
        defaults = {"lr": lr, "betas": on_device, "eps": eps, "weight_decay": weight_decay}
        super().__init__(weights, {**defaults, "decoupled": decoupled, "capturable": True})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Move the weights that have a gradient."""
        for group in self.param_groups:
            alike: dict[torch.dtype, list[Tensor]] = defaultdict(list)
            for weight in group["params"]:
                if weight.grad is not None:
                    alike[weight.dtype].append(weight)
            for weights in alike.values():
                self._move(weights, group)

    def _held(self, weights: list[Tensor], name: str) -> list[Tensor]:
        for weight in weights:
            if name not in self.state[weight]:
                made = torch.zeros((), device=weight.device) if name == "step" else torch.zeros_like(weight)
                self.state[weight][name] = made.detach()
        return [self.state[weight][name] for weight in weights]

    def _move(self, weights: list[Tensor], group: dict[str, Any]) -> None:
        lr, decay = group["lr"], group["weight_decay"]
        grads = [weight.grad for weight in weights if weight.grad is not None]
        steps, means, squares = (self._held(weights, name) for name in ("step", "exp_avg", "exp_avg_sq"))
        foreach_add_(steps, 1)
        if decay and group["decoupled"]:
            exact = lr.to(widest(lr.device)) if isinstance(lr, Tensor) else torch.tensor(lr, dtype=torch.float64)
            foreach_mul_(weights, (1 - exact * decay).to(weights[0]))
        elif decay:
            grads = list(foreach_add(grads, weights, alpha=decay))
        first, second = group["betas"]
        _follow(means, grads, first)
        _follow(squares, list(foreach_mul(grads, grads)), second)
        taken = torch.stack(steps).to(first.dtype)
        roots = list(foreach_sqrt(squares))
        foreach_mul_(roots, _each((1 - second**taken).rsqrt(), roots))
        foreach_add_(roots, group["eps"])
        moves = list(foreach_mul(means, _each(-lr / (1 - first**taken), means)))
        foreach_div_(moves, roots)
        foreach_add_(weights, moves)


def _follow(means: list[Tensor], values: list[Tensor], beta: Tensor) -> None:
    """Let running means follow values: ``beta * mean + (1 - beta) * value``."""
    dtype = means[0].dtype
    foreach_mul_(means, beta.to(dtype))
    foreach_add_(means, foreach_mul(values, (1 - beta).to(dtype)))


def _each(numbers: Tensor, like: list[Tensor]) -> Any:
    """Return the entries of a vector, one for each of some tensors, in their precision."""
    return list(numbers.to(like[0].dtype).unbind())
