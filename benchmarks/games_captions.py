"""GAN-CLS on the digits that ship, said in sentences: the recipe, and what its two terms do.

    python benchmarks/games_captions.py --out                         # a few minutes on a CPU
    python benchmarks/games_captions.py --bench runs/captions --out   # of a bench that is kept, and goes on

A fifth of the digits is held out, and their sentences are what is asked for. Numbers are the share of images in
which the digits' classifier sees the digit that was said, and the distance of the images; below them stand the floors:
chance, and one half of the real images against the other. Each number is the mean over the seeds.
"""

import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from games_bench import bench_words, keep_picture, options_of, results_of
from measuring import parsed, record_path, report

RECIPES = {
    "gan-cls": "as the recipe is",
    "gan-cls:regularizers=[]": "no fakes between two sentences",
    "gan-cls:loss=non-saturating": "no real images under wrong sentences",
}
METRICS = {"caption-accuracy": ("as said, %", "{:.1f}"), "fid": ("FD[digits]", "{:.2f}")}


def words_of(out: Path, **terms: Any) -> list[str]:
    """Return the words of the bench, for the terms of ``bench_words``."""
    return bench_words(RECIPES, out, data="digits", modality="captions", hold_out=0.2, **terms)


def written(played: str, numbers: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """One row: of each metric the mean, as it is written."""
    row: dict[str, Any] = {"played": played, "seeds": len(numbers)}
    for key, (label, form) in METRICS.items():
        row[label] = form.format(statistics.fmean(one[key] for one in numbers)) if numbers else None
    return row


def rows_of(results: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of a bench, which may have fewer of the recipes, and that of the floors."""
    told = dict(zip(results["recipes"], RECIPES.values(), strict=False))
    done = [run for run in results["runs"] if run["status"] == "done"]
    rows = [written(told[name], [run["metrics"] for run in done if run["recipe"] == name]) for name in told]
    return [*rows, written("real images: paired at random, halves", [results["floor"]])]


def main(arguments: list[str] | None = None) -> int:
    chosen = parsed(options_of(__doc__, kimg=32, shown="images", seeds=3), arguments)
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.bench or Path(scratch) / "bench"
        words = words_of(folder, kimg=chosen.kimg, seeds=chosen.seeds, device=chosen.device, threads=chosen.threads)
        results = results_of(folder, words)
        if (path := record_path(chosen, "games_captions")) is not None:
            keep_picture(folder, results, path.with_suffix(".png"), "gan-cls")
    title = "Digits as they were asked for"
    report(
        "games_captions",
        chosen,
        protocol={"data": "digits, a fifth of them held out", "budget": f"{results['budget']['kimg']:g} kimg"},
        tables={title: rows_of(results)},
        columns={title: ("played", *(label for label, _ in METRICS.values()), "seeds")},
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
