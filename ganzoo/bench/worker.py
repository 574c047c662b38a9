"""The process of one run: ``python -c "from ganzoo.bench.worker import main; main()" RUN_FOLDER``.

A run has a process of its own, so that a crash or a lack of memory ends one run and not the bench. It tells
how it goes in JSON lines on what was its standard output; whatever else is printed goes to its standard
error, which is the run's log. It writes a checkpoint and leaves when it is told to (SIGTERM, SIGINT) or when
its standard input closes, which is what happens when the bench is killed.
"""

import faulthandler
import json
import os
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

STOPPED = 143


class _Stop:
    """Whether the run was asked to stop; the second signal ends it at once."""

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


def main() -> None:
    """Play the run whose folder is the first argument; exits 0 with a result, 1 without, 143 when stopped."""
    folder = Path(sys.argv[1])
    faulthandler.enable()
    channel = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)
    stop = _Stop()
    sys.exit(_play(folder, channel, stop))


def _play(folder: Path, channel: Any, stop: _Stop) -> int:
    def tell(event: dict[str, Any]) -> None:
        try:
            channel.write(json.dumps(event) + "\n")
        except BrokenPipeError:
            stop.asked = True

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    tell({"kind": "progress", "phase": "starting"})
    from .spec import RunSpec

    spec = RunSpec.read(folder)

    import torch
    from filelock import FileLock

    from ..discovery import load_zoo
    from ..errors import GanzooError
    from .result import result_of, write_result
    from .run import Run, StoppedError

    def failed(reason: str) -> int:
        result = result_of(spec, "failed", reason)
        try:
            write_result(folder, result)
        except GanzooError as error:
            say(str(error))
        tell({"kind": "result", "result": result})
        return 1

    try:
        with FileLock(folder / ".lock"):  # a worker of a bench that was killed may still be writing its checkpoint
            zoo = load_zoo(third_party=spec.third_party)
            run = Run(folder, spec, zoo, tell=tell, stop=lambda: stop.asked, say=say)
            tell({"kind": "result", "result": run.play()})
        return 0
    except StoppedError:
        say("stopped, with a checkpoint")
        return STOPPED
    except GanzooError as error:
        say(f"Error: {error}")
        return failed(str(error))
    except (torch.OutOfMemoryError, MemoryError) as error:
        traceback.print_exc()
        return failed(f"out of memory on {spec.device}: {_first_line(error)}; try a smaller schedule.batch or width")
    except Exception as error:
        traceback.print_exc()
        return failed(f"{type(error).__name__}: {_first_line(error)} (see log.txt in the run's folder)")


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [""])[0][:300]
