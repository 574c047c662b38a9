"""The second stage: recipes in precisions that nobody has seen on this GPU, whatever they do to the process.

    python -m benchmarks.gpu.first_look --out rows.jsonl

Starts ``combinations.py``, and once more with the rest where it died: one that crashes or hangs costs itself. Imports
no torch.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.gpu.sentences import code_in_words

RECIPES = ("dcgan", "wgan-gp", "sngan-resnet", "stylegan2")
PRECISIONS = ("tf32", "bf16", "fp16")
LOOKS = ("steps", "kernels")
HUNG = 1  # faulthandler's exit code


def asked(recipes: list[str], precisions: list[str]) -> list[str]:
    """All looks: agreement and times of everything first, because a profiler may slow down what comes after it."""
    return [f"{look}:{recipe}:{p}" for look in LOOKS for p in precisions for recipe in recipes]


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a file, but one that is torn."""
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        try:
            lines.append(json.loads(line))
        except ValueError:
            continue
    return [line for line in lines if isinstance(line, dict)]


def ended_in(lines: list[dict[str, Any]]) -> set[str]:
    """Return the looks that came to an end, good or bad."""
    return {line["ended"] for line in lines if "ended" in line}


def died_at(lines: list[dict[str, Any]]) -> str | None:
    """Return the look that was begun and has no end."""
    begun = [line["begun"] for line in lines if "begun" in line]
    return begun[-1] if begun and begun[-1] not in ended_in(lines) else None


def how_it_died(code: int, each: float) -> str:
    """In words; a hang ends with the traceback of every thread in the log."""
    if code == HUNG:
        return f"its process ended with exit code 1, as one does that has hung for {each:g} seconds; the log says where"
    return f"its process {code_in_words(code)}" if code >= 0 else f"its process was {code_in_words(code)}"


def main(arguments: list[str] | None = None) -> int:
    """Look at all; 1 where not even the first could be begun."""
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--out", type=Path, required=True)
    made.add_argument("--recipes", nargs="+", default=list(RECIPES))
    made.add_argument("--precisions", nargs="+", choices=PRECISIONS, default=list(PRECISIONS))
    made.add_argument("--each", type=float, default=30.0, help="seconds for one look (default: 30)")
    made.add_argument("--seconds", type=float, default=0.5, help="to time one kind of steps (default: 0.5)")
    made.add_argument("--size", type=int, default=32)
    made.add_argument("-o", "--override", action="append", default=[])
    chosen = made.parse_args(arguments)
    more = [word for override in chosen.override for word in ("-o", override)]
    more += ["--each", str(chosen.each), "--seconds", str(chosen.seconds), "--size", str(chosen.size)]
    looks = asked(chosen.recipes, chosen.precisions)
    while left := [look for look in looks if look not in ended_in(read_lines(chosen.out))]:
        words = [sys.executable, "-m", "benchmarks.gpu.combinations", *left, "--out", str(chosen.out), *more]
        code = subprocess.run(words).returncode
        lines = read_lines(chosen.out)
        if died := died_at(lines):
            told = {"ended": died, "failed": {"all of it": how_it_died(code, chosen.each)}}
            with chosen.out.open("a", encoding="utf-8") as file:
                file.write("\n" + json.dumps(told) + "\n")  # after a line that may have broken off
        if not set(left) & ended_in(read_lines(chosen.out)):
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
