"""The state of a run, from the files in its folder alone; imports no torch."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import Field

from ...errors import GanzooError
from ...text import printable
from ..results.folders import run_folder
from ..results.formats import number
from ..results.run_files.record import RECORD, EvaluationRow, TrainRow
from ..results.run_files.result import ALTERED, REPEATED, RESULT, RunResult
from ..results.terms.budget import Budget
from ..results.written import Number, Written
from .files import Files, state

ENDED = ("done", "reached", "diverged", "failed", "oom", "skipped", ALTERED)


class AskedSchedule(Written):
    """The rhythm of a recipe.

    Attributes:
        d_steps: turns of D in a step.
    """

    d_steps: int = 1


class AskedRecipe(Written):
    """The recipe of a run that is asked for.

    Attributes:
        name: variants included.
        schedule: its rhythm.
    """

    name: str = ""
    schedule: AskedSchedule = AskedSchedule()


class AskedRun(Written):
    """``run.json``, as far as progress is read from it.

    Attributes:
        key: of the run, which its result has too.
        recipe: which.
        seed: the run's seed.
        budget: ``kimg``, ``steps`` or ``minutes``.
        metrics: that it is evaluated by.
    """

    key: str | None = None
    recipe: AskedRecipe = AskedRecipe()
    seed: int | None = None
    budget: dict[str, Number] = Field(default_factory=dict)
    metrics: list[str] = Field(default_factory=list)


@dataclass(frozen=True)
class WatchedRun:
    """The state of a run.

    Attributes:
        title: what it is called, e.g. ``dcgan seed 0``.
        status: how it ended, or ``running``, ``waiting`` or ``stopped``.
        reason: why it did not finish.
        fraction: the part of its budget that is spent, 0 to 1.
        kimg: thousand real images shown to D.
        images_per_second: its speed; None while unknown.
        seconds_left: an estimate of the training that is left; None while unknown, and where it is not played.
        scores: the first metric at each evaluation.
        d_losses: D's mean loss, over time.
        g_losses: G's.
        result: its ``result.json``, where it has ended.
    """

    title: str
    status: str
    reason: str
    fraction: float
    kimg: float
    images_per_second: float | None
    seconds_left: float | None
    scores: tuple[float, ...]
    d_losses: tuple[float, ...]
    g_losses: tuple[float, ...]
    result: RunResult | None

    @property
    def ended(self) -> bool:
        """True if it has come to an end, good or bad."""
        return self.status in ENDED


class Scene:
    """A bench whose runs are looked at.

    Args:
        files: reads them.
        live: whether somebody plays the bench.
        since: when that began, as files tell it.
        metric: key of the first metric; empty where the runs have to tell.
    """

    def __init__(self, files: Files, live: bool, since: int, metric: str) -> None:
        self.files, self.live, self.since, self.metric = files, live, since, metric

    def seed(self, bench: Path, recipe: str, seed: int) -> WatchedRun:
        """Return a run that is asked for, whether it has begun or not."""
        return replace(self.run(run_folder(bench, recipe, seed)), title=printable(f"{recipe} seed {seed}"))

    def trial(self, place: Path) -> WatchedRun:
        """Return a trial of ``--tune``; one that failed is not played again."""
        found = self.run(place, repeats=False)
        return replace(found, title=f"{found.title.rpartition(' seed ')[0]} {place.parent.name}")

    def run(self, place: Path, result: RunResult | None = None, *, repeats: bool = True) -> WatchedRun:
        """Return a run that lies in a folder.

        Args:
            place: the folder.
            result: how it ended, where that is known already.
            repeats: whether it is played again where it failed before.
        """
        asked = self.files.read(AskedRun, place / "run.json") or AskedRun()
        rows = self.files.rows(place / RECORD)
        result = result or self._result(place, asked, repeats)
        self.metric = self.metric or next(iter(asked.metrics), "")
        trained = [row for row in rows if isinstance(row, TrainRow)]
        reached: RunResult | TrainRow = result or (trained[-1] if trained else TrainRow(kind="train"))
        kimg, seconds = number(reached.kimg) or 0.0, number(reached.seconds) or 0.0
        status = result.outcome if result else self._status(place, bool(trained))
        speed = number(reached.images_per_second)
        used = 1.0 if status == "done" else _used(asked, reached, kimg, seconds)
        return WatchedRun(
            title=printable(_title(place, asked, result)),
            status=status,
            reason=printable((result.why if result else None) or ""),
            fraction=used,
            kimg=kimg,
            images_per_second=speed,
            seconds_left=_left(asked, used, kimg, seconds, speed) if status == "running" else None,
            scores=_finite(row.metric(self.metric) for row in rows if isinstance(row, EvaluationRow)),
            d_losses=_finite(row.d_loss for row in trained),
            g_losses=_finite(row.g_loss for row in trained),
            result=result,
        )

    def _status(self, place: Path, trained: bool) -> str:
        """Of a run that has not ended: its process writes where it runs before it trains."""
        if self.live:
            began = state(place / "environment.json")
            return "running" if began is not None and began[0] >= self.since else "waiting"
        return "stopped" if trained else "waiting"

    def _result(self, place: Path, asked: AskedRun, repeats: bool) -> RunResult | None:
        """Return the end of the run, unless that was another run, or it failed and is going to be played again."""
        result = self.files.read(RunResult, place / RESULT)
        if result is None or result.key != asked.key:
            return None
        before = (state(place / RESULT) or (0,))[0] < self.since
        return None if repeats and self.live and before and result.status in REPEATED else result


def _title(place: Path, asked: AskedRun, result: RunResult | None) -> str:
    recipe = asked.recipe.name or (result.recipe if result else place.parent.name)
    seed: int | str | None = result.seed if result else asked.seed
    return f"{recipe} seed {place.name.removeprefix('seed') if seed is None else seed}"


def _used(asked: AskedRun, reached: RunResult | TrainRow, kimg: float, seconds: float) -> float:
    """Return the part of the budget that is spent; 0 where the files do not tell."""
    if isinstance(reached, RunResult):
        d_steps = reached.d_steps or 0
    else:
        d_steps = (reached.step or 0) * asked.recipe.schedule.d_steps
    try:
        used = Budget.from_json(asked.budget).used(kimg=kimg, d_steps=d_steps, seconds=seconds)
    except (TypeError, ZeroDivisionError, GanzooError):
        return 0.0
    return min(1.0, max(0.0, used)) if math.isfinite(used) else 0.0


def _left(asked: AskedRun, used: float, kimg: float, seconds: float, speed: float | None) -> float | None:
    """Seconds of training that are left."""
    if "kimg" in asked.budget:
        return max(0.0, (asked.budget["kimg"] - kimg) * 1000 / speed) if speed else None
    return (1 - used) * seconds / used if used else None


def _finite(values: Iterable[float | None]) -> tuple[float, ...]:
    return tuple(finite for value in values if (finite := number(value)) is not None)
