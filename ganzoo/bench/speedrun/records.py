"""The records that ship: the best try of each track, class of machine and processor. Does not import torch.

``records.json`` is made from the committed tries by ``python -m benchmarks.speedrun``.
"""

from collections.abc import Iterable
from importlib.resources import files

from ...errors import DataError
from ...storage.json_text import parse_json
from ..results.bench_files.speedrun_file import Record, RecordsFile, SpeedrunTry
from ..results.formats import short

FILE = "records.json"


def shipped_records() -> list[Record]:
    """Return the records that ship.

    Raises:
        DataError: their file cannot be read.
    """
    path = files(__package__) / FILE
    try:
        return RecordsFile.parse(parse_json(path.read_bytes()), FILE).records
    except (OSError, ValueError) as error:
        raise DataError(f"cannot read {FILE}: {error}") from error


def record_of(one: SpeedrunTry) -> Record:
    """Return a try that counts in short.

    Raises:
        DataError: it does not count.
    """
    if not one.counts or one.seconds is None:
        raise DataError(f"the try of {one.recipe} at {one.track.name} does not count")
    track, hardware, device = one.place
    return Record(
        track=track,
        hardware=hardware,
        device=device,
        recipe=one.recipe,
        seconds=one.seconds,
        cpu_seconds=one.cpu_seconds,
        date=(one.finished or "")[:10],
    )


def history(tries: Iterable[SpeedrunTry]) -> list[SpeedrunTry]:
    """Return the tries that were a record when they ended, in order: each faster than all before it in its place."""
    best: dict[tuple[str, str, str], float] = {}
    found = []
    for one in sorted((one for one in tries if one.counts), key=lambda one: one.finished or ""):
        score = one.score
        if score is not None and score < best.get(one.place, float("inf")):
            best[one.place] = score
            found.append(one)
    return found


def told_beside(one: SpeedrunTry, records: Iterable[Record]) -> str:
    """Say in a sentence how a try went, and how it stands beside the record of its place."""
    track, hardware, device = one.place
    missed = [str(run.seed) for run in one.seeds if run.reached is None]
    aim = " and ".join(one.track.goals)
    if missed:
        of_all = f"seed{'s' * (len(missed) > 1)} {', '.join(missed)} of {len(one.seeds)}"
        at_once = " at once" * (len(one.track.goals) > 1)
        return f"not reached: no evaluation of {of_all} within {one.kimg:g} kimg met {aim}{at_once}"
    clock = "s" if hardware == "gpu" else "CPU seconds"
    score = one.score
    if score is None:
        return f"reached: {aim}, in {short(one.seconds and float(one.seconds))} s, but the CPU's seconds are not known"
    said = f"reached: {aim} in {short(score)} {clock}, the median of {len(one.seeds)} seeds"
    if one.void:
        return f"{said}; it does not count: {'; '.join(one.void)}"
    held = next((record for record in records if record.place == one.place), None)
    if held is None:
        return f"{said}; the first try at {track} in the class {hardware} on {device}"
    times = score / held.score
    if times < 1:
        return f"{said}; a record: {held.recipe} took {short(held.score)} before, {1 / times:.2f} times as long"
    return f"{said}; {times:.2f} times as long as the record, {short(held.score)} of {held.recipe}"
