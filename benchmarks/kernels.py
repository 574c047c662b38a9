"""Numbers of kernels of each recipe's steps, counted on a pretended GPU: no GPU is needed.

    python benchmarks/kernels.py                          # all recipes in tf32, bf16 and fp16, against what is written
    python benchmarks/kernels.py dcgan --precision tf32
    python benchmarks/kernels.py --write                  # write the counts anew, for the PyTorch of this Python

Counts are compared with those in ``tests/support/kernels``, a file for each version of PyTorch, whose kernels are its
own; for a version without a file nothing is compared, and that is said. Those of a variant (``dcgan:loss=hinge``) are
shown and compared with nothing. Exit code 1: a recipe fails, plays eagerly, breaks a rule of CUDA's, waits for the
device, allocates, copies what it should not, or is not as many kernels as it was. Exit code 3: CUDA cannot be
pretended here.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch

from ganzoo.errors import SetupError
from ganzoo.registry.discovery import load_zoo
from ganzoo.testing.pretend_cuda import environment

FOLDER = Path(__file__).parents[1] / "tests" / "support" / "kernels"
PRECISIONS = ("tf32", "bf16", "fp16")
AT_A_TIME = 12  # recipes to a process

Counts = dict[str, dict[str, dict[str, int]]]  # by recipe, precision and kind of step


def committed(folder: Path = FOLDER) -> Path:
    """Return the file of the PyTorch of this Python."""
    return folder / f"torch-{'.'.join(torch.__version__.split('.')[:2])}.json"


def read(path: Path) -> Counts:
    """Return the counts in a file; none if there is no such file."""
    return json.loads(path.read_text()) if path.exists() else {}


def write(path: Path, counts: Counts) -> None:
    """Write a line for each recipe and precision, so that a change is read easily."""
    lines = [
        f"  {json.dumps(recipe)}: {{\n    "
        + ",\n    ".join(f"{json.dumps(p)}: {json.dumps(counts[recipe][p])}" for p in PRECISIONS if p in counts[recipe])
        + "\n  }"
        for recipe in sorted(counts)
    ]
    path.parent.mkdir(exist_ok=True)
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def play(names: list[str], precision: str, variables: dict[str, str]) -> list[dict[str, Any]]:
    """Return what ``ganzoo.testing.captures`` says of each, in a process of their own; of those that a crash left out,
    too.
    """
    command = [sys.executable, "-X", "faulthandler", "-m", "ganzoo.testing.captures", *names, "--precision", precision]
    done = subprocess.run(command, env={**os.environ, **variables}, capture_output=True, text=True)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    crash = f"the process ended with {done.returncode}: {done.stderr[-2000:]}"
    return told + [{"recipe": name, "precision": precision, "failed": crash} for name in names[len(told) :]]


def faults(told: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with a recipe's steps, beside the number of their kernels."""
    if "failed" in told:
        yield told["failed"]
        return
    seen = told["captures"]
    if seen["why_eager"]:
        yield f"it plays eagerly: {seen['why_eager']}"
    elif seen["missing"]:
        yield f"never replayed: {'; '.join(seen['missing'])}"
    yield from seen["offences"]
    for kind, step in seen["replayed"].items():
        host = {way: n for way, n in step["copies"].items() if way != "DtoD"}
        within = set(step["within"]) - {"DtoD", "HtoD"}  # PyTorch 2.15 sends tables of addresses, which the graph keeps
        if step["waits"] or step["allocations"]:
            yield f"{kind}: a replayed step waits or allocates: {step['waits'] | step['allocations']}"
        if set(host) - {"HtoD"} or host.get("HtoD", 0) > 2:  # both players' pinned indices, every so many steps
            yield f"{kind}: a replayed step copies {host}"
        if within:
            yield f"{kind}: a graph copies {within}"
        if step["graphs"] != 1:
            yield f"{kind}: a replayed step launches {step['graphs']} graphs"


def counted(told: dict[str, Any]) -> dict[str, int]:
    """Kernels by kind of step."""
    return {kind: step["kernels"] for kind, step in told["captures"]["replayed"].items()}


def changes(told: dict[str, Any], before: Counts) -> Iterator[str]:
    """Yield where the kernels are not those that are written down; a variant's need not be."""
    if ":" in told["recipe"]:
        return
    was, now = before.get(told["recipe"], {}).get(told["precision"]), counted(told)
    if was is None:
        yield f"its kernels are not written down: {now}"
    elif was != now:
        differ = {kind: f"{was.get(kind)} -> {now.get(kind)}" for kind in was | now if was.get(kind) != now.get(kind)}
        yield f"its kernels have changed: {differ}"


def main() -> None:
    """Play them all, two processes at a time or as many as there are cores."""
    asking = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asking.add_argument("recipes", nargs="*", metavar="RECIPE", help="all of them if none is named")
    asking.add_argument("--precision", nargs="+", choices=PRECISIONS, default=list(PRECISIONS))
    asking.add_argument(
        "--write", action="store_true", help="write the counts of these recipes into tests/support/kernels"
    )
    asked = asking.parse_args()
    try:
        variables = environment()
    except SetupError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    names = asked.recipes or [entry.name for entry in load_zoo(third_party=False).registry.all("recipe")]
    chunks = [(names[i : i + AT_A_TIME], p) for p in asked.precision for i in range(0, len(names), AT_A_TIME)]
    before, now, bad, n = read(committed()), read(committed()), 0, 0
    with ThreadPoolExecutor(os.cpu_count()) as at_once:
        for told in (row for rows in at_once.map(lambda chunk: play(*chunk, variables), chunks) for row in rows):
            wrong = list(faults(told))
            if not wrong:
                now.setdefault(told["recipe"], {})[told["precision"]] = counted(told)
            if before and not wrong and not asked.write:
                wrong = list(changes(told, before))
            kernels = counted(told) if "captures" in told else {}
            print(f"{told['recipe']:24} {told['precision']}  {'; '.join(wrong) or kernels}", flush=True)
            bad, n = bad + bool(wrong), n + 1
    print(f"{n - bad} of {n} are captured as they should be, on torch {torch.__version__}")
    if not before and not asked.write:
        print(f"no kernels are written down for this torch, and so none are compared: --write makes {committed()}")
    if asked.write:
        write(committed(), now)
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
