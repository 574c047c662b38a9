"""The runs of a worker's process: made, played and watched. Imports torch, and so is imported late."""

import faulthandler
import logging
import os
from collections.abc import Sequence
from contextlib import ExitStack
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock

from ...errors import GanzooError
from ...messages import to_stderr
from ...recipes.provenance.used import entries_used
from ...registry.discovery import Zoo
from ...registry.guarding.told import blamed
from ...storage.leftovers import sweep
from ..results.run_files.result_file import result_of, write_result
from ..results.run_files.spec import RunSpec
from ..runs.ranks.others import Others
from ..runs.run import Run
from .interleaved import InterleavedRuns, StoppedError
from .watching.hang import BEAT, HANGS, HUNG, said, whereabouts
from .watching.watchdog import Watchdog
from .worker import STOPPED, Channel, Stop

_log = logging.getLogger(__name__)


class WorkerRuns:
    """Some runs that one process plays.

    Args:
        folders: of the runs, whose specifications are read.
        channel: takes their events.
        stop: says when to leave.
        others: the other ranks, where several processes play the one run.

    Raises:
        GanzooError: a specification cannot be read.
    """

    def __init__(self, folders: Sequence[Path], channel: Channel, stop: Stop, others: Others | None) -> None:
        self.folders, self.tell, self.stop, self.others = folders, channel.tell, stop, others
        self.specs = [RunSpec.read(folder) for folder in folders]
        self.watch = Watchdog(
            self.specs[0].patience * 60,
            self._leave_hung,
            stuck=_leave_stuck,
            asked=lambda: stop.asked,
            beat=lambda limit, bound: self.tell(0, {"kind": BEAT, "limit": limit, "bound": bound}),
        )
        channel.around = self.watch.paused
        if others is not None:
            others.on_lost = lambda why: self.tell(0, {"kind": "result", "result": self._failed(0, why)})

    @cached_property
    def zoo(self) -> Zoo:
        """The bundled plugins, and those that the runs use."""
        return self.specs[0].load_zoo()

    def play(self) -> int:
        """Play them to their ends, or until they are to stop; gives the exit code of the process."""
        self.watch.start()
        try:
            with ExitStack() as locks:
                for folder in self.folders:  # a worker of a bench that was killed may still be writing its checkpoint
                    locks.enter_context(FileLock(folder / ".lock"))
                    sweep((folder, folder / "samples", folder / "checkpoints"))
                runs = InterleavedRuns(
                    [partial(self._make, number) for number in range(len(self.folders))],
                    torch.device(self.specs[0].device),
                    stop=lambda: self.stop.asked,
                    tell=self.tell,
                    fail=self._failed,
                    watch=self.watch,
                    blame=self._blame,
                )
                return 0 if runs.play() else 1
        except StoppedError:
            _log.info("stopped, with a checkpoint")
            return STOPPED

    def _make(self, number: int) -> Run:
        told = partial(self.tell, number)
        together = len(self.folders)
        return Run(self.folders[number], self.specs[number], self.zoo, tell=told, together=together, others=self.others)

    def _failed(self, number: int, reason: str, status: str = "failed", **measured: Any) -> dict[str, Any]:
        """Write and give the result of a run that failed."""
        result = result_of(self.specs[number], status, reason, **measured)
        try:
            return write_result(self.folders[number], result)
        except GanzooError as error:
            _log.error(str(error))
            return result

    def _blame(self, number: int, error: BaseException) -> str:
        """Name the part, and its plugin, that an error was raised in; nothing where it is none's."""
        spec = self.specs[number]
        return blamed(error, entries_used(self.zoo.registry, spec.resolved_recipe(), spec.beside_recipe))

    def _leave_hung(self, seconds: float) -> None:
        """Write the stacks of all threads into the log, say where it hangs, and end the process."""
        why = said(seconds, self.watch.usual, whereabouts(self.zoo.registry if "zoo" in vars(self) else None))
        to_stderr(why)
        faulthandler.dump_traceback(all_threads=True)
        if self.others is not None:
            self.others.abort()
        for number in range(len(self.folders)):
            self.tell(number, {"kind": HANGS, "why": why})
        os._exit(HUNG)


def _leave_stuck() -> None:
    to_stderr("stopped in the middle of a step; what was played since the last checkpoint is played again")
    os._exit(STOPPED)
