"""Executors start the processes of runs: on this machine, or on others. Imports no torch."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Resources:
    """The resources of all machines together.

    Attributes:
        cores: of their CPUs.
        gpus: how many.
    """

    cores: int
    gpus: int


@dataclass(frozen=True)
class Task:
    """Runs that share a process, as plain data.

    The process is ``python *command FOLDER...``, with the variables of ``environment``. Each folder holds the
    ``run.json`` of a run, which the process plays from there, or from the newest checkpoint in the folder; all that
    comes of a run lies in its folder, in files that are written whole or only grow. Files and folders whose names
    begin with ``.`` are the process's own affair.

    - Standard output: JSON objects, one a line, each with the ``run``'s place among the folders and its ``kind``.
      Anything else is to be passed over. A ``beat`` is a sign of life, one each two seconds, with the seconds of
      silence after which the process hangs (``limit``); it may be kept back.
    - SIGUSR1, where there is one: the stacks of its threads are written to standard error, and it plays on.
    - Standard error: is appended to ``log.txt`` in the first folder.
    - SIGTERM, or the end of standard input: it writes checkpoints, and exits with 143.

    The folders may lie elsewhere while the process plays, as long as the ones named here end up with the same files.
    To begin a process again with the files of its last checkpoint costs what it did since, and changes no result.

    Attributes:
        folders: of the runs.
        command: what the interpreter is given before the folders.
        devices: those that the runs may play on, any one of them, as torch calls them. Off this machine the process is
            to see one GPU of its own where they are GPUs, and plays on that whatever its name is here.
        threads: how many cores it keeps busy on a CPU.
        cache: the folder that it finds in ``$GANZOO_CACHE`` on this machine.
        files: the files and folders that it reads besides: where each lies, by where a process elsewhere looks for it,
            a path below its own ``$GANZOO_CACHE`` that stands for its contents. One that is there needs no sending.
        ranks: how many processes the one that is started makes of itself to play each run; as many cores as ``threads``
            says, or a device, for each. Off this machine it is to see as many GPUs of its own, all of one machine.
    """

    folders: tuple[Path, ...]
    command: tuple[str, ...]
    devices: tuple[str, ...]
    threads: int
    cache: Path
    files: Mapping[str, Path] = field(default_factory=dict)
    ranks: int = 1

    @property
    def gpu(self) -> bool:
        """True where it plays on a GPU."""
        return self.devices[0] != "cpu"

    def environment(self, cache: Path | None = None) -> dict[str, str]:
        """Return the variables that its process is given, beside those that there are.

        Args:
            cache: its cache; None for the one on this machine.
        """
        threads = str(self.threads)
        return {
            "PYTHONUNBUFFERED": "1",
            "GANZOO_CACHE": str(cache or self.cache),
            "OMP_NUM_THREADS": threads,
            "MKL_NUM_THREADS": threads,
        }


@dataclass(frozen=True)
class TaskEvent:
    """A line of a process.

    Attributes:
        task: its place among the tasks.
        event: the object as it was read.
    """

    task: int
    event: dict[str, Any]


@dataclass(frozen=True)
class Ended:
    """A process has ended for good, and its folders are complete.

    Attributes:
        task: its place among the tasks.
        code: its exit code, negative for a signal.
        why: what became of it, where the code does not say.
    """

    task: int
    code: int
    why: str = ""


class Executor(ABC):
    """Starts the processes of a bench's runs, and tells what they tell.

    Made once for a bench, and closed at its end. Both arguments are kept as attributes.

    Args:
        address: where the machines are reached; None for the executor's own way of finding them.
        say: takes a line for people.

    Raises:
        SetupError: they cannot be reached, or a package is missing.
    """

    def __init__(self, address: str | None, say: Callable[[str], None]) -> None:
        self.address, self.say = address, say

    @abstractmethod
    def resources(self) -> Resources | None:
        """Return what the machines offer; None for this machine itself."""

    @abstractmethod
    def play(self, tasks: Sequence[Task], slots: int | None) -> Generator[TaskEvent | Ended | None, None, None]:
        """Play every task to its end, and tell how they go.

        Gives None when nothing is new, about twice a second: whoever listens looks at the clock and at signals then.
        Closing the generator before its end tells the processes to leave, and returns when they have left, with their
        checkpoints in the folders.

        Args:
            tasks: what is to be played, the first ones first.
            slots: how many at once at the most; None for as many as there is room for.

        Yields:
            each line of each process in its order, and one ``Ended`` for each task.
        """

    def close(self) -> None:
        """Let the machines go."""
        return
