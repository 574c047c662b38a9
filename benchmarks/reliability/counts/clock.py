"""A wall clock that is set back by a day changes no run, whenever that happens.

Processes see the clock set back by a module that Python imports at their start, which changes what ``time.time`` and
``datetime.now`` say; files written before are made a day younger than they are.
"""

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

from ganzoo.training.checkpoints.checkpoint import checkpoints

from ..frame import Tally, part_of
from ..small_runs import TIMES
from ._bench import BENCH, environment, start

ATTEMPTS = 5  # of each kind
DAY = 86_400
_TURNS = ("--budget", "150steps", "--extractor", "none", "--checkpoint-every", "0.2", "--quiet")
_SECONDS = ("--budget", "3s", "--extractor", "none", "--checkpoint-every", "0.2", "--quiet")

# While the file is there, the clock is a day behind.
_CLOCK = f"""
import datetime, os, time
real = time.time
def now():
    return real() - ({DAY} if os.path.exists(os.environ["COUNT_SET_BACK"]) else 0)
class Set(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(now(), tz)
datetime.datetime, time.time, time.time_ns = Set, now, lambda: int(now() * 1e9)
"""


def count(share: float, folder: Path) -> Tally:
    """Set the clock back between two processes of a run and while one plays, and compare with a run left alone.

    Args:
        share: of five attempts of each kind.
        folder: for the benches.
    """
    tally = Tally()
    place = _Place(folder)
    for seed in range(part_of(ATTEMPTS, share)):
        alone = place.played(f"alone{seed}", seed, _TURNS)
        for kind, between in (("between two processes of a run", True), ("while a run plays", False)):
            name = f"{'between' if between else 'while'}{seed}"
            found = place.set_back(name, seed, _TURNS, between=between)
            same = "state" in found and _timeless(found) == _timeless(alone)  # two that fail may say the same
            tally.add(kind, same, f"seed {seed}: {_difference(found, alone)}")
        found = place.set_back(f"seconds{seed}", seed, _SECONDS, between=False)
        spent = float(found.get("seconds", 0.0))
        tally.add("while a run of three seconds plays", 3 <= spent < 4, f"seed {seed}: {spent:.2f} s of training")
    return tally


class _Place:
    """A folder of benches, with a clock that can be set back."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._back = folder, folder / "set-back"
        (folder / "clock").mkdir(exist_ok=True)
        (folder / "clock" / "sitecustomize.py").write_text(_CLOCK)
        variables = environment(folder / "cache", COUNT_SET_BACK=str(self._back))
        path = str(folder / "clock") + os.pathsep + variables["PYTHONPATH"]
        self._variables = {**variables, "PYTHONPATH": path}

    def played(self, name: str, seed: int, words: tuple[str, ...]) -> dict[str, Any]:
        """Play a run to its end, and give what came of it."""
        return self._ended(self._start(name, seed, words), name, seed)

    def _ended(self, process: "subprocess.Popen[str]", name: str, seed: int) -> dict[str, Any]:
        said = process.communicate()[1]
        return self._found(name, seed) if process.returncode == 0 else {"said": said[-300:]}

    def set_back(self, name: str, seed: int, words: tuple[str, ...], *, between: bool) -> dict[str, Any]:
        """The same with a clock that is set back once the run has checkpoints, with a stop meanwhile or without."""
        process = self._start(name, seed, words)
        run = self._folder / name / "dcgan" / f"seed{seed}"
        while process.poll() is None and len(list(run.glob("checkpoints/step*"))) < 2:
            time.sleep(0.01)
        if between:
            process.terminate()
            process.communicate()
        for path in run.rglob("*"):
            _make_younger(path)
        self._back.touch()
        try:
            return self.played(name, seed, words) if between else self._ended(process, name, seed)
        finally:
            self._back.unlink()

    def _start(self, name: str, seed: int, words: tuple[str, ...]) -> "subprocess.Popen[str]":
        own = (*BENCH, *words, "--seeds", f"{seed},", "--out", str(self._folder / name))
        return start(own, self._folder, self._variables)

    def _found(self, name: str, seed: int) -> dict[str, Any]:
        run = self._folder / name / "dcgan" / f"seed{seed}"
        result = json.loads((run / "result.json").read_text())
        newest = checkpoints(run / "checkpoints")[0]
        rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
        timeless = [{key: row[key] for key in row if key not in TIMES} for row in rows]
        state = json.loads((newest / "manifest.json").read_text())["state.safetensors"]
        return {"status": result["status"], "state": state, "rows": timeless, "seconds": result["seconds"]}


def _make_younger(path: Path) -> None:
    try:
        changed = path.stat().st_mtime + DAY
        os.utime(path, (changed, changed))
    except FileNotFoundError:  # the run that plays has replaced it
        return


def _timeless(found: dict[str, Any]) -> dict[str, Any]:
    return {key: found[key] for key in found if key != "seconds"}


def _difference(found: dict[str, Any], alone: dict[str, Any]) -> str:
    differs = [key for key in _timeless(alone) if found.get(key) != alone[key]]
    return found.get("said", "") or f"{', '.join(differs)} differ"
