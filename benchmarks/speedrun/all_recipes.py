"""Try every bundled recipe at a track, one seed first, and the quick ones with all seeds; goes on where it was stopped.

    python -m benchmarks.speedrun.all_recipes digits-5 --out runs/digits-5               # each recipe, one seed
    python -m benchmarks.speedrun.all_recipes digits-5 --out runs/digits-5 --within 30   # and the quick ones with five
    python -m benchmarks.speedrun.all_recipes digits-5 dcgan dcgan:schedule.batch=128 --seeds 3 --out runs/ablation
    python -m benchmarks.speedrun.all_recipes digits-5 --budget 100kimg --evaluations 20 --out runs/short --record

A recipe that is refused, fails, or does not reach the goals is told in a line and is no reason to stop. With
``--within S`` recipes that reached the goals so within S seconds of the CPU are played with all five. Each try
lies in a folder of its own, ``OUT/RECIPE``, and what ended there is not played again; ``--minutes M`` begins no further
try after so long. After each try the record of all is written anew, ``OUT/speedrun-TRACK.json`` and its page beside it;
once all were looked at, ``--record`` also writes it below ``benchmarks/results``, for ``python -m docs.generate``.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ganzoo.bench.results.bench_files.speedrun_file import SPEEDRUN, SpeedrunTry, read_try
from ganzoo.bench.results.folders import slug
from ganzoo.bench.results.formats import short
from ganzoo.bench.results.run_files.result import ENDED_WELL
from ganzoo.bench.results.terms.budget import Budget
from ganzoo.bench.speedrun.play import length_of
from ganzoo.bench.speedrun.track import SEEDS, Track, load_track
from ganzoo.bench.speedrun.trying import terms_of
from ganzoo.errors import GanzooError
from ganzoo.registry.discovery import load_zoo

from .tally import committed_path, name_of, record_of, summary, write_record

ROOT = Path(__file__).resolve().parents[2]
PLAYED = (0, 1)  # the exit codes of a try that was played: reached, not reached
STOPPED = (129, 130, 143, -1, -2, -15)  # those of one that was stopped by SIGHUP, SIGINT or SIGTERM


def command(track: str, recipe: str, seeds: Sequence[int], out: Path, more: Sequence[str]) -> list[str]:
    """Return the words of the try that is played."""
    listed = ",".join(map(str, seeds)) + "," * (len(seeds) == 1)
    return ["speedrun", track, recipe, "--seeds", listed, "--out", str(out), "--quiet", *more]


def line(recipe: str, found: SpeedrunTry | str) -> str:
    """Say how a try went."""
    if isinstance(found, str):
        return f"{recipe}: {found}"
    score, seeds = found.score, f"{len(found.seeds)} seed{'s' * (len(found.seeds) != 1)}"
    if score is not None:
        return f"{recipe}: {short(score)} with {seeds}"
    fell = next((run for run in found.seeds if run.status not in ENDED_WELL), None)
    if fell is not None:
        return f"{recipe}: {fell.status}: {fell.reason}"
    best = [look.metrics for run in found.seeds for look in run.evaluations[-1:]]
    last = ", ".join(f"{key} {short(value)}" for key, value in (best[0] if best else {}).items())
    return f"{recipe}: not reached with {seeds} in {found.kimg:g} kimg; at the end of the first {last}"


class Tries:
    """The tries of the recipes on one track, in a folder each.

    Args:
        chosen: the options of the script.

    Raises:
        GanzooError: there is no such track, or its tries may not be so long.
    """

    def __init__(self, chosen: argparse.Namespace) -> None:
        self.named = chosen.track
        self.track: Track = load_track(chosen.track)
        self.out: Path = chosen.out or Path("runs", name_of(self.track))
        budget = Budget.parse(chosen.budget) if chosen.budget else None
        self.kimg, self.looks = length_of(self.track, budget, chosen.evaluations)
        self.more = ["--device", chosen.device, "--budget", f"{self.kimg:g}kimg", "--evaluations", str(self.looks)]
        self.found: dict[str, SpeedrunTry | str] = {}

    def _read(self, recipe: str) -> SpeedrunTry | None:
        """Return the try that lies in a recipe's folder; None for none, or one of other terms."""
        try:
            found = read_try(self.out / slug(recipe) / SPEEDRUN)
        except GanzooError:
            return None
        same = (found.track, found.kimg, found.asked) == (terms_of(self.track), self.kimg, self.looks)
        return found if same else None

    def tried(self, recipe: str, seeds: Sequence[int]) -> SpeedrunTry | str:
        """Play a try, or read it where it was played before; gives the reason where there is none.

        Raises:
            KeyboardInterrupt: the try was stopped by a signal.
        """
        found: SpeedrunTry | str | None = self._read(recipe)
        if not isinstance(found, SpeedrunTry) or not {run.seed for run in found.seeds} >= set(seeds):
            played = self._play(recipe, seeds)
            if isinstance(played, str) and found is not None:  # what was played before is not lost by it
                self.found[recipe] = found
                return played
            found = played
        self.found[recipe] = found
        return found

    def _play(self, recipe: str, seeds: Sequence[int]) -> SpeedrunTry | str:
        words = command(self.named, recipe, seeds, self.out / slug(recipe), self.more)
        ran = subprocess.run([sys.executable, "-P", "-m", "ganzoo", *words], capture_output=True, text=True)
        if ran.returncode in STOPPED:
            raise KeyboardInterrupt
        found = self._read(recipe) if ran.returncode in PLAYED else None
        if found is not None:
            return found
        said = [one for one in ran.stderr.splitlines() if one.startswith("Error")] or ran.stderr.splitlines()[-1:]
        told = said[0].removeprefix("Error: ") if said else f"exit code {ran.returncode}"
        return f"{told} (here: delete {self.out / slug(recipe)})" if "--fresh" in told else told

    def quick(self, recipe: str, within: float) -> bool:
        """Say whether the try of a recipe reached the goals within so many seconds."""
        found = self.found[recipe]
        score = None if isinstance(found, str) else found.score
        return score is not None and score <= within


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("track")
    made.add_argument("recipes", nargs="*", metavar="RECIPE", help="default: all that ship")
    made.add_argument("--seeds", type=int, default=1, metavar="N", help="of each recipe, 5 at most (default: 1)")
    made.add_argument(
        "--out", type=Path, help="of the folders of the tries, and of their record (default: runs/speedrun-TRACK)"
    )
    made.add_argument("--within", type=float, metavar="S", help="play all seeds of recipes that took no longer")
    made.add_argument("--minutes", type=float, default=float("inf"), help="begin no further try after so long")
    made.add_argument("--budget", default=None, help="of each run, as ganzoo speedrun takes it")
    made.add_argument("--evaluations", type=int, metavar="N", help="of each run, as ganzoo speedrun takes it")
    made.add_argument("--device", default="cpu")
    made.add_argument("--record", action="store_true", help="once all are tried, write below benchmarks/results, too")
    chosen = made.parse_args(arguments)
    typed = sys.argv[1:] if arguments is None else arguments
    if not 1 <= chosen.seeds <= len(SEEDS):
        made.error(f"--seeds {chosen.seeds}: a try has 1 to {len(SEEDS)} seeds")
    if chosen.record and chosen.recipes:
        made.error("--record is for the table of all recipes: name none of them")
    try:
        tries = Tries(chosen)
        names = chosen.recipes or [entry.name for entry in load_zoo(third_party=False).registry.all("recipe")]
        record = _play_all(tries, names, chosen, typed)
    except GanzooError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("stopped; the same command goes on from here", file=sys.stderr)
        return 130
    if record is None:
        return 0
    print(summary(record))
    if chosen.record:
        path = committed_path(record, tries.track, root)
        write_record(record, path)
        print(path.relative_to(root))
    return 0


def _play_all(
    tries: Tries, names: Sequence[str], chosen: argparse.Namespace, typed: Sequence[str]
) -> dict[str, Any] | None:
    """Try all recipes, and write the record after each; gives the last, or None where the time was over before."""
    until = time.monotonic() + 60 * chosen.minutes
    record: dict[str, Any] | None = None
    for again, seeds in enumerate((SEEDS[: chosen.seeds], SEEDS)[: 1 + (chosen.within is not None)]):
        for name in names:
            if again and not tries.quick(name, chosen.within):
                continue
            if time.monotonic() > until:
                return None
            print(line(name, tries.tried(name, seeds)), flush=True)
            left = len(names) - len(tries.found)
            record = record_of(tries.found, tries.track, typed, tries.kimg, tries.looks, left)
            write_record(record, tries.out / f"{name_of(tries.track)}.json")
    return record


if __name__ == "__main__":
    sys.exit(main())
