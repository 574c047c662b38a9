"""CTGAN on the wines that ship: its recipe, and what its parts do, beside the floors of the numbers.

    python benchmarks/games_tables.py --out                       # a few minutes on a CPU
    python benchmarks/games_tables.py --bench runs/tables --out   # of a bench that is kept, and goes on

Played are the recipe, one row a pack, and the plain gradient penalty on packs. Below them stand the numbers of one half
of the real rows against the other, the floors, and of the real rows against themselves. Each number is the mean over
the seeds, with its standard error.
"""

import math
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from games_bench import keep_picture, results_of
from measuring import parsed, parser, record_path, report

RECIPES = {
    "ctgan": "as the recipe is",
    "ctgan:discriminator.packing=1": "one row a pack",
    "ctgan:regularizers=[gradient-penalty, condition-loss]": "the penalty of each row, on packs of ten",
}
Metrics = Mapping[str, tuple[str, str]]
METRICS: Metrics = {
    "column-distance": ("columns", "{:.2f}"),
    "correlation-distance": ("correlations", "{:.2f}"),
    "tstr": ("TSTR %", "{:.1f}"),
    "nearest-record": ("nearest %", "{:.1f}"),
}
DATA, ROWS = "wine", 1000


def words_of(out: Path, *, kimg: int, seeds: int, device: str, threads: int) -> list[str]:
    """Return the words of the bench."""
    fixed = {
        "--data": DATA,
        "--budget": f"{kimg}kimg",
        "--seeds": str(seeds),
        "--samples": str(ROWS),
        "--evaluations": "1",
        "--device": device,
        "--threads": str(threads),
        "--out": str(out),
    }
    return ["bench", *RECIPES, *(word for pair in fixed.items() for word in pair)]


def row_of(played: str, runs: Sequence[Mapping[str, Any]], metrics: Metrics = METRICS) -> dict[str, Any]:
    """One recipe's row: of each metric the mean over its seeds and its standard error."""
    done = [run["metrics"] for run in runs if run["status"] == "done"]
    row: dict[str, Any] = {"played": played, "values": {}}
    for key, (label, form) in metrics.items():
        values = [found[key] for found in done]
        row["values"][key] = values
        if values:
            error = statistics.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else None
            row[label] = form.format(statistics.fmean(values)) + ("" if error is None else f"±{form.format(error)}")
    row["not done"] = [f"seed {run['seed']} {run['status']}" for run in runs if run["status"] != "done"] or None
    return row


def rows_of(
    results: Mapping[str, Any],
    recipes: Mapping[str, str] = RECIPES,
    metrics: Metrics = METRICS,
    called: str = "rows",
) -> list[dict[str, Any]]:
    """Return the rows of a bench, and two of the real rows: their floors, and the data against themselves.

    Args:
        results: of the bench.
        recipes: those that were played, in words.
        metrics: title and form of each metric.
        called: the word for samples.
    """
    names = list(results["recipes"])
    told = dict(zip(names, recipes.values(), strict=True))
    rows = [row_of(told[name], [run for run in results["runs"] if run["recipe"] == name], metrics) for name in names]
    for kind, played in (
        ("floor", f"half of the real {called} against the other half"),
        ("real", f"the real {called} themselves"),
    ):
        found = results.get(kind) or {}
        rows.append({"played": played} | {metrics[key][0]: metrics[key][1].format(x) for key, x in found.items()})
    return rows


def main(arguments: list[str] | None = None) -> int:
    made = parser(__doc__, rounds=1)
    made.add_argument("--kimg", type=int, default=160, help="rows shown to D, in thousands (default: 160)")
    made.add_argument("--seeds", type=int, default=3)
    made.add_argument("--bench", type=Path, help="where the bench lies: played there, or only read")
    chosen = parsed(made, arguments)
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
