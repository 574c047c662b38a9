"""The executor ``local``: processes on this machine, side by side."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

from ...errors import GanzooError
from ...interfaces import Ended, Executor, Resources, Task, TaskEvent
from ..results.run_files.spec import RunSpec
from .forks.child import LOST, Child, signal_group
from .forks.fork_server import ForkServer
from .silence import Silence, dumped, plugins_of, stopped, whereabouts
from .watching.hang import BEAT, HANGS, said_of_silent
from .worker import COMMAND, LEAVING

GRACE_SECONDS = 60.0  # for a worker to write its checkpoint when it is told to stop
ANSWER_SECONDS = 6.0  # for a worker to say that it has heard so; one that does not is frozen
KILL_SECONDS = 1.0  # for the system to end what was killed
SERVERS = 3  # fork servers that a bench loses before it does without
PAUSE = 0.2  # between two looks of whoever listens


@dataclass
class _Worker:
    number: int
    task: Task
    process: subprocess.Popen[bytes] | Child
    slot: int
    results: int = 0  # that it has told
    silence: Silence = field(default_factory=Silence)
    hung: bool = False

    @property
    def lost(self) -> bool:
        """True where it is not known how it ended, and not all runs have a result."""
        unknown = self.process.returncode == LOST and isinstance(self.process, Child)
        return unknown and not self.whole and not self.hung

    @property
    def whole(self) -> bool:
        """True where it has told the result of each of its runs."""
        return self.results == len(self.task.folders)

    @property
    def code(self) -> int:
        """With which it ended, once it has."""
        code = cast(int, self.process.returncode)
        return 0 if code == LOST and isinstance(self.process, Child) else code


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
        self._server: ForkServer | None = None
        self._lost_servers = 0

    def resources(self) -> Resources | None:
        """None: this machine's."""
        return None

    def play(self, tasks: Sequence[Task], slots: int | None) -> Generator[TaskEvent | Ended | None, None, None]:
        """Play them all, ``slots`` at once; with None one to a device."""
        slots = slots or max(1, len(tasks[0].devices) // tasks[0].ranks)
        waiting = list(enumerate(tasks))
        running: list[_Worker] = []
        before = time.monotonic()
        try:
            while waiting or running:
                while waiting and len(running) < slots:
                    free = next(slot for slot in range(slots) if slot not in {worker.slot for worker in running})
                    running.append(self._start(*waiting.pop(0), free))
                now = time.monotonic()
                for worker in running:
                    yield from _end_silent(worker, min(now - before, 2 * PAUSE))
                before = now
                try:
                    heard = self._heard.get(timeout=PAUSE)
                except queue.Empty:
                    yield None
                    continue
                if isinstance(heard, TaskEvent):
                    worker = next(worker for worker in running if worker.number == heard.task)
                    worker.results += heard.event.get("kind") == "result"
                    yield heard
                    continue
                running.remove(heard)
                if heard.lost:  # it ended with the fork server, or never started
                    running.append(self._start(heard.number, heard.task, heard.slot))
                else:
                    yield Ended(heard.number, heard.code)
        finally:
            self._stop(running)
            self._heard = queue.Queue()  # what those had to say that were stopped is nobody's

    def close(self) -> None:
        """Let the fork server go."""
        if self._server is not None:
            self._server.close()
            self._server = None

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
        worker = _Worker(number, task, process, slot)
        threading.Thread(target=_listen, args=(worker, self._heard), daemon=True).start()
        return worker

    def _process(self, task: Task, environment: dict[str, str], log: IO[bytes]) -> subprocess.Popen[bytes] | Child:
        folders = [str(folder) for folder in task.folders]
        if sys.platform == "linux" and not task.gpu and task.command == COMMAND:
            if self._server is not None and not self._server.alive:
                self.close()
                self._lost_servers += 1
            if self._lost_servers < SERVERS:
                self._server = self._server or ForkServer(environment, log)
                return self._server.start(folders, log)
        return subprocess.Popen(
            [sys.executable, *task.command, *folders],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=environment,
            start_new_session=True,  # so that Ctrl-C reaches the bench alone, which tells its workers in order
        )

    def _stop(self, running: Sequence[_Worker]) -> None:
        """Tell the workers to leave, and see to it that they do: those at once that do not even answer."""
        for worker in running:
            if worker.process.poll() is None:
                _tell_to_leave(worker.process)
        began = before = time.monotonic()
        answered: set[int] = set()
        try:
            while left := [worker for worker in running if worker.process.poll() is None]:
                now = time.monotonic()
                passed, looked, before = now - began, min(now - before, 2 * PAUSE), now
                answered |= self._answers()
                bounds = [GRACE_SECONDS if worker.number in answered else ANSWER_SECONDS for worker in left]
                for worker, bound in zip(left, bounds, strict=True):
                    worker.silence.tick(looked)
                    if passed > bound or (worker.number in answered and worker.silence.stuck):
                        _kill(worker.process)
                if passed > max(bounds) + KILL_SECONDS:  # the system does not end them, or has not started them yet
                    return
                time.sleep(0.05)
        finally:
            left = [worker for worker in running if worker.process.poll() is None]
            for worker in left:
                _kill(worker.process)
            end = time.monotonic() + KILL_SECONDS
            while any(worker.process.poll() is None for worker in left) and time.monotonic() < end:
                time.sleep(0.02)

    def _answers(self) -> set[int]:
        """Return the workers that have said since the last time that they leave."""
        found = set()
        with suppress(queue.Empty):
            while True:
                heard = self._heard.get_nowait()
                if isinstance(heard, TaskEvent) and heard.event.get("kind") == LEAVING:
                    found.add(heard.task)
        return found


def _tell_to_leave(process: subprocess.Popen[bytes] | Child) -> None:
    """Wake a process that was stopped, and tell it to write its checkpoint and leave."""
    process.send_signal(signal.SIGTERM)
    if sys.platform != "win32":
        if isinstance(process, Child):
            process.send_signal(signal.SIGCONT)
        else:
            signal_group(process.pid, signal.SIGCONT)
    if process.stdin is not None:
        process.stdin.close()  # which one is told by that has no number yet


def _end_silent(worker: _Worker, seconds: float) -> Iterator[TaskEvent]:
    """End a worker that has given no sign of life for too long, with its stacks in its log; tells where it hangs.

    Args:
        worker: that plays, or has ended.
        seconds: since the last look.
    """
    process, silence, folder = worker.process, worker.silence, worker.task.folders[0]
    if worker.hung or process.poll() is not None:
        return
    silence.tick(0.0 if stopped(process.pid) else seconds)
    if not silence.too_long:
        return
    stacks = dumped(process, folder / "log.txt")
    if stacks is None:  # nor can anybody tell that it is not stopped
        silence.heard({})
        return
    worker.hung = True
    _kill(process)
    why = said_of_silent(silence.quiet, whereabouts(stacks, plugins_of(folder)))
    for number in range(len(worker.task.folders)):
        yield TaskEvent(worker.number, {"run": number, "kind": HANGS, "why": why})


def _kill(process: subprocess.Popen[bytes] | Child) -> None:
    if isinstance(process, Child) or sys.platform == "win32":
        process.kill()
    else:
        signal_group(process.pid, signal.SIGKILL)


def _bundle(task: Task, slot: int) -> tuple[str, ...]:
    """Return the devices of a slot, one for each rank."""
    first = slot % max(1, len(task.devices) // task.ranks) * task.ranks
    return task.devices[first : first + task.ranks]


def _listen(worker: _Worker, heard: "queue.Queue[TaskEvent | _Worker]") -> None:
    process = worker.process
    for line in process.stdout or ():
        with suppress(ValueError):
            event = json.loads(line)
            if not isinstance(event, dict):
                continue
            worker.silence.heard(event)
            if event.get("kind") != BEAT:
                heard.put(TaskEvent(worker.number, event))
    if isinstance(process, Child):
        process.silent()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    heard.put(worker)
