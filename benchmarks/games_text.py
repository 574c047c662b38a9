"""Both games of text on the sentences that ship, beside the floors of the numbers.

    python benchmarks/games_text.py --out                    # some minutes on a CPU
    python benchmarks/games_text.py --bench runs/text --out  # of a bench that is kept, and goes on

Below the recipes stand the numbers of one half of the sentences against the other, the floors. ``sentences`` says how
many of 1,000 generated lines the grammar has, in per cent.
"""

import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from games_bench import Metrics, bench_words, keep_picture, options_of, results_of, row_of_real, rows_of
from ganzoo_plugins.text.grammar import SENTENCES, sentence
from measuring import parsed, record_path, report

import ganzoo

RECIPES = {"wgan-gp-text": "distributions, Wasserstein", "gumbel-text": "hard draws, straight through"}
METRICS: Metrics = {f"jsd-{n}": (f"JSD-{n}", "{:.3f}") for n in (1, 2, 3, 4)}
DATA, LINES = "small-grammar", 1000


def words_of(out: Path, **terms: Any) -> list[str]:
    """Return the words of the bench, for the terms of ``bench_words``."""
    return bench_words(RECIPES, out, data=DATA, samples=LINES, **terms)


def share_of_sentences(lines: Iterable[str]) -> float:
    """Return how many lines the grammar has, in per cent."""
    known = {sentence(number) for number in range(SENTENCES)}
    found = [line in known for line in lines]
    return 100 * sum(found) / len(found)


def lines_of(run: Path, scratch: Path) -> list[str]:
    """Draw lines from a trained run."""
    ganzoo.load(run).sample(LINES).save(scratch / "lines.txt")
    return (scratch / "lines.txt").read_text(encoding="utf-8").splitlines()


def rows(folder: Path, results: Mapping[str, Any], scratch: Path) -> list[dict[str, Any]]:
    """Return the rows of the bench; those of recipes have the share of sentences of their first seed."""
    found = rows_of(results, RECIPES, METRICS)
    for name, row in zip(results["recipes"], found, strict=True):
        first = next((run for run in results["runs"] if run["recipe"] == name and run["status"] == "done"), None)
        if first is not None:
            row["sentences %"] = f"{share_of_sentences(lines_of(folder / first['folder'], scratch)):.1f}"
    return [*found, *(row_of_real(results, kind, METRICS, "lines") for kind in ("floor", "real"))]


def main(arguments: list[str] | None = None) -> int:
    chosen = parsed(options_of(__doc__, kimg=60, shown="lines", seeds=1), arguments)
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.bench or Path(scratch) / "bench"
        words = words_of(folder, kimg=chosen.kimg, seeds=chosen.seeds, device=chosen.device, threads=chosen.threads)
        results = results_of(folder, words)
        found = rows(folder, results, Path(scratch))
        if (path := record_path(chosen, "games_text")) is not None:
            keep_picture(folder, results, path.with_suffix(".png"), "wgan-gp-text")
    title = f"Lines like {DATA}"
    report(
        "games_text",
        chosen,
        protocol={
            "data": DATA,
            "budget": f"{results['budget']['kimg']:g} kimg",
            "seeds": len(results["seeds"]),
            "generated lines": LINES,
        },
        tables={title: found},
        columns={title: ("played", *(label for label, _ in METRICS.values()), "sentences %", "not done")},
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
