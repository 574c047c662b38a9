"""The process of a run, or of several; a fork of the nursery's on a CPU, otherwise
``python -c "from ganzoo.bench.execution.worker import main; main()" RUN_FOLDER...``.

A run has a process of its own, so that a crash or a lack of memory ends one run and not the bench; seeds of one
recipe may share it. It tells how they go in JSON lines on what was its standard output, each with the ``run``'s place
among the arguments; whatever else is printed goes to its standard error, which is the first run's log. It writes
checkpoints and leaves when it is told to (SIGTERM, SIGINT) or when its standard input closes, which is what
happens when the bench is killed.
"""

import faulthandler
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...messages import logged_to, to_stderr

if TYPE_CHECKING:
    from ..runs.ranks.others import Others

_log = logging.getLogger(__name__)

COMMAND = (
    "-P",
    "-c",
    "from ganzoo.bench.execution.worker import main; main()",
)  # of the interpreter, before the folders
STOPPED = 143


class _Stop:
    """A request to stop the run; the second signal ends it at once."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._signalled)
        threading.Thread(target=self._watch, daemon=True).start()

    def _signalled(self, number: int, frame: Any) -> None:
        if self.asked:
            os._exit(128 + number)
        self.asked = True

    def _watch(self) -> None:
        while os.read(0, 4096):
            pass
        self.asked = True


def main(folders: Sequence[Path] | None = None) -> None:
    """Play the runs of these folders; exits 0 with their results, 1 if one failed, 143 when stopped.

    Args:
        folders: of the runs; by default those that the command line names.
    """
    folders = [Path(name) for name in sys.argv[1:]] if folders is None else list(folders)
    others = _fork_others(folders)
    faulthandler.enable()
    channel = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)
    stop = _Stop()
    try:
        with logged_to(to_stderr):  # the first run's log
            code = _play(folders, channel, stop, others)
    finally:
        if others is not None:
            others.close()
    sys.exit(code)


def _fork_others(folders: list[Path]) -> "Others | None":
    """Return the other ranks of a run that several processes play; now, as a fork must not share a thread or a GPU."""
    with suppress(OSError, ValueError):  # a run that cannot be read is complained of later
        count = json.loads((folders[0] / "run.json").read_text()).get("ranks", 1)
        if count > 1:
            from ..runs.ranks.follow import follow
            from ..runs.ranks.others import Others

            return Others(folders[0], count, follow)
    return None


def _play(folders: list[Path], channel: Any, stop: _Stop, others: "Others | None" = None) -> int:
    def tell(number: int, event: dict[str, Any]) -> None:
        try:
            channel.write(json.dumps({"run": number, **event}) + "\n")
        except BrokenPipeError:
            stop.asked = True

    for number in range(len(folders)):
        tell(number, {"kind": "progress", "phase": "starting"})
    from ..results.spec import RunSpec

    specs = [RunSpec.read(folder) for folder in folders]

    import torch
    from filelock import FileLock

    from ...errors import GanzooError
    from ...registry.discovery import load_zoo
    from ..results.result import result_of, write_result
    from ..runs.run import Run
    from .interleaved import InterleavedRuns, StoppedError

    def failed(number: int, reason: str) -> dict[str, Any]:
        result = result_of(specs[number], "failed", reason)
        try:
            write_result(folders[number], result)
        except GanzooError as error:
            _log.error(str(error))
        return result

    zoo = cache(lambda: load_zoo(third_party=specs[0].third_party))

    def make(number: int) -> Run:
        told = partial(tell, number)
        return Run(folders[number], specs[number], zoo(), tell=told, together=len(folders), others=others)

    if others is not None:
        others.on_lost = lambda why: tell(0, {"kind": "result", "result": failed(0, why)})

    makers = [partial(make, number) for number in range(len(folders))]
    try:
        with ExitStack() as locks:
            for folder in folders:  # a worker of a bench that was killed may still be writing its checkpoint
                locks.enter_context(FileLock(folder / ".lock"))
            device = torch.device(specs[0].device)
            whole = InterleavedRuns(makers, device, stop=lambda: stop.asked, tell=tell, fail=failed).play()
        return 0 if whole else 1
    except StoppedError:
        _log.info("stopped, with a checkpoint")
        return STOPPED
