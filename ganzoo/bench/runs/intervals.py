"""Intervals, at even shares of a budget, at which a run writes rows, looks at its players and evaluates."""

import time
from typing import Literal

from ..results.terms.budget import Budget

ROWS = 200  # of the training record, over the budget
LOOKS = 50  # at the players, over the budget

Action = Literal["row", "look", "evaluation"]


class Intervals:
    """Counts what a run does at intervals, says what is due, and foresees until when nothing is.

    Args:
        evaluations: over the budget.
    """

    def __init__(self, evaluations: int) -> None:
        self._wanted: dict[Action, int] = {"row": ROWS, "look": LOOKS, "evaluation": evaluations}
        self._done: dict[Action, int] = dict.fromkeys(self._wanted, 0)
        self._quiet_turns, self._quiet_until = 0.0, 0.0  # of D; as time.monotonic() counts

    def due(self, action: Action, used: float) -> bool:
        """Say whether an action is due, once this share of the budget is used."""
        return used * self._wanted[action] >= self._done[action] + 1

    def done(self, action: Action, used: float) -> None:
        """Count all times that an action was due up to this share of the budget."""
        self._done[action] = int(used * self._wanted[action])

    def missing(self, action: Action) -> bool:
        """Say whether an action was done less often than over a whole budget."""
        return self._done[action] < self._wanted[action]

    def __getitem__(self, action: Action) -> int:
        """Give the number of times that an action was done, for a checkpoint."""
        return self._done[action]

    def __setitem__(self, action: Action, times: int) -> None:
        self._done[action] = times

    def foresee(self, used: float, turns: int, budget: Budget, batch: int, until: float) -> None:
        """Find until when nothing is due: a turn less than the arithmetic says, so that its rounding is no matter.

        Args:
            used: share of the budget.
            turns: that D had.
            budget: of the run.
            batch: real images in a turn of D.
            until: time.monotonic() at which something is due by the clock.
        """
        next_shares = [(self._done[action] + 1) / wanted for action, wanted in self._wanted.items() if wanted]
        share = min([1.0, *next_shares]) - used
        if share <= 0:
            self._quiet_turns = 0.0
            return
        self._quiet_turns = turns + share * budget.turns(batch) - 1
        self._quiet_until = min(time.monotonic() + share * budget.seconds, until)

    def quiet(self, turns: int) -> bool:
        """Say whether surely nothing is due yet, after so many turns of D."""
        return turns < self._quiet_turns and time.monotonic() < self._quiet_until
