"""Checks of executors, with processes that only pretend to play."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from ...errors import SetupError
from ...interfaces import Ended, Executor, Resources, Task, TaskEvent
from ...recipes.building.build import load_class
from ...registry.registry import Registry
from ..findings import Findings, require

PATIENCE = 120.0  # seconds for what takes one or two, and on a machine far away some more
CODE = 3  # with which the pretended process exits

# Reads what each folder holds, tells it, leaves a file in a folder of its own, and ends.
_PLAYS = f"""
import json, os, pathlib, sys
print("no event")
for number, name in enumerate(sys.argv[1:]):
    folder = pathlib.Path(name)
    (folder / "deep").mkdir()
    (folder / "deep" / "file.bin").write_bytes(bytes(range(256)))
    held = json.loads((folder / "run.json").read_text())
    threads = os.environ["OMP_NUM_THREADS"]
    print(json.dumps({{"run": number, "kind": "one", "held": held, "threads": threads}}), flush=True)
    print(json.dumps({{"run": number, "kind": "two"}}), flush=True)
print("what the log has", file=sys.stderr, flush=True)
sys.exit({CODE})
"""

# Plays on until it is told to leave, and then leaves a file.
_WAITS = """
import json, os, pathlib, signal, sys
def left(*_):
    (pathlib.Path(sys.argv[1]) / "left.txt").write_text("in order")
    os._exit(143)
signal.signal(signal.SIGTERM, left)
print(json.dumps({"run": 0, "kind": "one"}), flush=True)
sys.stdin.buffer.read()
left()
"""


def _task(code: str, *folders: Path) -> Task:
    for number, folder in enumerate(folders):
        folder.mkdir()
        (folder / "run.json").write_text(json.dumps({"folder": folder.name, "number": number}))
    return Task(folders, ("-P", "-c", code), ("cpu",), 1, folders[0].parent / "cache")


def _news(played: Iterator[TaskEvent | Ended | None]) -> Iterator[TaskEvent | Ended]:
    end = time.monotonic() + PATIENCE
    for news in played:
        if news is not None:
            yield news
        require(time.monotonic() < end, f"nothing ends within {PATIENCE:.0f} seconds")


def _check_playing(executor: Executor, root: Path) -> None:
    tasks = [_task(_PLAYS, root / "a"), _task(_PLAYS, root / "b", root / "c"), _task(_PLAYS, root / "d")]
    with closing(executor.play(tasks, 2)) as played:
        news = list(_news(played))
    for number, task in enumerate(tasks):
        said = [one for one in news if one.task == number]
        require(
            bool(said) and isinstance(said[-1], Ended) and said[-1].code == CODE,
            f"a process exited with {CODE}, and the last that is told of it is {said[-1] if said else 'nothing'}",
        )
        events = [one.event for one in said if isinstance(one, TaskEvent)]
        want = [
            event
            for place, folder in enumerate(task.folders)
            for event in (
                {"run": place, "kind": "one", "held": {"folder": folder.name, "number": place}, "threads": "1"},
                {"run": place, "kind": "two"},
            )
        ]
        require(events == want, f"a process told {want}, and of it is told {events}")
        _check_folders(task.folders)


def _check_folders(folders: Sequence[Path]) -> None:
    for folder in folders:
        path = folder / "deep" / "file.bin"
        require(
            path.is_file() and path.read_bytes() == bytes(range(256)),
            "a process left a file in its folder, and it is not there when the process has ended",
        )
    log = folders[0] / "log.txt"
    require(
        log.is_file() and "what the log has" in log.read_text(),
        "what a process writes to its standard error is not in log.txt of its first folder",
    )


def _check_leaving(executor: Executor, root: Path) -> None:
    task = _task(_WAITS, root / "e")
    with closing(executor.play([task], 1)) as played:
        require(isinstance(next(_news(played)), TaskEvent), "a process that told something has ended")
    require(
        (root / "e" / "left.txt").is_file(),
        "when the generator is closed, a process does not leave in order, or what it leaves is not in its folder",
    )


def check_executor(findings: Findings, registry: Registry) -> None:
    """Check that processes are started, heard and stopped as the interface has it; nothing where it lacks something."""
    executor = None
    with findings.check("construction") as seen:
        try:
            executor = load_class(registry, "executor", findings.name)(None, lambda line: None)
        except SetupError as error:
            seen.append(f"nothing more was tried: {error}")
    if executor is None:
        return
    try:
        with findings.check("resources") as seen:
            there = executor.resources()
            require(there is None or isinstance(there, Resources), f"resources gives a {type(there).__name__}")
            seen.append(str(there or "this machine"))
        with tempfile.TemporaryDirectory() as root:
            with findings.check("playing"):
                _check_playing(executor, Path(root))
            with findings.check("leaving"):
                _check_leaving(executor, Path(root))
    finally:
        with findings.check("closing"):
            executor.close()
