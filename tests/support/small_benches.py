"""Small benches for tests: digits, seconds long."""

import io
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from ganzoo.bench.execution import local  # noqa: F401 -- the tests' own fork server is put there before a test begins
from ganzoo.bench.execution.interleaved import InterleavedRuns
from ganzoo.bench.live.display import make_display
from ganzoo.bench.plan import prepare
from ganzoo.bench.results.run_files.record import read_record
from ganzoo.bench.results.run_files.result_file import read_result, result_of
from ganzoo.bench.results.terms.budget import Budget
from ganzoo.bench.results.terms.settings import RunSettings
from ganzoo.bench.runs.run import Run
from ganzoo.cli import cli
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache

SMALL = ("generator.width=4", "discriminator.width=4", "schedule.batch=16")


def request(*recipes, kimg=1.0, **changes):
    settings = {
        "recipes": recipes or ("dcgan",),
        "overrides": SMALL,
        "budget": Budget(kimg=kimg),
        "seeds": (0,),
        "samples": 64,
        "evaluations": 2,
        "extractor": "none",
        "replicates": 0,
        "examinations": (),
        "device": "cpu",
        "threads": 1,
        "third_party": False,
        "command": "ganzoo bench",
    }
    return RunSettings(**{**settings, **changes})


def specs(*recipes, **changes):
    plan = prepare(request(*recipes, **changes), load_zoo(third_party=False), Cache.open())
    return plan.specs


def quiet():
    return make_display(io.StringIO(), quiet=True)


def environment(**more):
    """Of a child process that finds the same modules as this one, and is not told how wide this one's terminal is."""
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    path = os.pathsep.join(str(Path(p).resolve()) for p in sys.path if p)
    return {**kept, "PYTHONPATH": path, "NO_COLOR": "1", "OMP_NUM_THREADS": "1", **more}


def ganzoo(*words, cwd, check=True, **more):
    """Run the command line."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "ganzoo", *words],
        cwd=cwd,
        env=environment(**more),
        capture_output=True,
        text=True,
        timeout=240,
    )
    if check and done.returncode:
        raise AssertionError(f"ganzoo {' '.join(words)} exited {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done


class Started:
    """Runs that share this process, ready to be played."""

    def __init__(self, folders, runs, stop, events, zoo=None):
        self.folders, self.specs, self.stop, self.events, self.zoo = folders, runs, stop, events, zoo
        self.results = {}

    def _make(self, number):
        spec, zoo = self.specs[number], self.zoo or load_zoo(third_party=False)
        together = len(self.specs)
        return Run(self.folders[number], spec, zoo, tell=self.events.append, together=together)

    def _tell(self, number, event):
        self.results[number] = event["result"]

    def _fail(self, number, reason, status="failed", **measured):
        return result_of(self.specs[number], status, reason, **measured)

    def play_all(self):
        """The results, in order."""
        makers = [partial(self._make, number) for number in range(len(self.specs))]
        device = torch.device(self.specs[0].device)
        InterleavedRuns(makers, device, stop=self.stop, tell=self._tell, fail=self._fail).play()
        return [result for _, result in sorted(self.results.items())]

    def play(self):
        """The result of the only one."""
        (result,) = self.play_all()
        return result


def start_runs(folders, runs, stop=lambda: False, events=None, zoo=None):
    """Runs that share this process; by default of bundled parts."""
    for folder, spec in zip(folders, runs, strict=True):
        folder.mkdir(parents=True, exist_ok=True)
        spec.write(folder)
    return Started(folders, runs, stop, [] if events is None else events, zoo)


def start_run(folder, spec, stop=lambda: False, events=None):
    """A run in this process, ready to be played."""
    return start_runs([folder], [spec], stop, events)


def ganzoo_here(*words, cwd, check=True, **more):
    """The same in this process, which has torch already; for what no signal is sent to."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(cwd)
        done = CliRunner().invoke(cli, list(words), env={"NO_COLOR": "1", **more}, prog_name="ganzoo")
    if check:
        assert done.exit_code == 0, done.output
    return subprocess.CompletedProcess(words, done.exit_code, done.stdout, done.stderr)


def rows_in(path: Path) -> list[dict]:
    """The rows of a ``metrics.jsonl``, read and written again."""
    return [row.to_json() for row in read_record(path)]


def result_in(folder: Path) -> dict | None:
    """The ``result.json`` of a run's folder, read and written again; None where there is none."""
    found = read_result(folder)
    return None if found is None else found.to_json()
