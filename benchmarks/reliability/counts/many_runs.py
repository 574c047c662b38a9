"""Five hundred runs of one bench leave its process as large as a few did: in memory, open files and processes.

The bench's process is looked at from outside while it plays. The bounds: from the time when a quarter of the runs have
ended to the end, memory that is its own grows by less than 2 %, and open files and processes below it by none. What
each run leaves for good, its result, is a part of the memory: it may be 10 kB.
"""

import statistics
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from ..frame import Tally, part_of
from ._bench import BENCH, environment, start

RUNS = 500
GROWTH = 0.02  # of memory
RESULT_BYTES = 10_000  # of each run
LOOK_SECONDS = 0.05


@dataclass(frozen=True)
class Look:
    """One look at a process.

    Attributes:
        ended: runs that had a result.
        memory: bytes that are its own.
        files: that it has open.
        processes: it and all below it.
    """

    ended: int
    memory: int
    files: int
    processes: int


def count(share: float, folder: Path) -> Tally:
    """Play a bench of many runs of one step each.

    Args:
        share: of the 500 runs.
        folder: for the bench.
    """
    runs = max(8, part_of(RUNS, share))
    words = (*BENCH, "--extractor", "none", "--budget", "1steps", "--seeds", str(runs), "--parallel", "1", "--quiet")
    bench = folder / "bench"
    process = start((*words, "--out", str(bench)), folder, environment(folder / "cache"))
    looks = _watched(process, bench)
    said = process.communicate()[1]
    tally = Tally()
    done = len(list(bench.glob("dcgan/seed*/result.json")))
    tally.add("runs that are done", process.returncode == 0 and done == runs, f"{done} of {runs}: {said[-300:]}")
    early, late = _between(looks, runs, 0.25, 0.5), _between(looks, runs, 0.75, 1.0)
    grown = _typical(late, "memory") - _typical(early, "memory")
    bound = GROWTH * _typical(early, "memory") + RESULT_BYTES * runs / 2
    tally.add("memory", grown <= bound, f"{grown / 1e6:.2f} MB more, with a bound of {bound / 1e6:.2f}")
    for what in ("files", "processes"):
        before, after = _most(early, what), _least(late, what)
        tally.add(what, after <= before, f"{after:.0f} after {before:.0f}")
    tally.measured = {
        "runs": float(done),
        "memory, MB": _typical(late, "memory") / 1e6,
        "memory grown by, MB": grown / 1e6,
        "open files": _most(late, "files"),
        "processes": _most(late, "processes"),
    }
    return tally


def _watched(process: "subprocess.Popen[str]", bench: Path) -> list[Look]:
    """Look at a process until it ends."""
    looks = []
    while process.poll() is None:
        time.sleep(LOOK_SECONDS)
        ended = len(list(bench.glob("dcgan/seed*/result.json")))
        try:
            looks.append(_look(process.pid, ended))
        except (OSError, KeyError):  # it, or one below it, ended meanwhile
            continue
    return looks


def _look(pid: int, ended: int) -> Look:
    place = Path(f"/proc/{pid}")
    status = dict(line.split(":", 1) for line in (place / "status").read_text().splitlines())
    memory = 1024 * int(status["RssAnon"].split()[0])
    return Look(ended, memory, len(list((place / "fd").iterdir())), 1 + _below(pid))


def _below(pid: int) -> int:
    """Count the processes below one."""
    found = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += 1 + _below(int(child))
    return found


def _between(looks: list[Look], runs: int, first: float, last: float) -> list[Look]:
    """Give the looks at which this share of the runs had ended."""
    return [look for look in looks if first * runs <= look.ended < max(last * runs, first * runs + 1)]


def _typical(looks: list[Look], what: str) -> float:
    """Give the median: a look may fall between the end of one run and the start of another."""
    return float(statistics.median(getattr(look, what) for look in looks))


def _most(looks: list[Look], what: str) -> float:
    """Give the most that was seen, which is what is there while a run plays; between two runs there is less."""
    return float(max(getattr(look, what) for look in looks))


def _least(looks: list[Look], what: str) -> float:
    """Give the least that was seen: what a run leaves for good is there at each look, a short-lived helper is not."""
    return float(min(getattr(look, what) for look in looks))
