"""Inputs read in a forked child, with limits of time and memory for each."""

import json
import os
import resource
import select
import shutil
import signal
import sys
import traceback
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

from ganzoo.errors import GanzooError

from .format import Format

_WALL_SECONDS = 120.0  # for an input that waits, say for a pipe; a busy one ends by its processor time
_ROOM = 2 << 30  # bytes of address space beyond what the process has; far above what an input may take
_LONGEST = 100_000  # characters of a refusal, which may show what was given


@dataclass(frozen=True)
class Outcome:
    """The reading of one input.

    Attributes:
        number: of the input.
        kind: ``accepted``, ``refused`` by a ``GanzooError``, or ``fell``.
        reason: the sentence of a refusal; the place and error of a fall.
        megabytes: that it added to the process at its most; 0 where the system does not tell.
    """

    number: int
    kind: str
    reason: str = ""
    megabytes: float = 0.0


def stream(seed: int, name: str, number: int) -> Random:
    """Give the random stream that decides an input of a format."""
    return Random(f"{seed} {name} {number}")


def read_all(form: Format, numbers: range, seed: int, folder: Path) -> Iterator[Outcome]:
    """Read inputs in a child; where one ends it, the rest is read in the next child.

    Args:
        form: of the inputs.
        numbers: of the inputs.
        seed: of all random streams.
        folder: for files; made anew for each input.
    """
    left = numbers
    while left:
        read, write = os.pipe()
        child = os.fork()
        if not child:
            os.close(read)
            _child(form, left, seed, folder, write)
        os.close(write)
        done = 0
        with os.fdopen(read, "rb") as lines:
            for outcome in _told(lines.fileno(), child):
                done += 1
                yield outcome
        _, status = os.waitpid(child, 0)
        if done < len(left):
            yield Outcome(left[done], "fell", _ended(os.waitstatus_to_exitcode(status)))
            done += 1
        left = left[done:]


def _told(handle: int, child: int) -> Iterator[Outcome]:
    """Give the outcomes that a child writes, a line each; one that is silent for too long is ended."""
    rest = b""
    while True:
        ready, _, _ = select.select([handle], [], [], _WALL_SECONDS)
        if not ready:
            os.kill(child, signal.SIGKILL)
        chunk = os.read(handle, 1 << 16)
        if not chunk:
            return
        *lines, rest = (rest + chunk).split(b"\n")
        yield from (Outcome(**json.loads(line)) for line in lines)


def _ended(code: int) -> str:
    if code == -signal.SIGPROF:
        return "took more processor time than an input may"
    if code == -signal.SIGKILL:
        return "was silent for too long, or took all memory"
    return f"the process ended with {code}"


def _child(form: Format, numbers: range, seed: int, folder: Path, write: int) -> None:
    """Read the inputs and write their outcomes; does not come back."""
    try:
        null = os.open(os.devnull, os.O_RDWR)
        for handle in (0, 1, 2):
            os.dup2(null, handle)  # libraries of C write there
        if sys.platform == "linux":
            room = _status("VmSize") * 1024 + _ROOM
            resource.setrlimit(resource.RLIMIT_AS, (room, room))
        for number in numbers:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            os.chdir(folder)
            case = form.make(stream(seed, form.name, number))
            outcome = _read(form, case, number, folder)
            os.write(write, json.dumps(asdict(outcome)).encode() + b"\n")
    finally:
        os._exit(0)


def _read(form: Format, case: object, number: int, folder: Path) -> Outcome:
    before = _reset_peak()
    signal.setitimer(signal.ITIMER_PROF, form.seconds)
    try:
        form.read(case, folder)
        kind, reason = "accepted", ""
    except GanzooError as error:
        kind, reason = "refused", str(error)
        if not reason.strip() or len(reason) > _LONGEST:
            kind, reason = "fell", f"a refusal of {len(reason):,} characters: {reason[:80]!r}"
    except BaseException as error:
        places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
        kind, reason = "fell", f"{type(error).__name__}: {str(error)[:160]!r} at {' > '.join(places[-4:])}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    took = max(0.0, (_status("VmHWM") - before) / 1024) if before else 0.0
    if took > form.megabytes:
        kind, reason = "fell", f"took {took:,.0f} MB ({kind}: {reason[:160]!r})"
    return Outcome(number, kind, reason.encode("utf-8", "backslashreplace").decode()[:4000], round(took, 1))


def _reset_peak() -> int:
    """Begin to measure the peak of this process's memory; gives what it has now in kB, 0 where nothing tells."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return 0
    return _status("VmRSS")


def _status(what: str) -> int:
    """Give a number of kB of this process as Linux tells it."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1])
    return 0
