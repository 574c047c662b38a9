"""The executor ``local``: processes on this machine, side by side."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from ...errors import GanzooError
from ...interfaces import Ended, Executor, Resources, Task, TaskEvent
from ..results.spec import RunSpec
from .fork_server import Child, ForkServer
from .worker import COMMAND

GRACE_SECONDS = 60.0  # for a worker to write its checkpoint when it is told to stop
PAUSE = 0.2  # between two looks of whoever listens


@dataclass
class _Worker:
    number: int
    process: subprocess.Popen[bytes] | Child
    slot: int


class LocalExecutor(Executor):
    """Processes on this machine, one to a slot; the devices of the tasks are shared out among the slots.

    Raises:
        GanzooError: an address was given.
    """

    def __init__(self, address: str | None, say: Callable[[str], None]) -> None:
        super().__init__(address, say)
        if address is not None:
            raise GanzooError(f"the executor 'local' plays on this machine, and has no use for the address {address!r}")
        self._heard: queue.Queue[TaskEvent | _Worker] = queue.Queue()
        self._nursery: ForkServer | None = None

    def resources(self) -> Resources | None:
        """None: this machine's."""
        return None

    def play(self, tasks: Sequence[Task], slots: int | None) -> Generator[TaskEvent | Ended | None, None, None]:
        """Play them all, ``slots`` at once; with None one to a device."""
        slots = slots or max(1, len(tasks[0].devices) // tasks[0].ranks)
        waiting = list(enumerate(tasks))
        running: list[_Worker] = []
        try:
            while waiting or running:
                while waiting and len(running) < slots:
                    free = next(slot for slot in range(slots) if slot not in {worker.slot for worker in running})
                    running.append(self._start(*waiting.pop(0), free))
                try:
                    heard = self._heard.get(timeout=PAUSE)
                except queue.Empty:
                    yield None
                    continue
                if isinstance(heard, TaskEvent):
                    yield heard
                else:
                    running.remove(heard)
                    yield Ended(heard.number, cast(int, heard.process.returncode))  # _listen has waited for it
        finally:
            self._stop(running)
            self._heard = queue.Queue()  # what those had to say that were stopped is nobody's

    def close(self) -> None:
        """Let the nursery go."""
        if self._nursery is not None:
            self._nursery.close()
            self._nursery = None

    def _start(self, number: int, task: Task, slot: int) -> _Worker:
        if len(task.devices) > 1:
            own = _bundle(task, slot)
            for folder in task.folders:
                given = RunSpec.read(folder).changed(device=own[0], devices=own if task.ranks > 1 else ())
                given.write(folder)
        environment = os.environ | task.environment()
        environment["PYTHONPATH"] = os.pathsep.join(str(Path(p).resolve()) for p in sys.path if Path(p).exists())
        with (task.folders[0] / "log.txt").open("ab") as log:
            process = self._process(task, environment, log)
        worker = _Worker(number, process, slot)
        threading.Thread(target=_listen, args=(worker, self._heard), daemon=True).start()
        return worker

    def _process(self, task: Task, environment: dict[str, str], log: IO[bytes]) -> subprocess.Popen[bytes] | Child:
        folders = [str(folder) for folder in task.folders]
        if sys.platform == "linux" and not task.gpu and task.command == COMMAND:
            if self._nursery is not None and not self._nursery.alive:
                self.close()
            self._nursery = self._nursery or ForkServer(environment, log)
            return self._nursery.start(folders, log)
        return subprocess.Popen(
            [sys.executable, *task.command, *folders],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=environment,
            start_new_session=True,  # so that Ctrl-C reaches the bench alone, which tells its workers in order
        )

    def _stop(self, running: Sequence[_Worker]) -> None:
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


def _bundle(task: Task, slot: int) -> tuple[str, ...]:
    """Return the devices of a slot, one for each rank."""
    first = slot % max(1, len(task.devices) // task.ranks) * task.ranks
    return task.devices[first : first + task.ranks]


def _listen(worker: _Worker, heard: "queue.Queue[TaskEvent | _Worker]") -> None:
    process = worker.process
    for line in process.stdout or ():
        with suppress(ValueError):
            heard.put(TaskEvent(worker.number, json.loads(line)))
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    heard.put(worker)
