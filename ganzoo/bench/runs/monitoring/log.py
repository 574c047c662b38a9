"""The rows of a run's record, which trackers and alarms are given as well."""

from typing import Any

from ....recipes.changing import EMA, schedules_of
from ...results.run_files.record import Record, read_record
from ..clock import Clock
from ..isolation import Isolation
from ..session import TrainingSession
from .alarms import Alarms
from .diagnostics import Probe
from .tracking import Tracking, described


class RunLog:
    """Writes down how a run goes.

    Args:
        session: the run.
        clock: of the run.
        isolation: of the run.
        probe: looks at the players.
        alarms: follow the rows.
        record: takes the rows.
        tracking: is given each row once it is written.

    Attributes:
        losses: ``d_loss`` and ``g_loss`` of the last row, means since the one before; None before the first.
    """

    def __init__(
        self,
        session: TrainingSession,
        clock: Clock,
        isolation: Isolation,
        *,
        probe: Probe,
        alarms: Alarms,
        record: Record,
        tracking: Tracking,
    ) -> None:
        self._session, self._trainer, self._clock, self._isolation = session, session.trainer, clock, isolation
        self._probe, self._alarms, self._tracking = probe, alarms, tracking
        self._record = record
        changing = schedules_of(session.recipe)
        self._told = {EMA if key.startswith(EMA) else key for key in changing}
        self.losses: dict[str, float | None] = {"d_loss": None, "g_loss": None}

    def begin(self, environment: dict[str, Any]) -> None:
        """Begin tracking: the run begins, or goes on from the rows that the record holds."""
        if not self._tracking:
            return
        reached = {**self._reached(), "seconds": self._clock.seconds}
        made = {"parameters": self._session.parameters, "environment": environment}
        run = {**described(self._session.spec, self._tracking.folder), **reached, **made}
        with self._isolation.untimed_draws():
            self._tracking.begin(run, [row.to_json() for row in read_record(self._record.path)])

    def train(self, used: float) -> None:
        """Write a row of ``kind: train``, at this share of the budget.

        Raises:
            DivergedError: the losses are no longer numbers.
        """
        self._session.require_finite_losses()
        d_loss, g_loss, steps = self._trainer.sums.tolist()
        self._trainer.sums.zero_()
        self.losses = {"d_loss": d_loss / steps, "g_loss": g_loss / steps}
        rate = self._clock.images_per_second
        row: dict[str, Any] = {
            "kind": "train",
            **self._reached(),
            **self.losses,
            **self._trainer.norms.read(),
            "seconds": round(self._clock.now(), 3),
            "images_per_second": rate and round(rate, 1),
        }
        if values := self._trainer.changing.read(self._told):
            row["values"] = values
        self._write(row)
        self._alarms.row(row, used)

    def look(self, used: float) -> None:
        """Look at the players, and write a row of ``kind: look``, at this share of the budget."""
        with self._isolation.untimed_draws():
            seen = self._probe.look()
        row = {"kind": "look", **self._reached(), **seen}
        self._write(row)
        self._alarms.look(row, used)

    def evaluation(self, row: dict[str, Any]) -> None:
        """Write a row of ``kind: evaluation``."""
        self._write({"kind": "evaluation", "step": self._trainer.steps, **row})

    def end(self, result: dict[str, Any] | None) -> None:
        """End tracking: the run ends with this result, or stops with None, to be gone on with."""
        if self._tracking:
            with self._isolation.around():
                self._tracking.end(result)

    def _reached(self) -> dict[str, float]:
        return {"step": self._trainer.steps, "kimg": self._session.kimg}

    def _write(self, row: dict[str, Any]) -> None:
        self._record.add(row)
        if self._tracking:
            with self._isolation.untimed_draws():
                self._tracking.row(row)
