"""Try every bundled recipe at a track, one seed first, and the quick ones with all seeds; goes on where it was stopped.

    python -m benchmarks.speedrun.all_recipes digits-5 --out runs/digits-5               # each recipe, one seed
    python -m benchmarks.speedrun.all_recipes digits-5 --out runs/digits-5 --within 30   # and the quick ones with five
    python -m benchmarks.speedrun.all_recipes digits-5 dcgan mlp-lsgan --out runs/digits-5

A recipe that is refused, fails, or does not reach the goals is told in a line and is no reason to stop. With
``--within S`` recipes whose first seed reached the goals within S seconds of the CPU are played with all five. Each try
lies in a folder of its own, ``OUT/RECIPE``, and what ended there is not played again; ``--minutes M`` begins no further
try after so long.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from ganzoo.bench.results.folders import slug
from ganzoo.bench.results.formats import short
from ganzoo.bench.results.speedrun_file import SPEEDRUN, SpeedrunTry, read_try
from ganzoo.bench.speedrun.track import SEEDS
from ganzoo.errors import GanzooError
from ganzoo.registry.discovery import load_zoo


def command(track: str, recipe: str, seeds: Sequence[int], out: Path, more: Sequence[str]) -> list[str]:
    """Return the words of the try that is played."""
    listed = ",".join(map(str, seeds)) + "," * (len(seeds) == 1)
    return ["speedrun", track, recipe, "--seeds", listed, "--out", str(out), "--quiet", *more]


def line(recipe: str, found: SpeedrunTry | str) -> str:
    """Say how a try went."""
    if isinstance(found, str):
        return f"{recipe}: {found}"
    score, seeds = found.score, f"{len(found.seeds)} seed{'s' * (len(found.seeds) != 1)}"
    if score is None:
        best = [look.metrics for run in found.seeds for look in run.evaluations[-1:]]
        last = ", ".join(f"{key} {short(value)}" for key, value in (best[0] if best else {}).items())
        return f"{recipe}: not reached with {seeds} in {found.kimg:g} kimg; at the end of the first {last}"
    return f"{recipe}: {short(score)} with {seeds}"


def tried(track: str, recipe: str, seeds: Sequence[int], out: Path, more: Sequence[str]) -> SpeedrunTry | str:
    """Play a try, or read it where it was played before; gives the reason where there is none."""
    folder = out / slug(recipe)
    try:
        if (found := read_try(folder / SPEEDRUN)) and {run.seed for run in found.seeds} >= set(seeds):
            return found
    except GanzooError:
        pass  # it is played now
    words = command(track, recipe, seeds, folder, more)
    ran = subprocess.run([sys.executable, "-P", "-m", "ganzoo", *words], capture_output=True, text=True)
    try:
        return read_try(folder / SPEEDRUN)
    except GanzooError:
        said = [one for one in ran.stderr.splitlines() if one.startswith("Error")] or ran.stderr.splitlines()[-1:]
        return said[0].removeprefix("Error: ") if said else f"exit code {ran.returncode}"


def main(arguments: list[str] | None = None) -> int:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("track")
    made.add_argument("recipes", nargs="*", metavar="RECIPE", help="default: all that ship")
    made.add_argument("--out", type=Path, required=True, help="of the folders of the tries")
    made.add_argument("--within", type=float, metavar="S", help="play all seeds of recipes that took no longer")
    made.add_argument("--minutes", type=float, default=float("inf"), help="begin no further try after so long")
    made.add_argument("--budget", default=None, help="of each run, as ganzoo speedrun takes it")
    made.add_argument("--device", default="cpu")
    chosen = made.parse_args(arguments)
    more = ["--device", chosen.device, *(["--budget", chosen.budget] if chosen.budget else [])]
    registry = load_zoo(third_party=False).registry
    names = chosen.recipes or [entry.name for entry in registry.all("recipe")]
    until = time.monotonic() + 60 * chosen.minutes
    for seeds in (SEEDS[:1], SEEDS):
        if len(seeds) > 1 and chosen.within is None:
            break
        for name in names:
            if time.monotonic() > until:
                return 0
            if len(seeds) > 1:
                first = tried(chosen.track, name, SEEDS[:1], chosen.out, more)
                score = None if isinstance(first, str) else first.score
                if score is None or score > chosen.within:
                    continue
            print(line(name, tried(chosen.track, name, seeds, chosen.out, more)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
