"""Runs of a few seconds, played in this process or in forks of it, and what must be equal of two of them."""

import json
import os
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch

from ganzoo.bench.execution.interleaved import InterleavedRuns, StoppedError
from ganzoo.bench.plan import prepare
from ganzoo.bench.results.run_files.record import RECORD, read_record
from ganzoo.bench.results.run_files.result_file import result_of
from ganzoo.bench.results.run_files.spec import RunSpec
from ganzoo.bench.results.terms.budget import Budget
from ganzoo.bench.results.terms.settings import RunSettings
from ganzoo.bench.runs.run import Run
from ganzoo.registry.discovery import Zoo, load_zoo
from ganzoo.storage.cache import Cache
from ganzoo.training.checkpoints.checkpoint import checkpoints

SMALL = ("generator.width=4", "discriminator.width=4", "schedule.batch=16")
TIMES = ("seconds", "cpu_seconds", "timed_kimg", "images_per_second")


def bundled_zoo() -> Zoo:
    """Open the zoo without plugins of third parties, for one thread."""
    torch.set_num_threads(1)
    return load_zoo(third_party=False)


def small_settings(recipe: str, *, turns: int, **changes: Any) -> RunSettings:
    """Give the settings of a bench of one recipe and one seed; D has so many turns of 16 images."""
    settings: dict[str, Any] = {
        "recipes": (recipe,),
        "overrides": SMALL,
        "budget": Budget(steps=turns),
        "seeds": (0,),
        "samples": 64,
        "evaluations": 2,
        "extractor": "digits",
        "metrics": ("fid",),
        "replicates": 0,
        "examinations": (),
        "device": "cpu",
        "threads": 1,
        "third_party": False,
        "checkpoint_seconds": 0.0,
        "command": "ganzoo bench",
    }
    return RunSettings(**{**settings, **changes})


def small_spec(zoo: Zoo, recipe: str, **changes: Any) -> RunSpec:
    """Give the specification of such a run."""
    (spec,) = prepare(small_settings(recipe, **changes), zoo, Cache.open()).specs
    return spec


def play(folder: Path, spec: RunSpec, zoo: Zoo, stop: Callable[[], bool] = lambda: False) -> dict[str, Any] | None:
    """Play a run in this process, or go on with it; gives its result, None where it was stopped.

    Raises:
        RuntimeError: it failed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    spec.write(folder)
    results: list[dict[str, Any]] = []
    runs = InterleavedRuns(
        [partial(Run, folder, spec, zoo, tell=lambda event: None)],
        torch.device("cpu"),
        stop=stop,
        tell=lambda number, event: results.append(event["result"]),
        fail=lambda number, reason: result_of(spec, "failed", reason),
    )
    try:
        runs.play()
    except StoppedError:
        return None
    (result,) = results
    if result["status"] != "done":
        raise RuntimeError(f"the run in {folder} {result['status']}: {result['reason']}")
    return result


def in_a_fork(act: Callable[[], object]) -> None:
    """Do something in a child process.

    Raises:
        RuntimeError: it failed, with the child's traceback.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        code = 1
        try:
            os.close(reading)
            act()
            code = 0
        except BaseException:
            os.write(writing, traceback.format_exc().encode()[-60_000:])  # a pipe holds as much without a reader
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as said:
        told = said.read().decode(errors="replace")
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if code:
        raise RuntimeError(f"a child ended with {code}\n{told}".rstrip())


def of_interest(folder: Path) -> dict[str, Any]:
    """Return what must be equal of two runs of one specification: the last state, the rows and the numbers."""
    newest = checkpoints(folder / "checkpoints")[0]
    result = json.loads((folder / "result.json").read_text())
    rows = [row.to_json() for row in read_record(folder / RECORD)]
    return {
        "the last checkpoint": (newest.name, json.loads((newest / "manifest.json").read_text())["state.safetensors"]),
        "metrics.jsonl": [{key: value for key, value in row.items() if key not in TIMES} for row in rows],
        "result.json": (result["status"], result["metrics"], result["d_steps"]),
        "pictures": {path.name: path.read_bytes() for path in sorted((folder / "samples").iterdir())},
    }


def difference(found: dict[str, Any], wanted: dict[str, Any]) -> str:
    """Name what of ``of_interest`` differs; empty where all is equal."""
    return ", ".join(key for key in wanted if found[key] != wanted[key])
