"""Runs side by side, each in a process of its own."""

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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..cache import Cache
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


@dataclass
class _Worker:
    folder: Path
    spec: RunSpec
    process: subprocess.Popen
    slot: int
    result: dict[str, Any] | None = None


@dataclass(frozen=True)
class Job:
    """A run to be played: its folder, and what it is."""

    folder: Path
    spec: RunSpec


class Pool:
    """Plays jobs, at most ``len(slots)`` at once.

    Args:
        cache: whose folder the workers share.
        on_event: takes a job's folder and what its worker tells.
    """

    def __init__(self, slots: int, cache: Cache, on_event: Callable[[Path, dict[str, Any]], None]) -> None:
        self.slots, self.cache, self.on_event = slots, cache, on_event
        self._events: queue.Queue[tuple[_Worker, dict[str, Any] | None]] = queue.Queue()
        self._signal = 0

    def play(self, jobs: list[Job]) -> list[dict[str, Any]]:
        """Play them all and give their results, in the order of the jobs.

        Raises:
            Interrupted: by SIGINT, SIGTERM or SIGHUP.
        """
        waiting = list(jobs)
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
                    results[worker.folder] = self._ended(worker)
                    self.on_event(worker.folder, {"kind": "end", "result": results[worker.folder]})
            finally:
                self._stop(running)
        if self._signal:
            raise Interrupted(self._signal)
        return [results[job.folder] for job in jobs]

    def _start(self, job: Job, taken: set[int]) -> _Worker:
        slot = next(i for i in range(self.slots) if i not in taken)
        threads = str(job.spec.threads)
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(str(Path(p).resolve()) for p in sys.path if Path(p).exists()),
            "PYTHONUNBUFFERED": "1",
            "GANZOO_CACHE": str(self.cache.root),
            "OMP_NUM_THREADS": threads,
            "MKL_NUM_THREADS": threads,
        }
        job.spec.write(job.folder)
        with (job.folder / "log.txt").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-P", "-c", "from ganzoo.bench.worker import main; main()", str(job.folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment,
                start_new_session=True,  # so that Ctrl-C reaches the bench alone, which tells its workers in order
            )
        worker = _Worker(job.folder, job.spec, process, slot)
        threading.Thread(target=self._listen, args=(worker,), daemon=True).start()
        return worker

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
        if event["kind"] == "result":
            worker.result = event["result"]
        else:
            self.on_event(worker.folder, event)

    def _ended(self, worker: _Worker) -> dict[str, Any]:
        code = worker.process.returncode
        result = worker.result or (read_result(worker.folder) if code == 0 else None)
        if result is not None:
            return result
        result = result_of(worker.spec, "failed", _why(code))
        write_result(worker.folder, result)
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
