"""The executor ``slurm``: each group of runs is a job, in folders that all machines see."""

import json
import os
import shutil
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganzoo.errors import SetupError, first_line
from ganzoo.interfaces import Ended, Executor, Resources, Task, TaskEvent

from .job import Desk, TaskJob
from .machines import resources
from .options import options

NOTES = ".slurm"  # in the first folder of a task
RETRIES = 3  # in a row, of a job that is lost before it has written a checkpoint
GRACE_SECONDS = 90.0  # for the processes to write their checkpoints when they are told to leave
PAUSE = 0.5  # between two looks of whoever listens
END_SECONDS = 15.0  # for a job to end after its process
SIGN_SECONDS = 30.0  # between two signs of life to the jobs
LOST = (-signal.SIGKILL, -signal.SIGTERM, 143)  # how a process exits that was ended by somebody else


@dataclass
class _Seat:
    """A task and its job.

    Attributes:
        losses: how often its job was lost since it wrote a checkpoint.
        attempt: how many jobs it has had.
        job: at submitit.
        read: bytes of its events.
        checkpoints: those that there were when its job began.
        ended: when the exit code of its process was seen, while the job itself has not ended.
    """

    number: int
    task: Task
    losses: int = 0
    attempt: int = 0
    job: Any = None
    read: int = 0
    checkpoints: frozenset[str] = frozenset()
    ended: float | None = None

    @property
    def name(self) -> str:
        """Its folders, for people."""
        return ", ".join(f"{folder.parent.name}/{folder.name}" for folder in self.task.folders)

    @property
    def notes(self) -> Path:
        """The folder of all its jobs."""
        return self.task.folders[0].absolute() / NOTES

    @property
    def desk(self) -> Desk:
        """The desk of its present job."""
        return Desk(self.notes / f"job{self.attempt}")

    def held(self) -> frozenset[str]:
        """Name the checkpoints in its folders."""
        found = (path for folder in self.task.folders for path in (folder / "checkpoints").glob("*"))
        return frozenset(str(path) for path in found)


class SlurmExecutor(Executor):
    """Jobs of a Slurm cluster, submitted by submitit: a GPU to each rank of a task, or as many cores as it has threads.

    The results folder, ganzoo's cache and the Python environment must lie in folders that every node sees under the
    same names. The address is what a job asks for: ``partition=gpu,time=4:00:00,mem=32``; ``time`` is 4 hours and the
    memory the cluster's own unless they are given. What needs longer than a job lasts goes on in another one, from the
    checkpoint that it writes when Slurm warns it; so does a run whose job was preempted or lost. ``cluster=local``
    plays the same jobs as processes of this machine, to try it out.
    """

    def __init__(self, address: str | None, say: Callable[[str], None]) -> None:
        super().__init__(address, say)
        self._wishes = options(address)
        try:
            import submitit
        except ImportError as error:
            raise SetupError(
                "the executor 'slurm' needs the package submitit: run `pip install \"ganzoo-core[slurm]\"`"
            ) from error
        self._submitit = submitit
        if self._wishes.cluster == "slurm" and shutil.which("sbatch") is None:
            raise SetupError("there is no sbatch here: start the bench on a login node of the Slurm cluster")
        self._signed = float("-inf")

    def resources(self) -> Resources:
        """Give the cores and GPUs of the cluster's nodes."""
        return resources(self._wishes)

    def play(self, tasks: Sequence[Task], slots: int | None) -> Generator[TaskEvent | Ended | None, None, None]:
        """Play them all; Slurm decides when and where.

        Raises:
            SetupError: a job cannot be submitted.
        """
        waiting = deque(_Seat(number, task) for number, task in enumerate(tasks))
        running: list[_Seat] = []
        _dismiss([seat.notes for seat in waiting])
        try:
            while waiting or running:
                while waiting and (slots is None or len(running) < slots):
                    running.append(waiting.popleft())
                    self._submit(running[-1])
                self._sign(running)
                quiet = True
                for seat in list(running):
                    for told in self._hear(seat):
                        quiet = False
                        yield told
                        if isinstance(told, Ended):
                            running.remove(seat)
                if quiet:
                    yield None
                    time.sleep(PAUSE)
        finally:
            self._leave(running)

    def _submit(self, seat: _Seat) -> None:
        task = seat.task
        seat.attempt, seat.read, seat.checkpoints, seat.ended = seat.attempt + 1, 0, seat.held(), None
        seat.desk.folder.mkdir(parents=True)
        variables = task.environment()
        variables["PYTHONPATH"] = os.pathsep.join(str(Path(p).resolve()) for p in sys.path if Path(p).exists())
        folders = [folder.absolute() for folder in task.folders]
        job = TaskJob(seat.desk.folder, task.command, folders, variables)
        try:
            executor = self._submitit.AutoExecutor(folder=seat.notes / "submitit", cluster=self._wishes.cluster)
            asked = self._wishes.parameters(task.threads * task.ranks, task.ranks if task.gpu else 0)
            executor.update_parameters(name=f"ganzoo-{folders[0].parent.name}", **asked)
            seat.job = executor.submit(job)
        except Exception as error:  # of sbatch, by way of submitit's own classes
            raise SetupError(f"the job of {seat.name} cannot be submitted: {first_line(error, 300)}") from error

    def _hear(self, seat: _Seat) -> Iterator[TaskEvent | Ended]:
        """Take in what a job has told; where it is lost another one is submitted."""
        done = seat.job.done()  # before the code is looked for, which is written before
        told = seat.desk.read(seat.desk.code)
        code = int(told) if told is not None else _returned(seat) if done else None
        yield from self._events(seat)
        if code is not None and not done:
            seat.ended = seat.ended or time.monotonic()
            if time.monotonic() - seat.ended < END_SECONDS:
                return
        if code is not None and code not in LOST:
            shutil.rmtree(seat.notes, ignore_errors=True)
            yield Ended(seat.number, code)
        elif code is not None:
            yield from self._lost(seat, "its job was told to leave, or its process was killed")
        elif done:
            yield from self._lost(seat, f"its job {seat.job.job_id} was lost ({seat.job.state})")

    def _events(self, seat: _Seat) -> Iterator[TaskEvent]:
        with suppress(OSError), seat.desk.events.open("rb") as file:
            file.seek(seat.read)
            whole, _, _ = file.read().rpartition(b"\n")
            seat.read += len(whole) + bool(whole)
            for line in whole.splitlines():
                with suppress(ValueError):
                    event = json.loads(line)
                    if isinstance(event, dict) and event.get("kind") != "beat":
                        yield TaskEvent(seat.number, event)

    def _lost(self, seat: _Seat, why: str) -> Iterator[Ended]:
        self._cancel(seat)  # so that Slurm does not begin it again beside the next one
        seat.losses = 1 if seat.held() - seat.checkpoints else seat.losses + 1
        if seat.losses > RETRIES:
            yield Ended(
                seat.number,
                1,
                f"{why}; {seat.losses} times in a row, with no checkpoint in between; see {NOTES} in its folder, which "
                "every node must see",
            )
            return
        self.say(f"{seat.name}: {why}; it goes on from its last checkpoint")
        self._submit(seat)

    def _sign(self, seats: Sequence[_Seat]) -> None:
        """Give the jobs a sign of life."""
        if time.monotonic() - self._signed > SIGN_SECONDS:
            self._signed = time.monotonic()
            for seat in seats:
                with suppress(OSError):
                    seat.desk.write(seat.desk.alive, str(time.time_ns()))

    def _leave(self, seats: Sequence[_Seat]) -> None:
        """Tell the processes to leave, wait until they have left, and cancel what has not begun or does not leave."""
        begun = [seat for seat in seats if seat.job is not None and seat.desk.events.exists()]
        try:
            for seat in begun:
                with suppress(OSError):
                    seat.desk.write(seat.desk.leave, "")
            for seat in seats:
                if seat.job is not None and seat not in begun:
                    seat.desk.write(seat.desk.code, "143")  # a job that begins just now does nothing
                    self._cancel(seat)
            end = time.monotonic() + GRACE_SECONDS
            while time.monotonic() < end and not all(seat.job.done() for seat in begun):
                time.sleep(PAUSE / 5)
        finally:
            for seat in begun:
                self._cancel(seat)

    def _cancel(self, seat: _Seat) -> None:
        if not seat.job.done():
            with suppress(OSError):
                seat.job.cancel(check=False)


def _returned(seat: _Seat) -> int | None:
    """Give what a job has returned; None where it was lost."""
    if not seat.job.paths.result_pickle.exists():
        return None
    try:
        return int(seat.job.result())
    except Exception:  # as submitit passes on whatever the job raised
        return None


def _dismiss(folders: Sequence[Path]) -> None:
    """Have the jobs leave that a bench which was killed has left in these folders, and forget them."""
    desks = [Desk(path) for folder in folders for path in folder.glob("job*")]
    left = [desk for desk in desks if desk.read(desk.code) is None]
    for desk in left:
        if desk.events.exists():
            desk.write(desk.leave, "")
        else:
            desk.write(desk.code, "143")  # one that begins later does nothing
    end = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < end and any(desk.read(desk.code) is None for desk in left):
        time.sleep(PAUSE / 5)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
