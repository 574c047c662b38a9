"""The executor ``ray``: each group of runs on whatever machine of a Ray cluster has room for it.

Beside the process of the runs sits an actor, which sends what they tell and what changes in their folders. So the
bench has every checkpoint soon after it was written, and a process that is lost, with its machine or without, goes on
from there on another one. No file system is shared; what a machine's cache lacks goes through Ray's object store.
"""

import logging
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ganzoo
from ganzoo.errors import SetupError, first_line
from ganzoo.interfaces import Ended, Executor, Resources, Task, TaskEvent

from .folder import Change, apply, everything
from .host import Hello, Host, News

RETRIES = 3  # in a row, of a process that is lost before it has written a checkpoint
GRACE_SECONDS = 60.0  # for the processes to write their checkpoints when they are told to leave
PAUSE = 0.5  # between two looks of whoever listens
STOPPED = 143
LOST = (-signal.SIGKILL, -signal.SIGTERM, STOPPED)  # how a process exits that was ended by somebody else


@dataclass
class _Seat:
    """A task, and where it is played.

    Attributes:
        losses: how often its process was lost since it wrote a checkpoint.
        host: beside the process; None while it waits for a machine to be asked for.
        asked: what the host was asked last, its answer to come.
        started: the process was started.
    """

    number: int
    task: Task
    losses: int = 0
    host: Any = None
    asked: Any = None
    started: bool = False

    @property
    def name(self) -> str:
        """For people."""
        folders = [f"{folder.parent.name}/{folder.name}" for folder in self.task.folders]
        return ", ".join(folders)


class RayExecutor(Executor):
    """The machines of a Ray cluster: a GPU to each rank of a task, or as many cores as it has threads.

    Every machine needs the same ganzoo, with the same plugins. Without an address it is the cluster that the variable
    ``RAY_ADDRESS`` names, or one that runs on this machine, or else one of this machine alone.

    Source: arXiv:1712.05889.
    """

    def __init__(self, address: str | None, say: Callable[[str], None]) -> None:
        super().__init__(address, say)
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # as a later Ray does, which now warns of it
        try:
            import ray
        except ImportError as error:
            raise SetupError("the executor 'ray' needs the package ray: install ganzoo-core[ray]") from error
        self._ray = ray
        self._connected = not ray.is_initialized()
        if self._connected:
            try:
                ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
            except (OSError, ValueError, RuntimeError) as error:
                where = f"at {address}" if address else "here"
                raise SetupError(f"there is no Ray cluster to be reached {where}: {first_line(error, 300)}") from error
        self._sent: dict[str, Any] = {}

    def resources(self) -> Resources:
        """Give the cores and GPUs of all machines."""
        there = self._ray.cluster_resources()  # type: ignore[no-untyped-call] # as Ray declares it
        return Resources(cores=int(there.get("CPU", 0)), gpus=int(there.get("GPU", 0)))

    def close(self) -> None:
        """Leave the cluster."""
        if self._connected:
            self._ray.shutdown()

    def play(self, tasks: Sequence[Task], slots: int | None) -> Generator[TaskEvent | Ended | None, None, None]:
        """Play them all, each on a machine of its own choice.

        Raises:
            SetupError: no machine is large enough, or the cluster is gone.
        """
        self._check(tasks)
        waiting = deque(_Seat(number, task) for number, task in enumerate(tasks))
        running: list[_Seat] = []
        try:
            while waiting or running:
                while waiting and (slots is None or len(running) < slots):
                    running.append(waiting.popleft())
                    self._sit(running[-1])
                answered = self._answered(running)
                if not answered:
                    yield None
                for seat in answered:
                    for told in self._hear(seat):
                        yield told
                        if isinstance(told, Ended):
                            running.remove(seat)
                    if seat.host is None and seat in running:
                        running.remove(seat)
                        waiting.appendleft(seat)
        finally:
            self._leave(running)

    def _check(self, tasks: Sequence[Task]) -> None:
        known = self._ray.nodes()  # type: ignore[no-untyped-call] # as Ray declares it
        nodes = [node["Resources"] for node in known if node["Alive"]]
        largest, gpus = (max((int(node.get(kind, 0)) for node in nodes), default=0) for kind in ("CPU", "GPU"))
        for task in tasks:
            cores = task.threads * task.ranks
            if not task.gpu and cores > largest:
                raise SetupError(
                    f"a run on {cores} cores has no room on any machine of the cluster, whose largest has "
                    f"{largest}; give a smaller --threads" + (" or --gpus-per-run" if task.ranks > 1 else "")
                )
            if task.gpu and task.ranks > max(gpus, 1):
                raise SetupError(
                    f"a run on {task.ranks} GPUs has no room on any machine of the cluster, whose largest has {gpus}; "
                    "give a smaller --gpus-per-run"
                )

    def _sit(self, seat: _Seat) -> None:
        ranks = seat.task.ranks  # of one machine, as all that one actor asks for is
        room = {"num_gpus": ranks, "num_cpus": ranks} if seat.task.gpu else {"num_cpus": seat.task.threads * ranks}
        seat.host = self._ray.remote(Host).options(**room, max_restarts=0, max_task_retries=0).remote()
        seat.started = False
        seat.asked = seat.host.hello.remote(list(seat.task.files))

    def _answered(self, seats: Sequence[_Seat]) -> list[_Seat]:
        """Those whose host has answered, or is gone; after half a second at the latest."""
        try:
            ready, _ = self._ray.wait([seat.asked for seat in seats], num_returns=len(seats), timeout=0)
            if not ready:
                ready, _ = self._ray.wait([seat.asked for seat in seats], timeout=PAUSE)
        except self._ray.exceptions.RayError as error:
            raise SetupError(f"the Ray cluster cannot be reached any more: {first_line(error, 300)}") from error
        return [seat for seat in seats if seat.asked in ready]

    def _hear(self, seat: _Seat) -> Iterator[TaskEvent | Ended]:
        """Take in what a host answered, and ask it for more; a seat that lost its host has none afterwards."""
        try:
            answer = self._ray.get(seat.asked)
        except self._ray.exceptions.RayError as error:
            yield from self._lost(seat, f"its machine or its actor was lost ({first_line(error, 300)})")
            return
        if isinstance(answer, Hello):
            if answer.version != ganzoo.__version__:
                self._ray.kill(seat.host)
                here = ganzoo.__version__
                yield Ended(seat.number, 1, f"its machine has ganzoo {answer.version}, and the bench has {here}")
                return
            self._begin(seat, answer.lacks)
        elif isinstance(answer, News):
            for folder, changes in zip(seat.task.folders, answer.changes, strict=True):
                apply(changes, folder)
                if any(change.name.startswith("checkpoints/") and change.content is not None for change in changes):
                    seat.losses = 0
            yield from (TaskEvent(seat.number, event) for event in answer.events)
            if answer.code in LOST:
                yield from self._lost(seat, "its process was killed; the system may have been out of memory")
                return
            if answer.code is not None:
                seat.host = None  # nobody holds it any more, and Ray ends it
                yield Ended(seat.number, answer.code)
                return
            seat.asked = seat.host.news.remote()
        else:
            seat.started = True
            seat.asked = seat.host.news.remote()

    def _begin(self, seat: _Seat, lacks: Sequence[str]) -> None:
        for place in lacks:
            if place not in self._sent:
                self._sent[place] = self._ray.put(_read(seat.task.files[place]))
        held = [everything(folder) for folder in seat.task.folders]
        variables = seat.task.environment()
        sent = {place: self._sent[place] for place in lacks}
        seat.asked = seat.host.start.remote(held, sent, seat.task.command, variables)

    def _lost(self, seat: _Seat, why: str) -> Iterator[Ended]:
        self._ray.kill(seat.host)
        seat.host = None
        seat.losses += 1
        if seat.losses > RETRIES:
            yield Ended(seat.number, 1, f"{why}; {seat.losses} times in a row, with no checkpoint in between")
        else:
            self.say(f"{seat.name}: {why}; it goes on from its last checkpoint")

    def _leave(self, seats: Sequence[_Seat]) -> None:
        """Tell the processes to leave, fetch what they leave behind, and see to it that they are gone."""
        staying = []
        try:
            for seat in seats:
                if seat.host is not None and seat.started:
                    seat.host.leave.remote()
                    staying.append(seat)
            end = time.monotonic() + GRACE_SECONDS
            while staying and time.monotonic() < end:
                for seat in self._answered(staying):
                    self._take_leave(seat)
                staying = [seat for seat in staying if seat.host is not None]
        finally:
            for seat in seats:
                if seat.host is not None:
                    self._ray.kill(seat.host)

    def _take_leave(self, seat: _Seat) -> None:
        try:
            answer = self._ray.get(seat.asked)
        except self._ray.exceptions.RayError:
            seat.host = None
            return
        for folder, changes in zip(seat.task.folders, answer.changes, strict=True):
            apply(changes, folder)
        if answer.code is None:
            seat.asked = seat.host.news.remote()
        else:
            seat.host = None


def _read(path: Path) -> list[Change]:
    """Give a file, or all of a folder, as ``folder.write_all`` takes it."""
    return everything(path) if path.is_dir() else [Change("", path.read_bytes())]
