"""Start-up: how long a command takes to answer, and how soon after ``import torch`` the first training step is done.

    python benchmarks/startup.py
    python benchmarks/startup.py --rounds 30 --out

Each time is that of a fresh process, warm: what it reads lies in the page cache, and its modules are compiled. The
least is what the machine can do, the median what one sees. Commands run by turns.

- A row of the first table is one command; ``torch`` says whether it imported torch, and ``answers`` whether the output
  holds what it should. An empty Python process is the floor. Target: 0.3 s, without torch.
- A row of the second table is one recipe on digits: from the end of ``import torch`` to the end of the first step on a
  CPU, and which part of that is ganzoo's import, the plugins, the data, the networks and the step. Target: 2 s.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from typing import Any

from measuring import parsed, parser, report, spread, tell


@dataclass(frozen=True)
class Asked:
    """One command.

    Attributes:
        words: what follows ``python``.
        holds: part of a right answer.
        more: variables of its environment.
    """

    words: tuple[str, ...]
    holds: str = ""
    more: dict[str, str] = field(default_factory=dict)


def _ganzoo(*words: str, holds: str) -> Asked:
    return Asked(("-P", "-m", "ganzoo", *words), holds)


def _tab(line: str, holds: str) -> Asked:
    """Return what bash asks when the tabulator is hit at the end of a line."""
    words = line.split(" ")
    variables = {"_GANZOO_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    return Asked(("-P", "-m", "ganzoo"), holds, variables)


COMMANDS = {
    "python -c pass": Asked(("-c", "pass")),
    "ganzoo --help": _ganzoo("--help", holds="bench"),
    "ganzoo --version": _ganzoo("--version", holds="ganzoo"),
    "ganzoo list": _ganzoo("list", holds="wgan-gp"),
    "ganzoo show dcgan": _ganzoo("show", "dcgan", holds="schedule"),
    "ganzoo plugins": _ganzoo("plugins", holds="recipes"),
    "tab: ganzoo be": _tab("ganzoo be", "bench"),
    "tab: ganzoo bench --se": _tab("ganzoo bench --se", "--seeds"),
    "tab: ganzoo bench dcg": _tab("ganzoo bench dcg", "dcgan"),
    "tab: ganzoo show wgan-": _tab("ganzoo show wgan-", "wgan-gp"),
    "tab: ganzoo bench dcgan:loss=h": _tab("ganzoo bench dcgan:loss=h", "hinge"),
    "tab: ganzoo bench dcgan -o generator.": _tab("ganzoo bench dcgan -o generator.", "generator.width="),
}

# A child's program: the seconds of each stage since torch was there, as JSON.
FIRST_STEP = """
import json, sys, time
import torch
began = time.perf_counter()
told = {}
def stage(name):
    told[name] = time.perf_counter() - began - sum(told.values())
torch.set_num_threads(int(sys.argv[2]))
from ganzoo import data
from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.changing import some_budget
from ganzoo.storage.cache import Cache
from ganzoo.registry.discovery import load_zoo
from ganzoo.training import Trainer
from ganzoo.recipes.recipe import resolve
stage("import ganzoo")
registry = load_zoo(third_party=False).registry
recipe = resolve(registry, sys.argv[1])
stage("plugins and recipe")
images = data.resolve(registry, "digits", cache=Cache.open())
pixels, labels = data.load_images(images)
stage("data")
shape = {"image_size": images.height, "channels": images.channels, "num_classes": len(images.classes)}
parts = build_parts(recipe, registry, seed=0, **shape)
trainer = Trainer(recipe, parts, pixels, labels, seed=0, budget=some_budget(recipe))
stage("networks")
trainer.step()
stage("first step")
print(json.dumps({"all": time.perf_counter() - began, **told}))
"""


def _environment(folder: str, threads: int, more: dict[str, str]) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("_GANZOO", "COMP_"))}
    return {**kept, "GANZOO_CACHE": folder, "OMP_NUM_THREADS": str(threads), **more}


def answered(asked: Asked, there: dict[str, str], *flags: str) -> tuple[float, subprocess.CompletedProcess[str]]:
    """Seconds that one command took in a fresh process, and how it ended."""
    ran = [sys.executable, *flags, *asked.words]
    began = time.perf_counter()
    done = subprocess.run(ran, env={**there, **asked.more}, capture_output=True, text=True)
    return time.perf_counter() - began, done


def imports_torch(asked: Asked, there: dict[str, str]) -> bool:
    """Return whether a command imports torch, as Python itself tells."""
    _, done = answered(asked, there, "-X", "importtime")
    return any(line.rpartition("|")[2].strip() == "torch" for line in done.stderr.splitlines())


def commands(names: list[str], rounds: int, there: dict[str, str]) -> list[dict[str, Any]]:
    """Return the first table: one row a command."""
    rows = {}
    for name in names:
        asked = COMMANDS[name]
        _, done = answered(asked, there)  # warms what it reads
        rows[name] = {
            "command": name,
            "torch": imports_torch(asked, there),
            "answers": done.returncode == 0 and asked.holds in done.stdout,
        }
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for i in range(rounds):
        for name in names:
            seconds[name].append(answered(COMMANDS[name], there)[0])
        tell(f"commands: round {i + 1} of {rounds}")
    return [{**rows[name], "seconds": spread(seconds[name])} for name in names]


def first_steps(recipes: list[str], rounds: int, threads: int, there: dict[str, str]) -> list[dict[str, Any]]:
    """Return the second table: one row a recipe.

    Raises:
        RuntimeError: a step failed.
    """
    told: dict[str, list[dict[str, float]]] = {name: [] for name in recipes}
    for i in range(rounds + 1):  # the first one warms
        for name in recipes:
            _, done = answered(Asked(("-P", "-c", FIRST_STEP, name, str(threads))), there)
            if done.returncode:
                raise RuntimeError(f"the first step of {name} failed:\n{done.stderr}")
            if i:
                told[name].append(json.loads(done.stdout.splitlines()[-1]))
        tell(f"first steps: round {i} of {rounds}")
    rows = []
    for name, points in told.items():
        stages = {stage: spread([point[stage] for point in points]) for stage in points[0]}
        rows.append({"recipe": name, "seconds": stages.pop("all"), **stages})
    return rows


def main(arguments: list[str] | None = None) -> int:
    made = parser(__doc__, rounds=20)
    made.add_argument("--recipes", nargs="*", default=["dcgan", "wgan-gp"], help="of the second table")
    made.add_argument("--only", nargs="+", choices=list(COMMANDS), help="of the first table")
    chosen = parsed(made, arguments)
    chosen.device = "cpu"
    with tempfile.TemporaryDirectory() as folder:
        there = _environment(folder, chosen.threads, {})
        answers = commands(chosen.only or list(COMMANDS), chosen.rounds, there)
        steps = first_steps(chosen.recipes, max(1, chosen.rounds // 4), chosen.threads, there)
    stages = ("import ganzoo", "plugins and recipe", "data", "networks", "first step")
    report(
        "startup",
        chosen,
        protocol={"clock": "wall time", "rounds": chosen.rounds, "rounds of first steps": max(1, chosen.rounds // 4)},
        tables={"Commands": answers, "First training step after import torch, in seconds": steps},
        columns={
            "Commands": ("command", "seconds", "torch", "answers"),
            "First training step after import torch, in seconds": ("recipe", "seconds", *stages),
        },
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
