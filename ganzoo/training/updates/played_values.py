"""The values of a game that change over its run, such as a learning rate, as numbers on the device."""

from collections.abc import Callable, Collection, Mapping

import torch
from torch import Tensor

from ...backend.wide import widest
from ...recipes.changing import EMA, curves_of, decay_of
from ...recipes.recipe import Recipe
from ...recipes.schedules.curve import Curve

AHEAD = 1000  # steps whose values go to the device in one copy


def values_by_step(recipe: Recipe, budget: float | None) -> dict[str, Callable[[int], float]]:
    """Return each value that changes over a run by the number of a step, counted from 0.

    By its dotted key, such as ``g_optimizer.lr``, with each multiple of a rate (``rate_key``). ``schedule.ema`` is how
    far the averaged generator moves, 1 - decay.

    Args:
        recipe: what is played.
        budget: kimg of the whole run; None where that is not known.

    Raises:
        RecipeError: a place is a share of a budget that is not known.
    """
    images = recipe.schedule.batch * recipe.schedule.d_steps  # that D is shown in a step
    found: dict[str, Callable[[int], float]] = {}
    for key, curve in curves_of(recipe, budget).items():
        if not key.startswith(EMA):
            found[key] = _by_step(curve, images)
    for key in ("g_optimizer", "d_optimizer"):
        if (rate := found.get(f"{key}.lr")) is not None:
            for factor in getattr(recipe, key).scale.values():
                found[rate_key(key, factor)] = _times(rate, factor)
    decay = decay_of(recipe, budget)
    if decay is not None:
        found[EMA] = lambda step: 1 - decay(step)
    return found


def rate_key(key: str, factor: float) -> str:
    """Return the key of a multiple of a learning rate, beside that of the rate itself: ``g_optimizer.lr*0.01``."""
    return f"{key}.lr" if factor == 1 else f"{key}.lr*{factor!r}"


def _times(value: Callable[[int], float], factor: float) -> Callable[[int], float]:
    return lambda step: value(step) * factor


def _by_step(curve: Curve, images: int) -> Callable[[int], float]:
    return lambda step: curve.at(step * images)


class PlayedValues:
    """Numbers on the device that each step finds set to its own values.

    They are functions of the step alone, computed in double precision on the host and sent ahead for many steps. A
    counter on the device says which are read, so that a step that is captured once is replayed with other values each
    time, and a run that goes on from a checkpoint has those that it would have had.

    Args:
        by_step: each value by the number of a step.
        device: where they are wanted.

    Attributes:
        now: the numbers as 0-dim tensors of float32, by key.
        exact: the same as 0-dim tensors of float64, or of float32 on a device that has no other.
    """

    def __init__(self, by_step: Mapping[str, Callable[[int], float]], device: torch.device) -> None:
        self._by_step = dict(by_step)
        n = len(self._by_step)
        first = torch.tensor([[value(0) for value in self._by_step.values()]], dtype=torch.float64)
        self._table = torch.zeros(AHEAD, n, dtype=widest(device), device=device)
        self._now = first.to(widest(device)).to(device)
        self._rounded = self._now[0].float()
        self._at = torch.zeros(1, dtype=torch.int64, device=device)  # the row of the step that is played
        self._next = -1  # the step whose values the coming row holds
        self._left = 0  # rows that are to come
        self.exact: dict[str, Tensor] = dict(zip(self._by_step, self._now[0].unbind(), strict=True))
        self.now: dict[str, Tensor] = dict(zip(self._by_step, self._rounded.unbind(), strict=True))

    def load(self, step: int) -> None:
        """See to it that the coming step finds its values, the host's part of it; steps count from 0."""
        if not self._by_step:
            return
        if not self._left or step != self._next:
            self._fill(step)
        self._next, self._left = step + 1, self._left - 1

    def _fill(self, step: int) -> None:
        rows = [[value(at) for value in self._by_step.values()] for at in range(step, step + AHEAD)]
        table = torch.tensor(rows, dtype=torch.float64)
        if self._table.is_cuda:
            table = table.pin_memory()
        self._table.copy_(table, non_blocking=True)
        self._at.fill_(-1)
        self._left = AHEAD

    def begin(self) -> None:
        """Set the values of the step that was loaded, the device's part."""
        if self._by_step:
            self._at.add_(1)
            torch.index_select(self._table, 0, self._at, out=self._now)
            self._rounded.copy_(self._now[0])

    def read(self, keys: Collection[str]) -> dict[str, float]:
        """Read some values of the last step off the device; of the average its decay, ``schedule.ema.decay``."""
        if not keys:
            return {}
        numbers = {key: value for key, value in zip(self.exact, self._now[0].tolist(), strict=True) if key in keys}
        return {f"{EMA}.decay" if key == EMA else key: 1 - v if key == EMA else v for key, v in numbers.items()}
