"""Steps in fp16 that are skipped where a gradient overflowed, without a wait for the device."""

from typing import Any

import torch
from torch import Tensor

from ...backend.internals import FoundInf, foreach_add_, foreach_mul, foreach_mul_, takes_found_inf

# Entries of an optimizer's state that move even where all gradients are 0: the steps, and NAdam's product of momenta.
BEGINNINGS = {"step": 0, "mu_product": 1}


class SkippedOnOverflow(FoundInf):
    """An optimizer that lets ``GradScaler`` leave the decision to the device, as torch's fused optimizers do.

    For any other optimizer ``GradScaler.step`` reads on the host whether a gradient overflowed, which no captured step
    can do. Here the optimizer steps in any case, and what it changed is put back where one did. State that is made in
    just such a step is that of gradients of zeros, and what counts steps in it is set to its beginning; ASGD's rate
    alone is one step on.

    Args:
        optimizer: steps by ``step()`` alone, and keeps tensors in its state.
    """

    def __init__(self, optimizer: torch.optim.Optimizer) -> None:
        self.optimizer = optimizer

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """Those of the optimizer, which ``GradScaler.unscale_`` reads."""
        return self.optimizer.param_groups

    @torch.no_grad()
    def step(self) -> None:
        """Step, or change nothing; the gradients must be unscaled."""
        if self.grad_scale is not None:
            raise ValueError("gradients have to be unscaled by GradScaler.unscale_ first")
        weights = [w for group in self.param_groups for w in group["params"] if w.grad is not None]
        if not weights:
            return
        made_before = self._state().keys()
        held = [*weights, *self._state().values()]
        was = list(foreach_mul(held, 1))
        if not all(self.optimizer.state.get(weight) for weight in weights):
            for weight in weights:  # or their decay had a part in the state that is made
                weight.masked_fill_(self._overflowed(weight).bool(), 0)
        for weight in weights:
            weight.grad.masked_fill_(self._overflowed(weight).bool(), 0)  # so that nothing becomes other than a number
        self.optimizer.step()
        self._put_back(held, was)
        for (number, key), count in self._state().items():
            if key in BEGINNINGS and (number, key) not in made_before:
                count.masked_fill_(self._overflowed(count).bool(), BEGINNINGS[key])

    def _put_back(self, held: list[Tensor], was: list[Tensor]) -> None:
        for device in {tensor.device for tensor in held}:
            now = [t for t in held if t.device == device]
            then = [t for t in was if t.device == device]
            overflowed = self._overflowed(now[0])
            foreach_mul_(now, 1 - overflowed)
            foreach_mul_(then, overflowed)
            foreach_add_(now, then)

    def _overflowed(self, like: Tensor) -> Tensor:
        """Return a scalar of 1 or 0, where ``like`` lies."""
        return self.found_inf.to(like.device).ne(0).float().view(())

    def _state(self) -> dict[tuple[int, str], Tensor]:
        return {
            (number, key): value
            for number, held in enumerate(self.optimizer.state.values())
            for key, value in held.items()
            if isinstance(value, Tensor)
        }


def for_scaler(optimizer: torch.optim.Optimizer) -> Any:
    """Return what ``GradScaler`` is given of an optimizer."""
    return optimizer if takes_found_inf(optimizer) else SkippedOnOverflow(optimizer)
