"""Progress of a run, as events for whoever watches it."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from ...results.terms.budget import Budget
from ..clock import Clock

SECONDS = 0.3  # between two events


class Progress:
    """Reports how far a run is.

    Args:
        emit: takes an event.
        budget: of the run.
        clock: of the run.
    """

    def __init__(self, emit: Callable[[dict[str, Any]], None], budget: Budget, clock: Clock) -> None:
        self._emit, self._budget, self._clock = emit, budget, clock
        self._reported = 0.0

    @property
    def next(self) -> float:
        """The time.monotonic() from which on there is another event."""
        return self._reported + SECONDS

    def report(
        self, phase: str, used: float, kimg: float, losses: Mapping[str, float | None], *, at_once: bool = False
    ) -> None:
        """Report, unless that was done a moment ago.

        Args:
            phase: what the run does: ``training``, ``evaluating`` or ``examining``.
            used: share of the budget.
            kimg: thousand real images shown to D.
            losses: ``d_loss`` and ``g_loss`` of the last row.
            at_once: report in any case.
        """
        if not at_once and time.monotonic() - self._reported < SECONDS:
            return
        self._reported = time.monotonic()
        used, seconds, rate = min(1.0, used), self._clock.now(), self._clock.images_per_second
        if self._budget.kimg is not None:
            left = (self._budget.kimg - kimg) * 1000 / rate if rate else None
        else:
            left = (1 - used) * seconds / used if used else None
        self._emit(
            {
                "kind": "progress",
                "fraction": used,
                "kimg": kimg,
                "images_per_second": rate,
                "seconds_left": left,
                "phase": phase,
                **losses,
            }
        )
