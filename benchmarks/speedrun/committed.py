"""The committed tries: where they lie, how one is added, and what the package ships of them."""

import json
import re
from collections.abc import Iterable
from pathlib import Path

from ganzoo.bench.results.bench_files.speedrun_file import SPEEDRUN, SpeedrunTry, read_try
from ganzoo.bench.results.written import SCHEMA
from ganzoo.bench.speedrun.records import history, record_of
from ganzoo.bench.speedrun.track import load_track, track_files
from ganzoo.bench.speedrun.trying import terms_of
from ganzoo.errors import DataError

FOLDER = Path("benchmarks/speedrun/records")
SHIPPED = Path("ganzoo/bench/speedrun/records.json")


def committed(root: Path) -> dict[Path, SpeedrunTry]:
    """Read all committed tries, in the order of their files.

    Raises:
        DataError: one is damaged.
    """
    return {path: read_try(path) for path in sorted((root / FOLDER).glob("*.json"))}


def stale(one: SpeedrunTry) -> str:
    """Say in a phrase how the track of a try has other terms now; empty where it has none."""
    if one.track.name not in track_files():
        return f"there is no track {one.track.name} any more"
    now, then = terms_of(load_track(one.track.name)).to_json(), one.track.to_json()
    changed = [f"{key} {then.get(key)!r}, now {now.get(key)!r}" for key in now if then.get(key) != now.get(key)]
    return f"the track's terms were others: {'; '.join(changed)}" if changed else ""


def file_of(one: SpeedrunTry) -> str:
    """Name the file of a try by track, recipe, class of machine and the time of its end, to the minute."""
    ended = re.sub(r"\D", "", (one.finished or "")[:16])
    words = "-".join(filter(None, (one.track.name, one.recipe, one.hardware, ended)))
    return f"{re.sub(r'[^a-z0-9.]+', '-', words.lower()).strip('-.')}.json"


def take(folder: Path, root: Path) -> Path:
    """Add the try in the folder of a bench to the committed ones; gives its file.

    Raises:
        DataError: there is none, it is damaged, or it does not count.
    """
    one = read_try(folder / SPEEDRUN)
    if not one.counts:
        missed = "" if one.void else ": not every seed reached the goals"
        raise DataError(f"{folder / SPEEDRUN} does not count{missed}{': ' * bool(one.void)}{'; '.join(one.void)}")
    path = root / FOLDER / file_of(one)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((folder / SPEEDRUN).read_bytes())
    return path


def shipped(tries: Iterable[SpeedrunTry]) -> str:
    """Give the text of the records that the package ships: the last of each place's history, stale ones left out."""
    best = {one.place: one for one in history(one for one in tries if not stale(one))}
    records = [record_of(one).to_json() for _, one in sorted(best.items())]
    return json.dumps({"schema": SCHEMA, "records": records}, indent=2) + "\n"
