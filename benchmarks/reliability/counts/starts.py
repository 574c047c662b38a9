"""Fifty benches started at once on one folder, or on one empty cache, leave one whole result and the same numbers.

Of those on one folder each plays, goes on with what is there, or says in one sentence who holds it, with exit code 3.
All are forks of one process that has imported what they need, so that they are at the same place at the same time.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from ..frame import Tally, part_of
from ._bench import BENCH, environment

STARTS = 50

# Forks, each of which waits for the last, runs the command line, and leaves its exit code and what it said.
_FORKS = """
import json, os, sys, threading
commands = json.loads(sys.argv[1])
import torch
torch.set_num_threads(1)
from ganzoo import cli
from ganzoo.bench import bench, plan
from ganzoo.cli.playing import bench as command
from ganzoo.registry.discovery import load_zoo
go, gate = os.pipe()
pids = []
for number, words in enumerate(commands):
    pid = os.fork()
    if not pid:
        os.close(gate)
        os.read(go, 1)
        os.dup2(os.open(f"said{number}.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), 2)
        sys.argv[1:] = words
        try:
            cli.main()
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else 0
        except BaseException:
            import traceback
            traceback.print_exc()
            code = -1
        sys.stderr.flush()
        os._exit(code & 255)
    pids.append(pid)
os.close(gate)
print(json.dumps([os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]))
"""


def count(share: float, folder: Path) -> Tally:
    """Start benches at once.

    Args:
        share: of 50 starts of each kind; two at the least.
        folder: for the benches.
    """
    tally = Tally()
    starts = max(2, part_of(STARTS, share))
    _on_one_folder(tally, starts, folder)
    _on_one_cache(tally, starts, folder)
    return tally


def _on_one_folder(tally: Tally, starts: int, folder: Path) -> None:
    words = (*BENCH, "--budget", "3steps", "--extractor", "none", "--seeds", "1", "--parallel", "1", "--quiet")
    words = (*words, "--out", str(folder / "one"))
    for number, (code, said) in enumerate(_started([words] * starts, folder, folder / "cache-of-one-folder")):
        errors = [line for line in said.splitlines() if line.startswith(("Error", "Traceback"))]
        fits = (code, len(errors)) in ((0, 0), (3, 1)) and (code == 0 or "is in use" in errors[0])
        tally.add("on one folder", fits, f"start {number}: code {code}, {said[-300:]}")
    result = _results(folder / "one")
    runs = result.get("runs", [])
    whole = [run["status"] for run in runs] == ["done"] and not list((folder / "one").rglob("*.tmp*"))
    tally.add("the folder afterwards", whole, json.dumps(runs)[:300])


def _on_one_cache(tally: Tally, starts: int, folder: Path) -> None:
    words = (*BENCH, "--budget", "1steps", "--seeds", "1", "--parallel", "1", "--quiet")
    commands = [(*words, "--out", str(folder / f"own{number}")) for number in range(starts)]
    ends = _started(commands, folder, folder / "cache")
    metrics = [
        [run["metrics"] for run in _results(folder / f"own{number}").get("runs", [])] for number in range(starts)
    ]
    for number, (code, said) in enumerate(ends):
        fits = code == 0 and bool(metrics[number]) and metrics[number] == metrics[0]
        tally.add("on one empty cache", fits, f"start {number}: code {code}, {metrics[number]}, {said[-300:]}")


def _started(commands: list[tuple[str, ...]], folder: Path, cache: Path) -> list[tuple[int, str]]:
    """Start these command lines at once; gives the exit code of each, and what it said."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", _FORKS, json.dumps(commands)],
        cwd=folder,
        env=environment(cache),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    said = [(folder / f"said{number}.txt").read_text() for number in range(len(commands))]
    return list(zip(json.loads(done.stdout.splitlines()[-1]), said, strict=True))


def _results(bench: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((bench / "results.json").read_text())
    except (OSError, ValueError):
        return {}
    return found
