"""A run or a bench that is killed at any moment goes on from a whole checkpoint, and comes out the same bit for bit.

Half of a recipe's kills are in a step, the others at a random touch of a file: of a checkpoint, of a row, of the
result. A run is killed up to four times before it may end; what it leaves is compared with a run that was left alone.
"""

import json
import os
import random
import shutil
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ganzoo.bench.bench import run_bench
from ganzoo.bench.live.display import make_display
from ganzoo.bench.results.run_files.spec import RunSpec
from ganzoo.registry.discovery import Zoo
from ganzoo.storage.cache import Cache
from ganzoo.training.checkpoints.checkpoint import whole

from ..frame import Tally, part_of
from ..killing import killed_at
from ..small_runs import bundled_zoo, difference, in_a_fork, of_interest, play, small_settings, small_spec

TURNS = {"dcgan": 40, "wgan-gp": 100, "sngan": 40, "stylegan2-ada": 16}  # of D in each run
KILLS = {"in a step": 20, "in a checkpoint's write": 18, "in the record's or the result's write": 8}
OF_A_REPORT = 16
IN_A_ROW = 4


def count(share: float, folder: Path) -> Tally:
    """Kill runs and benches; with a share of 1, two hundred times."""
    tally, zoo, rng = Tally(), bundled_zoo(), random.Random(0)
    for recipe, turns in TURNS.items():
        spec = small_spec(zoo, recipe, turns=turns)
        in_a_fork(partial(play, folder / recipe / "whole", spec, zoo))
        wanted = of_interest(folder / recipe / "whole")
        waiting = [kind for kind, full in KILLS.items() for _ in range(part_of(full, share))]
        rng.shuffle(waiting)
        while waiting:
            kinds, waiting = waiting[:IN_A_ROW], waiting[IN_A_ROW:]
            killed = folder / recipe / "killed"
            shutil.rmtree(killed, ignore_errors=True)
            done, why = _killed(killed, spec, zoo, kinds, rng)
            why = why or difference(of_interest(killed), wanted)
            for kind in done:
                tally.add(f"{recipe}, {kind}", not why, why)
            waiting += kinds[len(done) :]
    _reports(tally, part_of(OF_A_REPORT, share), folder / "bench", zoo)
    return tally


def _killed(folder: Path, spec: RunSpec, zoo: Zoo, kinds: list[str], rng: random.Random) -> tuple[list[str], str]:
    """Play a run, killed once for each kind, and then to its end; gives the kinds that came about, and what fell."""
    done = []
    for kind in kinds:
        ended = _kill(folder, spec, zoo, kind, rng)
        if ended:
            break
        done.append(kind)
        passed_over: dict[Path, str] = {}
        found = next(whole(folder / "checkpoints", passed_over), None)
        begun = (folder / "checkpoints").is_dir() and any(
            path.name.startswith("step-") for path in (folder / "checkpoints").iterdir()
        )
        if passed_over or (begun and found is None):
            return done, f"a checkpoint is not whole: {passed_over}"
    if not (folder / "result.json").is_file() or not ended_well(folder):
        in_a_fork(partial(play, folder, spec, zoo))
    return done, ""


def ended_well(folder: Path) -> bool:
    """Say whether a run's folder holds a result that can be read."""
    try:
        return bool(json.loads((folder / "result.json").read_text())["status"] == "done")
    except (OSError, ValueError):
        return False


def _kill(folder: Path, spec: RunSpec, zoo: Zoo, kind: str, rng: random.Random) -> bool:
    """Play the run until it is killed; True if it came to its end before."""
    steps = TURNS[spec.name] // spec.resolved_recipe().schedule.d_steps
    if kind == "in a step":
        return killed_at(10**9, folder, partial(play, folder, spec, zoo, _kills_in(rng.randint(1, steps // 2))))
    if kind == "in a checkpoint's write":
        return killed_at(rng.randint(1, 5 * steps), folder / "checkpoints", partial(play, folder, spec, zoo))
    below = rng.choice((folder / "metrics.jsonl", folder / ".result.json"))
    moment = rng.randint(1, 30 if below.name == "metrics.jsonl" else 2)
    return killed_at(moment, below, partial(play, folder, spec, zoo))


def _kills_in(steps: int) -> Callable[[], bool]:
    left = [steps]

    def stop() -> bool:
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return False

    return stop


def _reports(tally: Tally, kills: int, folder: Path, zoo: Zoo) -> None:
    """Kill a bench while it gathers and reports what it has played."""
    settings = small_settings("dcgan", turns=TURNS["dcgan"], out=folder, parallel=1)

    def gather() -> None:
        with open(os.devnull, "w") as nothing:  # noqa: PTH123
            run_bench(settings, zoo, Cache.open(), make_display(nothing, quiet=True))

    in_a_fork(gather)
    wanted = json.loads((folder / "results.json").read_text())["runs"]
    moment, ends = 0, 0
    for _ in range(kills):
        moment += 1
        if killed_at(moment, folder, gather):
            moment, ends = 0, ends + 1  # all its touches were tried: begin again
            if ends > kills:
                raise RuntimeError("the bench touches no file")
            continue
        try:
            between = json.loads((folder / "results.json").read_text())["runs"]
            in_a_fork(gather)
            after = json.loads((folder / "results.json").read_text())["runs"]
            left = [path.name for path in folder.iterdir() if path.name.endswith(".part")]
            why = "" if wanted == between == after else "results.json differs"
            why = why or (f"{left[0]} was left" if left else "")
            why = why or ("" if (folder / "report.html").is_file() else "there is no report")
        except (OSError, ValueError, RuntimeError) as error:
            why = str(error)
        tally.add("in the results' and the report's write", not why, why)
