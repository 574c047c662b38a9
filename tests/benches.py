"""Small benches for tests: digits, seconds long."""

import io
import os
import subprocess
import sys
from pathlib import Path

from ganzoo.bench.budget import Budget
from ganzoo.bench.display import make_display
from ganzoo.bench.plan import Request, prepare
from ganzoo.bench.run import Run
from ganzoo.cache import Cache
from ganzoo.discovery import load_zoo

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
        "device": "cpu",
        "threads": 1,
        "third_party": False,
        "command": "ganzoo bench",
    }
    return Request(**{**settings, **changes})


def specs(*recipes, **changes):
    plan = prepare(request(*recipes, **changes), load_zoo(third_party=False), Cache.open(print), print)
    return plan.specs


def quiet():
    return make_display(io.StringIO(), quiet=True)


def environment(**more):
    """Of a child process that finds the same modules as this one."""
    path = os.pathsep.join(str(Path(p).resolve()) for p in sys.path if p)
    return {**os.environ, "PYTHONPATH": path, "NO_COLOR": "1", "OMP_NUM_THREADS": "1", **more}


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


def start_run(folder, spec, stop=lambda: False, events=None):
    """A run in this process, ready to be played."""
    folder.mkdir(parents=True, exist_ok=True)
    spec.write(folder)
    told = [] if events is None else events
    return Run(folder, spec, load_zoo(third_party=False), tell=told.append, stop=stop, say=lambda line: None)
