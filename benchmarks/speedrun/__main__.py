"""Add tries to the committed ones, and renew what the package ships of them; from the root of the repository.

    python -m benchmarks.speedrun runs/TRY             # takes runs/TRY/speedrun-try.json, if it counts
    python -m benchmarks.speedrun                      # only renew ganzoo/bench/speedrun/records.json
    python -m benchmarks.speedrun --check              # change nothing; exit code 1 if that is stale
    python -m benchmarks.speedrun --recipe runs/TRY    # print the recipe of a try, to play it again

The page of records is written by ``python -m docs.generate``.
"""

import argparse
import sys
from pathlib import Path

from ganzoo.bench.results.bench_files.speedrun_file import SPEEDRUN, read_try
from ganzoo.errors import GanzooError

from .committed import SHIPPED, committed, shipped, take

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("folders", nargs="*", type=Path, metavar="FOLDER", help="of a try")
    made.add_argument("--check", action="store_true", help="write nothing, and exit with 1 if the records are stale")
    made.add_argument("--recipe", type=Path, metavar="TRY", help="print the recipe of the try in a folder or file")
    chosen = made.parse_args(arguments)
    try:
        if chosen.recipe is not None:
            written = chosen.recipe / SPEEDRUN if chosen.recipe.is_dir() else chosen.recipe
            print(read_try(written).text, end="")
            return 0
        for folder in chosen.folders if not chosen.check else ():
            print(take(folder, root).relative_to(root))
        text = shipped(committed(root).values())
    except GanzooError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    path = root / SHIPPED
    if chosen.check:
        current = path.is_file() and path.read_text(encoding="utf-8") == text
        if not current:
            print(f"{SHIPPED} is stale; run python -m benchmarks.speedrun", file=sys.stderr)
        return int(not current)
    path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
