"""How a run stands, from the files in its folder alone; imports no torch."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...text import printable
from ..results.budget import Budget
from ..results.folders import run_folder
from ..results.formats import number
from ..results.run_records import Files, state

ENDED = ("done", "diverged", "failed", "skipped")


@dataclass(frozen=True)
class WatchedRun:
    """How a run stands.

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
        result: what its ``result.json`` holds, where it has ended.
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
    result: Mapping[str, Any] | None

    @property
    def ended(self) -> bool:
        """Whether it has come to an end, good or bad."""
        return self.status in ENDED


class Scene:
    """What is known of a bench when its runs are looked at.

    Args:
        files: reads them.
        live: whether somebody plays the bench.
        since: when that began, as files tell it.
        metric: key of the first metric; empty where the runs have to tell.
    """

    def __init__(self, files: Files, live: bool, since: int, metric: str) -> None:
        self.files, self.live, self.since, self.metric = files, live, since, metric

    def seed(self, bench: Path, recipe: str, seed: int) -> WatchedRun:
        """A run that is asked for, whether it has begun or not."""
        return replace(self.run(run_folder(bench, recipe, seed)), title=printable(f"{recipe} seed {seed}"))

    def trial(self, place: Path) -> WatchedRun:
        """A trial of ``--tune``; one that failed is not played again."""
        found = self.run(place, repeats=False)
        return replace(found, title=f"{found.title.rpartition(' seed ')[0]} {place.parent.name}")

    def run(self, place: Path, result: Mapping[str, Any] | None = None, *, repeats: bool = True) -> WatchedRun:
        """A run that lies in a folder.

        Args:
            place: the folder.
            result: how it ended, where that is known already.
            repeats: whether it is played again where it failed before.
        """
        spec = self.files.content(place / "run.json") or {}
        rows = self.files.rows(place / "metrics.jsonl")
        result = result or self._result(place, spec, repeats)
        recipe = (spec.get("recipe") or {}).get("name") or (result or {}).get("recipe") or place.parent.name
        self.metric = self.metric or next(iter(spec.get("metrics") or ()), "")
        trained = [row for row in rows if row.get("kind") == "train"]
        last = trained[-1] if trained else {}
        kimg, seconds = (number((result or last).get(key)) or 0.0 for key in ("kimg", "seconds"))
        status = str(result["status"]) if result else self._status(place, bool(trained))
        speed = number((result or last).get("images_per_second"))
        used = 1.0 if status == "done" else _used(spec, result or last, kimg, seconds)
        return WatchedRun(
            title=printable(f"{recipe} seed {(result or spec).get('seed', place.name.removeprefix('seed'))}"),
            status=status,
            reason=printable(str((result or {}).get("reason") or "")),
            fraction=used,
            kimg=kimg,
            images_per_second=speed,
            seconds_left=_left(spec, used, kimg, seconds, speed) if status == "running" else None,
            scores=_scores(rows, self.metric),
            d_losses=_series(trained, "d_loss"),
            g_losses=_series(trained, "g_loss"),
            result=result,
        )

    def _status(self, place: Path, trained: bool) -> str:
        """Of a run that has not ended: its process writes where it runs before it trains."""
        if self.live:
            began = state(place / "environment.json")
            return "running" if began is not None and began[0] >= self.since else "waiting"
        return "stopped" if trained else "waiting"

    def _result(self, place: Path, spec: Mapping[str, Any], repeats: bool) -> dict[str, Any] | None:
        """How the run ended, unless that was another run, or it failed and is going to be played again."""
        result = self.files.content(place / "result.json")
        if result is None or result.get("status") not in ENDED or result.get("key") != spec.get("key"):
            return None
        before = (state(place / "result.json") or (0,))[0] < self.since
        return None if repeats and self.live and before and result["status"] == "failed" else result


def _used(spec: Mapping[str, Any], where: Mapping[str, Any], kimg: float, seconds: float) -> float:
    """The part of the budget that is spent; 0 where the files do not tell."""
    try:
        d_steps = where.get("d_steps") or (where.get("step") or 0) * spec["recipe"]["schedule"]["d_steps"]
        used = Budget.from_json(spec["budget"]).used(kimg=kimg, d_steps=d_steps, seconds=seconds)
    except (KeyError, TypeError, AttributeError, ZeroDivisionError):
        return 0.0
    return min(1.0, max(0.0, used)) if math.isfinite(used) else 0.0


def _left(spec: Mapping[str, Any], used: float, kimg: float, seconds: float, speed: float | None) -> float | None:
    """Seconds of training that are left."""
    budget = spec.get("budget") or {}
    if "kimg" in budget:
        return max(0.0, (budget["kimg"] - kimg) * 1000 / speed) if speed else None
    return (1 - used) * seconds / used if used else None


def _scores(rows: list[dict[str, Any]], metric: str) -> tuple[float, ...]:
    looks = (row.get("metrics") for row in rows if row.get("kind") == "evaluation")
    return _series([look for look in looks if isinstance(look, dict)], metric)


def _series(rows: list[dict[str, Any]], key: str) -> tuple[float, ...]:
    return tuple(value for row in rows if (value := number(row.get(key))) is not None)
