"""CTGAN on the wines that ship: its recipe, and what its parts do, beside the floors of the numbers.

    python benchmarks/games_tables.py --out                       # a few minutes on a CPU
    python benchmarks/games_tables.py --bench runs/tables --out   # of a bench that is kept, and goes on

Played are the recipe, one row a pack, and the plain gradient penalty on packs. Below them stand the numbers of one half
of the real rows against the other, the floors, and of the real rows against themselves. Each number is the mean over
the seeds, with its standard error.
"""

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import games_bench as bench
from games_bench import Metrics, bench_words, keep_picture, options_of, results_of
from measuring import parsed, record_path, report

RECIPES = {
    "ctgan": "as the recipe is",
    "ctgan:discriminator.packing=1": "one row a pack",
    "ctgan:regularizers=[gradient-penalty, condition-loss]": "the penalty of each row, on packs of ten",
}
METRICS: Metrics = {
    "column-distance": ("columns", "{:.2f}"),
    "correlation-distance": ("correlations", "{:.2f}"),
    "tstr": ("TSTR %", "{:.1f}"),
    "nearest-record": ("nearest %", "{:.1f}"),
}
DATA, ROWS = "wine", 1000


def words_of(out: Path, **terms: Any) -> list[str]:
    """Return the words of the bench, for the terms of ``bench_words``."""
    return bench_words(RECIPES, out, data=DATA, samples=ROWS, **terms)


def rows_of(results: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of a bench, and two of the real rows: their floors, and the data against themselves."""
    real = [bench.row_of_real(results, kind, METRICS, "rows") for kind in ("floor", "real")]
    return [*bench.rows_of(results, RECIPES, METRICS), *real]


def main(arguments: list[str] | None = None) -> int:
    chosen = parsed(options_of(__doc__, kimg=160, shown="rows", seeds=3), arguments)
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.bench or Path(scratch) / "bench"
        words = words_of(folder, kimg=chosen.kimg, seeds=chosen.seeds, device=chosen.device, threads=chosen.threads)
        results = results_of(folder, words)
        if (path := record_path(chosen, "games_tables")) is not None:
            keep_picture(folder, results, path.with_suffix(".png"), "ctgan")
    title = f"Rows of {DATA}, mean ± standard error"
    report(
        "games_tables",
        chosen,
        protocol={
            "data": DATA,
            "budget": f"{results['budget']['kimg']:g} kimg",
            "seeds": len(results["seeds"]),
            "generated rows": ROWS,
        },
        tables={title: rows_of(results)},
        columns={title: ("played", *(label for label, _ in METRICS.values()), "not done")},
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
