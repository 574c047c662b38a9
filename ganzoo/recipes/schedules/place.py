"""Places in a run: a number of images, or a share of the budget. Does not import torch."""

import math
import re
from dataclasses import dataclass
from typing import Any

_SHARE = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*%")


def number_in(value: Any, what: str) -> float:
    """Return a finite number as a float.

    Raises:
        ValueError: it is none; the message calls it ``what``.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{what} must be a finite number, not {value!r}")
    return float(value)


@dataclass(frozen=True)
class Place:
    """A place in a run.

    Attributes:
        amount: thousand real images shown to the discriminator; or, of a relative place, percent of the budget.
        relative: whether it is a share of the budget.
    """

    amount: float
    relative: bool = False

    @classmethod
    def parse(cls, value: Any, what: str) -> "Place":
        """Read a number of kimg, or a text such as ``50%``.

        Raises:
            ValueError: it is neither; the message calls it ``what``.
        """
        if isinstance(value, str):
            match = _SHARE.fullmatch(value.strip())
            if not match or float(match[1]) > 100:
                raise ValueError(f"{what} must be kimg, as in 500, or a share of the run, 0% to 100%, not {value!r}")
            return cls(float(match[1]), relative=True)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
            raise ValueError(f"{what} must be kimg, 0 or more, or a share of the run, as in 50%, not {value!r}")
        return cls(float(value))

    def written(self) -> float | str:
        """As a file writes it."""
        if self.relative:
            return f"{_short(self.amount)}%"
        return int(self.amount) if self.amount.is_integer() else self.amount

    def images(self, budget: float | None) -> float:
        """Return the real images that D was shown until here, in a run of so many kimg.

        Raises:
            ValueError: it is a share of a budget that is not known.
        """
        if not self.relative:
            return 1000 * self.amount
        if budget is None:
            raise ValueError(f"{self} is no number of images, where the budget is none")
        return 1000 * budget * self.amount / 100

    def after(self, other: "Place", budget: float | None) -> float | None:
        """Return how far this place lies after another; None where that takes a budget that is not known."""
        if self.relative == other.relative:
            return self.amount - other.amount
        return None if budget is None else self.images(budget) - other.images(budget)

    def __str__(self) -> str:
        """Say it in words: ``50% of the run``, ``500 kimg``."""
        return f"{_short(self.amount)}% of the run" if self.relative else f"{_short(self.amount)} kimg"


def _short(amount: float) -> str:
    return str(int(amount)) if amount.is_integer() else repr(amount)


BEGINNING = Place(0.0)
END = Place(100.0, relative=True)
