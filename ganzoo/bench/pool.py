"""Runs side by side, in processes of their own."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from ..cache import Cache
from .nursery import Child, Nursery
from .result import result_of, write_result
from .spec import RunSpec, read_result

GRACE_SECONDS = 60.0  # for a worker to write its checkpoint when it is told to stop


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


@dataclass
class _Worker:
    jobs: list[Job]
    process: subprocess.Popen | Child
    slot: int
    results: dict[int, dict[str, Any]] = field(default_factory=dict)


class Pool:
    """Plays groups of jobs, each group in one process.

    Args:
        slots: how many processes at once.
        devices: shared out among the slots.
        cache: whose folder the workers share.
        on_event: takes a job's folder and what its worker tells.
    """

    def __init__(
        self, slots: int, devices: list[str], cache: Cache, on_event: Callable[[Path, dict[str, Any]], None]
    ) -> None:
        self.slots, self.devices, self.cache, self.on_event = slots, devices, cache, on_event
        self._events: queue.Queue[tuple[_Worker, dict[str, Any] | None]] = queue.Queue()
        self._signal = 0
        self._nursery: Nursery | None = None

    def play(self, groups: list[list[Job]]) -> dict[Path, dict[str, Any]]:
        """Play them all and give their results by folder.

        Raises:
            Interrupted: by SIGINT, SIGTERM or SIGHUP.
        """
        waiting = list(groups)
        running: list[_Worker] = []
        results: dict[Path, dict[str, Any]] = {}
        with self._signals():
            try:
                while (waiting or running) and not self._signal:
                    while waiting and len(running) < self.slots:
                        running.append(self._start(waiting.pop(0), {w.slot for w in running}))
                    try:
                        worker, event = self._events.get(timeout=0.2)
                    except queue.Empty:
                        continue
                    if event is not None:
                        self._heard(worker, event)
                        continue
                    running.remove(worker)
                    for number, job in enumerate(worker.jobs):
                        results[job.folder] = self._ended(worker, number)
                        self.on_event(job.folder, {"kind": "end", "result": results[job.folder]})
            finally:
                self._stop(running)
                if self._nursery is not None:
                    self._nursery.close()
                    self._nursery = None
        if self._signal:
            raise Interrupted(self._signal)
        return results

    def _start(self, jobs: list[Job], taken: set[int]) -> _Worker:
        slot = next(i for i in range(self.slots) if i not in taken)
        jobs = [replace(job, spec=replace(job.spec, device=self.devices[slot % len(self.devices)])) for job in jobs]
        threads = str(jobs[0].spec.threads)
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(str(Path(p).resolve()) for p in sys.path if Path(p).exists()),
            "PYTHONUNBUFFERED": "1",
            "GANZOO_CACHE": str(self.cache.root),
            "OMP_NUM_THREADS": threads,
            "MKL_NUM_THREADS": threads,
        }
        for job in jobs:
            job.spec.write(job.folder)
        for job in jobs[1:]:
            (job.folder / "log.txt").write_text(f"see {os.path.relpath(jobs[0].folder, job.folder)}/log.txt\n")
        folders = [str(job.folder) for job in jobs]
        with (jobs[0].folder / "log.txt").open("ab") as log:
            process = self._process(folders, environment, log)
        worker = _Worker(jobs, process, slot)
        threading.Thread(target=self._listen, args=(worker,), daemon=True).start()
        return worker

    def _process(self, folders: list[str], environment: dict[str, str], log: IO[bytes]) -> subprocess.Popen | Child:
        if sys.platform == "linux" and self.devices == ["cpu"]:
            if self._nursery is not None and not self._nursery.alive:
                self._nursery.close()
                self._nursery = None
            self._nursery = self._nursery or Nursery(environment, log)
            return self._nursery.start(folders, log)
        return subprocess.Popen(
            [sys.executable, "-P", "-c", "from ganzoo.bench.worker import main; main()", *folders],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=environment,
            start_new_session=True,  # so that Ctrl-C reaches the bench alone, which tells its workers in order
        )

    def _listen(self, worker: _Worker) -> None:
        process = worker.process
        for line in process.stdout or ():
            try:
                self._events.put((worker, json.loads(line)))
            except ValueError:
                continue
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        self._events.put((worker, None))

    def _heard(self, worker: _Worker, event: dict[str, Any]) -> None:
        number = event.pop("run")
        if event["kind"] == "result":
            worker.results[number] = event["result"]
        else:
            self.on_event(worker.jobs[number].folder, event)

    def _ended(self, worker: _Worker, number: int) -> dict[str, Any]:
        code, job = worker.process.returncode, worker.jobs[number]
        result = worker.results.get(number) or (read_result(job.folder) if code == 0 else None)
        if result is not None:
            return result
        result = result_of(job.spec, "failed", _why(code))
        write_result(job.folder, result)
        return result

    def _stop(self, running: list[_Worker]) -> None:
        """Tell the workers to leave, and see to it that they do."""
        for worker in running:
            if worker.process.poll() is None:
                worker.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        try:
            while any(w.process.poll() is None for w in running) and time.monotonic() - began < GRACE_SECONDS:
                time.sleep(0.05)
        finally:
            for worker in running:
                if worker.process.poll() is None:
                    worker.process.kill()
                    worker.process.wait()

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


def _why(code: int) -> str:
    if code == -signal.SIGKILL:
        return "its process was killed; the system may have been out of memory"
    if code < 0:
        return f"its process died of {signal.Signals(-code).name} (see log.txt in the run's folder)"
    return f"its process ended with code {code} and no result (see log.txt in the run's folder)"
