"""The budget of a run: real images shown to D, turns of D, or minutes of training."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ....errors import GanzooError
from ....seeds import LARGEST_SEED
from ....text import shown

_BUDGET = re.compile(r"(\d+(?:\.\d+)?)\s*(kimg|steps?|min|h|s)", re.IGNORECASE)
MOST = 10**12  # of any unit: more than machines play, and counts of images and turns stay far below 2^63
MOST_SEEDS = 100_000
_AS = "100kimg, 5000steps, 5min, 90s or 1.5h"
_MEANT = {"k": "kimg", "m": "min", "minute": "min", "minutes": "min", "hour": "h", "hours": "h"}
_NEARLY = re.compile(rf"(\d+(?:\.\d+)?)\s*({'|'.join(_MEANT)})", re.IGNORECASE)
_MINUTES = {"s": 1 / 60, "min": 1.0, "h": 60.0}


@dataclass(frozen=True)
class Budget:
    """Exactly one of the three is given.

    Attributes:
        kimg: thousand real images shown to the discriminator.
        steps: turns of the discriminator. A step of the game is played whole: where it has five of them
            (``d_steps``), a run ends at the first multiple of five that is not below.
        minutes: of training; warm-up and evaluation are not counted.
    """

    kimg: float | None = None
    minutes: float | None = None
    steps: int | None = None

    @classmethod
    def parse(cls, text: str) -> "Budget":
        """Read ``100kimg``, ``5000steps``, ``5min``, ``90s`` or ``1.5h``.

        Raises:
            GanzooError: it is none of these, nothing, or more than can be played.
        """
        match = _BUDGET.fullmatch(text.strip())
        if not match:
            near = _NEARLY.fullmatch(text.strip())
            meant = f"did you mean {near[1]}{_MEANT[near[2].lower()]}? Or " if near else ""
            raise GanzooError(f"budget {shown(text)} is not understood; {meant}write it as {_AS}")
        if float(match[1]) <= 0:
            raise GanzooError(f"budget {shown(text)} has to be more than 0; write it as {_AS}")
        amount, unit = float(match[1]), match[2].lower()
        if amount > MOST:
            raise GanzooError(f"budget {shown(text)} is more than can be played; {MOST:,}{unit} are the most")
        if unit in ("step", "steps"):
            if not amount.is_integer():
                raise GanzooError(f"budget {shown(text)} ends inside a step; write a whole number, as in 5000steps")
            return cls(steps=int(amount))
        return cls(kimg=amount) if unit == "kimg" else cls(minutes=amount * _MINUTES[unit])

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Budget":
        """Return the inverse of ``to_json``."""
        return cls(**data)

    def to_json(self) -> dict[str, float]:
        """``{"kimg": 100.0}``, ``{"steps": 5000}`` or ``{"minutes": 5.0}``."""
        if self.steps is not None:
            return {"steps": self.steps}
        return {"kimg": self.kimg} if self.kimg is not None else {"minutes": self.minutes or 0.0}

    def used(self, *, kimg: float, d_steps: int, seconds: float) -> float:
        """Return the share that is spent, 0 at the start and 1 or more at the end."""
        if self.steps is not None:
            return d_steps / self.steps
        return kimg / self.kimg if self.kimg is not None else seconds / (60 * (self.minutes or 0.0))

    def turns(self, batch: int) -> float:
        """Return how many turns of D all of it is, with so many real images in each; infinite where it is a time."""
        if self.steps is not None:
            return self.steps
        return self.kimg * 1000 / batch if self.kimg is not None else math.inf

    def shown(self, batch: int) -> float | None:
        """Return how many real images D is shown in all of it, in thousands; None where it is a time."""
        return self.steps * batch / 1000 if self.steps is not None else self.kimg

    @property
    def seconds(self) -> float:
        """Seconds of training in all of it; infinite where it is a number of turns or images."""
        return 60 * self.minutes if self.minutes is not None else math.inf

    def __str__(self) -> str:
        if self.steps is not None:
            return f"{self.steps:,} turn{'s' * (self.steps != 1)} of D"
        return f"{self.kimg:g} kimg" if self.kimg is not None else f"{self.minutes:g} min"


def parse_seeds(text: str) -> tuple[int, ...]:
    """``3`` is 0, 1, 2; ``0,1,5`` is just these, and ``5,`` the one seed 5.

    Raises:
        GanzooError: it is neither, a seed comes twice, or one or their number is too large.
    """
    counted = "," not in text
    try:
        listed = [int(word) for word in text.split(",") if word.strip()]
    except ValueError:
        listed = []
    if not listed or min(listed) < counted:  # 0 is a seed, and no count
        raise GanzooError(f"seeds {shown(text)} are not understood; write a count such as 3, or a list such as 0,1,2")
    most = MOST_SEEDS if counted else LARGEST_SEED
    if max(listed) > most:
        raise GanzooError(f"seeds {shown(text)} are too {'many' if counted else 'large'}; {most:,} is the most")
    if len(set(listed)) < len(listed):
        raise GanzooError(f"seeds {shown(text)} name one seed twice; each run needs its own")
    return tuple(range(listed[0]) if counted else listed)
