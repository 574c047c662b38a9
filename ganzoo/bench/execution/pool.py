"""Runs side by side, in processes of their own, wherever an executor starts them."""

import logging
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...backend.out_of_memory import processes_killed_for_memory
from ...errors import PluginError
from ...interfaces import Ended, Executor, Task, TaskEvent
from ...interrupts import Interrupted, heard_by
from ...storage.cache import Cache
from ...text import cut
from ..results.run_files.result_file import read_result, result_of, write_result
from ..results.run_files.spec import RunSpec
from .watching.hang import BEAT, HANGS
from .worker import COMMAND

_log = logging.getLogger(__name__)

_SHOWN = 160  # characters of what an executor should not have told
OUT_OF_MEMORY = (
    "the system was out of memory and killed its process; try fewer at once (--parallel), or a smaller schedule.batch "
    "or width"
)


@dataclass(frozen=True)
class Job:
    """A run to be played: its folder, and what it is."""

    folder: Path
    spec: RunSpec


class Pool:
    """Plays groups of jobs, each group in one process.

    Args:
        executor: starts the processes.
        slots: how many at once; None for as many as the executor has room for.
        devices: those that any of the runs may play on.
        cache: of the processes on this machine.
        on_event: takes a job's folder and what its worker tells.
        files: what a process elsewhere is sent, see ``Task.files``.
        stop: says when to stop, as at a signal; asked several times a second.
    """

    def __init__(
        self,
        executor: Executor,
        slots: int | None,
        devices: Sequence[str],
        cache: Cache,
        on_event: Callable[[Path, dict[str, Any]], None],
        files: Mapping[str, Path] | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self.executor, self.slots, self.devices, self._stop = executor, slots, tuple(devices), stop
        self.cache, self.on_event, self.files = cache, on_event, files or {}
        self._signal = 0

    def play(self, groups: list[list[Job]]) -> dict[Path, dict[str, Any]]:
        """Play them all and give their results by folder.

        Raises:
            Interrupted: by SIGINT, SIGTERM or SIGHUP, or where ``stop`` said so.
        """
        results: dict[Path, dict[str, Any]] = {}
        hung: dict[Path, str] = {}
        with heard_by(self._hear):
            while True:
                attempt = _Attempt(groups, hung, self.on_event)
                self._try(attempt)
                results |= attempt.results
                if self._signal:
                    raise Interrupted(self._signal)
                groups, hung = attempt.again(), attempt.hung
                if not groups:
                    return results

    def _try(self, attempt: "_Attempt") -> None:
        tasks = [self._task(group) for group in attempt.groups]
        with closing(self.executor.play(tasks, self.slots)) as heard:
            for news in heard:
                if news is not None:
                    if not attempt.understands(news):
                        raise PluginError(
                            f"the executor {type(self.executor).__name__} yields {cut(repr(news), _SHOWN)}, which is "
                            "no TaskEvent and no Ended of its tasks and their runs"
                        )
                    attempt.hear(news)
                if not self._signal and self._stop():
                    self._signal = signal.SIGINT
                if self._signal:
                    return
        if attempt.left:
            raise PluginError(
                f"the executor {type(self.executor).__name__} gave up with {attempt.left} runs still to be played"
            )

    def _task(self, jobs: list[Job]) -> Task:
        for job in jobs:
            job.spec.changed(device=self.devices[0]).write(job.folder)
        for job in jobs[1:]:
            (job.folder / "log.txt").write_text(f"see {os.path.relpath(jobs[0].folder, job.folder)}/log.txt\n")
        return Task(
            folders=tuple(job.folder for job in jobs),
            command=COMMAND,
            devices=self.devices,
            threads=jobs[0].spec.threads,
            cache=self.cache.root,
            files=self.files,
            ranks=jobs[0].spec.ranks,
        )

    def _hear(self, number: int) -> None:
        """End the bench in order at the first signal, and at once at the second."""
        if self._signal:
            raise Interrupted(number)
        self._signal = number


class _Attempt:
    """One attempt at groups of jobs, each of which ends, or hangs.

    Args:
        groups: of jobs.
        before: where those hung that were tried before.
        on_event: takes a job's folder and what its worker tells.

    Attributes:
        results: of those that ended, by folder.
        hung: where those hung that are to be tried again.
    """

    def __init__(
        self,
        groups: list[list[Job]],
        before: Mapping[Path, str],
        on_event: Callable[[Path, dict[str, Any]], None],
    ) -> None:
        self.groups, self.before, self.on_event = groups, before, on_event
        self.results: dict[Path, dict[str, Any]] = {}
        self.hung: dict[Path, str] = {}
        self._told: dict[Path, dict[str, Any]] = {}
        self._hangs: dict[Path, str] = {}
        self._killed = processes_killed_for_memory() or 0

    @property
    def left(self) -> int:
        """Number of runs that have neither ended nor hung."""
        return sum(map(len, self.groups)) - len(self.results) - len(self.hung)

    def again(self) -> list[list[Job]]:
        """Return those that hung, in their groups."""
        groups = [[job for job in group if job.folder in self.hung] for group in self.groups]
        return [group for group in groups if group]

    def understands(self, news: object) -> bool:
        """Say whether an executor, which may be a stranger's, tells of one of these tasks in the form that it must."""
        if not isinstance(news, TaskEvent | Ended) or news.task not in range(len(self.groups)):
            return False
        if isinstance(news, Ended):
            return type(news.code) is int and isinstance(news.why, str)
        event: object = news.event
        runs = range(len(self.groups[news.task]))
        return isinstance(event, dict) and isinstance(event.get("kind"), str) and event.get("run") in runs

    def hear(self, news: TaskEvent | Ended) -> None:
        """Take in what an executor tells."""
        if isinstance(news, Ended):
            for job in self.groups[news.task]:
                self._end(job, news)
            return
        folder, kind = self.groups[news.task][news.event.pop("run")].folder, news.event["kind"]
        if kind == "result":
            self._told[folder] = news.event["result"]
        elif kind == HANGS:
            self._hangs[folder] = news.event["why"]
        elif kind != BEAT:  # which an executor may pass on
            self.on_event(folder, news.event)

    def _end(self, job: Job, how: Ended) -> None:
        told, hangs = self._told.get(job.folder), self._hangs.get(job.folder)
        if told is None and hangs is not None:
            if job.folder not in self.before:
                self.hung[job.folder] = hangs
                _log.warning(f"{job.spec.name} seed {job.spec.seed}: {hangs}; it is tried once more")
                return
            how = replace(how, why=f"it hung twice: {hangs}")
        self.results[job.folder] = self._result(job, how) if told is None else told
        self.on_event(job.folder, {"kind": "end", "result": self.results[job.folder]})

    def _result(self, job: Job, how: Ended) -> dict[str, Any]:
        """Return the result of a run whose process has ended and told none; one that wrote none failed."""
        if how.code == 0 and not how.why and (found := read_result(job.folder)) is not None:
            return found.to_json()
        status, why = "failed", how.why or _why(how.code)
        if how.code == -signal.SIGKILL and not how.why and (processes_killed_for_memory() or 0) > self._killed:
            status, why = "oom", OUT_OF_MEMORY
        return write_result(job.folder, result_of(job.spec, status, why))


def _why(code: int) -> str:
    if code == -signal.SIGKILL:
        return "its process was killed; the system may have been out of memory"
    if code < 0:
        return f"its process died of {signal.Signals(-code).name} (see log.txt in the run's folder)"
    return f"its process ended with code {code} and no result (see log.txt in the run's folder)"
