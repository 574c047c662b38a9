"""Alarms: where a run's training went wrong, and from which step on, found in the rows of its record one by one."""

import copy
from collections.abc import Mapping
from statistics import median
from typing import Any

PATIENCE = 3
"""Looks or rows in a row, for a state to begin and for it to end."""

COLLAPSE = 0.1
"""Generated samples that lie less far apart than this share of the real images' distance have collapsed."""

GRACE = 0.25
"""Part of the budget for which a generator that was never varied yet is taken for young, and not for collapsed."""

VANISHING = 0.01
"""G's gradient has vanished below this share of its median over the first rows."""

FIRST = 0.1
"""Part of the budget whose rows say how large G's gradient is at first."""

OVERFITTING = 0.5
"""D holds held-out images nearer to fakes than to training images: (real - held out) / (real - fake), of its verdicts.

That is r_v of arXiv:2006.06676, eq. 1, which is 0 without overfitting and 1 where held-out images look like fakes.
"""

SURE = 3.0
"""Standard errors by which D's verdicts on training and on held-out images have to differ to count as different."""

KINDS = ("collapse", "vanishing-gradient", "overfitting")
_LOWER_IS_WORSE = frozenset({"collapse", "vanishing-gradient"})


class Alarms:
    """Follows a run by the rows it is given, and by nothing else. Its state can be kept, so that a run that was
    stopped and went on gives the alarms of one that was not.

    A state that holds for ``PATIENCE`` rows begins at the first of them, and ends likewise.
    A row without the number says nothing either way.
    """

    def __init__(self) -> None:
        self._alarms: list[dict[str, Any]] = []
        self._open: dict[str, int] = {}  # where in the list the alarm is that still holds
        self._streaks: dict[str, list[list[float]]] = {kind: [] for kind in KINDS}
        self._first: list[float] = []
        self._risen = False  # whether generated samples were ever varied

    # -- rows ------------------------------------------------------------------------------------------------

    def row(self, row: Mapping[str, Any], used: float) -> None:
        """Follow a row of ``kind: train``, at this part of the budget, in (0, 1]."""
        norm = row["g_gradient"]
        if norm is None:
            return
        if used <= FIRST:
            self._first.append(norm)
            return
        usual = median(self._first) if self._first else 0.0
        if usual > 0:
            self._follow("vanishing-gradient", row, norm / usual, norm < VANISHING * usual)

    def look(self, row: Mapping[str, Any], used: float) -> None:
        """Follow a row of ``kind: look``, at this part of the budget."""
        if (apart := row["diversity"]) is not None:
            self._risen |= apart >= COLLAPSE
            if self._risen or used > GRACE:
                self._follow("collapse", row, apart, apart < COLLAPSE)
        real, held_out, fake = row["logits_real"], row["logits_held_out"], row["logits_fake"]
        if real is None or held_out is None or fake is None:
            return
        apart = real > fake and real - held_out > SURE * (row["logits_error"] or 0.0)
        share = (real - held_out) / (real - fake) if apart else 0.0
        self._follow("overfitting", row, share, share > OVERFITTING)

    def _follow(self, kind: str, row: Mapping[str, Any], value: float, bad: bool) -> None:
        streak = self._streaks[kind]
        alarm = self._alarms[self._open[kind]] if kind in self._open else None
        worse = min if kind in _LOWER_IS_WORSE else max
        if alarm is not None and bad:
            alarm["value"] = worse(alarm["value"], value)
        if bad == (alarm is not None):
            streak.clear()
            return
        streak.append([row["step"], row["kimg"], value])
        if len(streak) < PATIENCE:
            return
        step, kimg, _ = streak[0]
        if alarm is None:
            self._open[kind] = len(self._alarms)
            worst = worse(value for _, _, value in streak)
            self._alarms.append({"kind": kind, "step": step, "kimg": kimg, "until": None, "value": worst})
            self._alarms[-1]["until_kimg"] = None
        else:
            alarm["until"], alarm["until_kimg"] = step, kimg
            del self._open[kind]
        streak.clear()

    # -- what is found ---------------------------------------------------------------------------------------

    @property
    def found(self) -> list[dict[str, Any]]:
        """The alarms, in the order in which they were certain.

        Each has ``kind``, one of ``KINDS``; ``step`` and ``kimg``, where it began; ``until`` and ``until_kimg``, where
        it ended, None if it did not; ``value``, the worst; and ``text``, one sentence.
        """
        return [{**alarm, "text": _text(alarm)} for alarm in self._alarms]

    # -- going on --------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """For a checkpoint: plain values."""
        return copy.deepcopy(
            {
                "alarms": self._alarms,
                "open": self._open,
                "streaks": self._streaks,
                "first": self._first,
                "risen": self._risen,
            }
        )

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from ``state()``."""
        held = copy.deepcopy(state)
        self._alarms, self._open = held["alarms"], held["open"]
        self._streaks, self._first, self._risen = held["streaks"], held["first"], held["risen"]


def _text(alarm: Mapping[str, Any]) -> str:
    value, kimg = alarm["value"], f"{alarm['kimg']:,.4g} kimg"
    when = f"from {kimg} on" if alarm["until"] is None else f"from {kimg} to {alarm['until_kimg']:,.4g} kimg"
    said = {
        "collapse": f"collapse {when}: generated samples lie {value:.2g} times as far apart as real ones at the worst",
        "vanishing-gradient": (
            f"vanishing gradient {when}: the generator's gradient falls to {value:.2g} times what it was at first"
        ),
        "overfitting": (
            f"overfitting {when}: the discriminator puts held-out data {value:.0%} of the way "
            "from training data to fakes at the worst"
        ),
    }
    return said[alarm["kind"]]
