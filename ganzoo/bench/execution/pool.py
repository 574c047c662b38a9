"""Runs side by side, in processes of their own, wherever an executor starts them."""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import PluginError
from ...interfaces import Ended, Executor, Task, TaskEvent
from ...storage.cache import Cache
from ..results.result import read_result, result_of, write_result
from ..results.spec import RunSpec
from .worker import COMMAND


class Interrupted(BaseException):
    """The bench was told to stop, and its runs have written their checkpoints.

    Attributes:
        signal: by which signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.signal = number


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
    """

    def __init__(
        self,
        executor: Executor,
        slots: int | None,
        devices: Sequence[str],
        cache: Cache,
        on_event: Callable[[Path, dict[str, Any]], None],
        files: Mapping[str, Path] | None = None,
    ) -> None:
        self.executor, self.slots, self.devices = executor, slots, tuple(devices)
        self.cache, self.on_event, self.files = cache, on_event, files or {}
        self._signal = 0

    def play(self, groups: list[list[Job]]) -> dict[Path, dict[str, Any]]:
        """Play them all and give their results by folder.

        Raises:
            Interrupted: by SIGINT, SIGTERM or SIGHUP.
        """
        tasks = [self._task(group) for group in groups]
        told: dict[Path, dict[str, Any]] = {}
        results: dict[Path, dict[str, Any]] = {}
        with self._signals(), closing(self.executor.play(tasks, self.slots)) as heard:
            for news in heard:
                if isinstance(news, TaskEvent):
                    folder = groups[news.task][news.event.pop("run")].folder
                    if news.event["kind"] == "result":
                        told[folder] = news.event["result"]
                    else:
                        self.on_event(folder, news.event)
                elif news is not None:
                    for job in groups[news.task]:
                        results[job.folder] = _ended(job, news, told.get(job.folder))
                        self.on_event(job.folder, {"kind": "end", "result": results[job.folder]})
                if self._signal:
                    break
        if self._signal:
            raise Interrupted(self._signal)
        if lost := sum(map(len, groups)) - len(results):
            raise PluginError(
                f"the executor {type(self.executor).__name__} gave up with {lost} runs still to be played"
            )
        return results

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

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """SIGINT, SIGTERM and SIGHUP end the bench in order; a second one ends it at once."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def heard(number: int, frame: Any) -> None:
            if self._signal:
                raise Interrupted(number)
            self._signal = number

        before = {n: signal.signal(n, heard) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _ended(job: Job, how: Ended, told: dict[str, Any] | None) -> dict[str, Any]:
    """Return the result of a run whose process has ended; one that has none failed."""
    if told is not None:
        return told
    if how.code == 0 and not how.why and (found := read_result(job.folder)) is not None:
        return found.to_json()
    result = result_of(job.spec, "failed", how.why or _why(how.code))
    write_result(job.folder, result)
    return result


def _why(code: int) -> str:
    if code == -signal.SIGKILL:
        return "its process was killed; the system may have been out of memory"
    if code < 0:
        return f"its process died of {signal.Signals(-code).name} (see log.txt in the run's folder)"
    return f"its process ended with code {code} and no result (see log.txt in the run's folder)"
