"""Count what the project withstands, from the root of the repository.

    python -m benchmarks.reliability --list
    python -m benchmarks.reliability                         # every count, whole: hours
    python -m benchmarks.reliability kills --share 0.05      # a twentieth of one
    python -m benchmarks.reliability kills --write           # to benchmarks/results/reliability/kills.json
    python -m benchmarks.reliability fuzz --folder DIR       # keep files and progress in DIR, and go on from there

Exit codes: 0 every attempt held, 1 one did not, 2 bad input.
"""

import argparse
import sys
import tempfile
import time
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

from ganzoo.bench.runs.environment import environment
from ganzoo.storage.atomic import write_file

from .frame import Count, Tally, load, names
from .record import FOLDER, Record

ROOT = Path(__file__).resolve().parents[2]
_OF_THE_MACHINE = ("device", "cores", "platform", "python", "torch", "numpy", "ganzoo", "commit")


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Make the counts that were asked for, and give the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.reliability", description="Count what the project withstands."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="of a count; all of them without one")
    parser.add_argument("--list", action="store_true", help="name all counts, with their claims")
    parser.add_argument("--share", type=float, default=1.0, help="of a whole count's attempts, above 0 and up to 1")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="keep files and progress here")
    parser.add_argument("--write", action="store_true", help="write the records")
    chosen = parser.parse_args(arguments)
    if chosen.list:
        for name in names():
            print(f"{name:12} {load(name).claim}")
        return 0
    unknown = [name for name in chosen.names if name not in names()]
    if unknown:
        parser.error(f"there is no count {unknown[0]!r}; there are: {', '.join(names())}")
    if not 0 < chosen.share <= 1:
        parser.error(f"--share is above 0 and at most 1, not {chosen.share:g}")
    made = [_made(load(name), chosen.share, chosen.folder) for name in chosen.names or names()]
    for record in made:
        if chosen.write:
            write_file(root / FOLDER / f"{record.count}.json", record.model_dump_json(indent=1) + "\n")
    return int(any(record.held < record.tried for record in made))


def _made(count: Count, share: float, folder: Path | None) -> Record:
    """Make one count, and print it."""
    print(f"{count.name}: {count.claim}", flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() if folder is None else nullcontext(folder) as below:
        own = Path(below) / count.name
        own.mkdir(parents=True, exist_ok=True)
        tally = count.count(share, own)
    seconds = time.monotonic() - began
    _print(tally, seconds)
    machine = environment("cpu", 1, ())
    return Record(
        count=count.name,
        claim=count.claim,
        share=share,
        tried=tally.tried,
        held=tally.held,
        kinds=tally.kinds,
        fell=tuple(tally.fell),
        measured=tally.measured,
        seconds=round(seconds, 1),
        date=datetime.now(UTC).date().isoformat(),
        environment={key: machine[key] for key in _OF_THE_MACHINE},
    )


def _print(tally: Tally, seconds: float) -> None:
    for kind, (tried, held) in tally.kinds.items():
        print(f"  {held:>7,} of {tried:>7,}  {kind}")
    for name, value in tally.measured.items():
        print(f"  {value:>18.4g}  {name}")
    for line in tally.fell:
        print(f"  fell: {line}")
    print(f"  {tally.held:,} of {tally.tried:,} held, in {seconds:,.0f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
