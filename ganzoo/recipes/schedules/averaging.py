"""The decay of the averaged generator, as a recipe gives it. Does not import torch.

A recipe writes ``ema: 0.999``, which has a warm-up, or a mapping with a decay or a half-life. Either may change::

    ema: {decay: 0.9999, warmup: false}
    ema: {halflife: 500, warmup: false}
    ema: {halflife: {shape: cosine, start: 0, end: 500, over: 50%}, warmup: false}
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import suggest
from .curve import Curve
from .place import number_in
from .value_schedule import ValueSchedule

EXAMPLE = "{decay: 0.9999, warmup: false} or {halflife: 500, warmup: false}"


@dataclass(frozen=True)
class Averaging:
    """The speed at which the averaged generator follows the live one: either a decay a step or a half-life.

    Attributes:
        decay: what is kept of the average in a step, from 0 to below 1.
        halflife: thousand real images after which half of it is kept: the decay of a step that shows D so many
            ``images`` is ``0.5 ** (images / (1000 * halflife))``. A schedule may begin at 0, where nothing is kept.
        warmup: the decay is at most ``(1 + t) / (10 + t)`` in step ``t``, counted from 0.
    """

    decay: float | ValueSchedule | None = None
    halflife: float | ValueSchedule | None = None
    warmup: bool = True

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> "Averaging":
        """Read what a recipe's file writes.

        Raises:
            ValueError: with what is wrong, in words.
        """
        takes = ("decay", "halflife", "warmup")
        if unknown := [str(key) for key in data if key not in takes]:
            raise ValueError(f"there is no key {unknown[0]!r}; {suggest(unknown[0], takes)}")
        if len(data.keys() & {"decay", "halflife"}) != 1:
            raise ValueError(f"write either a decay or a halflife, as in {EXAMPLE}")
        warmup = data.get("warmup", True)
        if not isinstance(warmup, bool):
            raise ValueError(f"warmup must be true or false, not {warmup!r}")
        key = "decay" if "decay" in data else "halflife"
        value = number_or_schedule(data[key], key)
        read = cls(**{key: value}, warmup=warmup)
        for one in values_of(value):
            if read.decay is not None and not 0 <= one < 1:
                raise ValueError(f"decay must be from 0 to below 1, not {one:g}")
            if one < 0:
                raise ValueError(f"halflife must not be below 0, and is {one:g}")
        if value == 0:
            raise ValueError(f"a {key} of 0 keeps no average; write ema: 0")
        return read

    @property
    def plain(self) -> bool:
        """True for what a recipe writes as one number."""
        return isinstance(self.decay, float) and self.warmup

    def written(self) -> dict[str, Any]:
        """As a file writes it."""
        key, value = ("decay", self.decay) if self.decay is not None else ("halflife", self.halflife)
        return {key: value.written() if isinstance(value, ValueSchedule) else value, "warmup": self.warmup}

    def decays(self, images_per_step: int, curve: Curve | None) -> Callable[[int], float]:
        """Return the decay of a step by its number, counted from 0.

        Args:
            images_per_step: real images that D is shown in a step.
            curve: of the value, where it is a schedule.
        """
        given = self.decay if self.decay is not None else self.halflife
        number = given if isinstance(given, float) else 0.0

        def decay(step: int) -> float:
            value = curve.at(step * images_per_step) if curve is not None else number
            if self.halflife is not None:
                value = 0.5 ** (images_per_step / (1000 * value)) if value > 0 else 0.0
            return min(value, (1 + step) / (10 + step)) if self.warmup else value

        return decay


def number_or_schedule(value: Any, what: str) -> float | ValueSchedule:
    """Read a number, or a mapping that is a schedule.

    Raises:
        ValueError: it is neither; the message begins with ``what``.
    """
    if isinstance(value, ValueSchedule):
        return value
    if not isinstance(value, Mapping):
        return number_in(value, what)
    try:
        return ValueSchedule.parse(value)
    except ValueError as error:
        raise ValueError(f"{what}: {error}") from None


def values_of(value: float | ValueSchedule) -> tuple[float, ...]:
    """Return the values that all of a number or a schedule lie between."""
    return value.values() if isinstance(value, ValueSchedule) else (value,)
