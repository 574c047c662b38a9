"""Quality against privacy: ``dp-gan`` on the digits and ``dp-rows`` on the wines, at several strengths of noise.

    python benchmarks/games_private.py --out                        # some minutes on a CPU
    python benchmarks/games_private.py --bench runs/private --out   # of benches that are kept, and go on

Beside each stands the recipe with the clip alone, whose epsilon is infinite, and below them the floor: one half of the
real rows against the other.
"""

import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from games_bench import bench_words, options_of, results_of
from measuring import mean_with_error, parsed, report

GAMES: dict[str, dict[str, Any]] = {
    "digits": {"recipe": "dp-gan", "kimg": 1078, "noises": (0, 1, 2, 4), "metrics": {"fid": "FD[digits]"}},
    "wine": {
        "recipe": "dp-rows",
        "kimg": 178,
        "noises": (0, 2, 4, 8),
        "metrics": {"column-distance": "columns", "tstr": "TSTR %", "nearest-record": "nearest %"},
    },
}
SAMPLES = 1000


def words_of(data: str, out: Path, **terms: Any) -> list[str]:
    """Return the words of the bench on one data set, for the terms of ``bench_words``."""
    game = GAMES[data]
    recipes = [f"{game['recipe']}:regularizers.dp-sgd.noise={noise}" for noise in game["noises"]]
    metrics = ",".join(game["metrics"])
    return bench_words(recipes, out, data=data, metrics=metrics, kimg=game["kimg"], samples=SAMPLES, **terms)


def row_of(noise: float, metrics: Mapping[str, str], runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One row: the epsilon, and of each metric the mean over the seeds and its standard error."""
    done = [run for run in runs if run["status"] == "done"]
    told = done[0]["evaluations"][-1]["told"] if done else {}
    epsilon = next(iter(told.values()), None)
    said = "-" if not done else "infinite" if epsilon is None else f"{epsilon:.3g}"
    row: dict[str, Any] = {"noise": f"{noise:g}", "epsilon": said}
    for key, label in metrics.items():
        values = [run["metrics"][key] for run in done]
        if values:
            row[label] = mean_with_error(values, "{:.3g}", "{:.2g}")
    return row


def rows_of(data: str, results: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of a bench, and below them the floor."""
    game = GAMES[data]
    rows = [
        row_of(noise, game["metrics"], [run for run in results["runs"] if run["recipe"] == name])
        for noise, name in zip(game["noises"], results["recipes"], strict=True)
    ]
    floor = results.get("floor") or {}
    return [*rows, {"noise": "floor"} | {game["metrics"][key]: f"{value:.3g}" for key, value in floor.items()}]


def main(arguments: list[str] | None = None) -> int:
    chosen = parsed(options_of(__doc__, seeds=1), arguments)
    tables = {}
    with tempfile.TemporaryDirectory() as scratch:
        for data in GAMES:
            folder = (chosen.bench or Path(scratch)) / data
            words = words_of(data, folder, seeds=chosen.seeds, device=chosen.device, threads=chosen.threads)
            tables[data] = rows_of(data, results_of(folder, words))
    report(
        "games_private",
        chosen,
        protocol={data: f"{game['recipe']}, {game['kimg']} kimg" for data, game in GAMES.items()}
        | {"seeds": chosen.seeds, "generated rows": SAMPLES, "delta": 1e-5},
        tables=tables,
        columns={data: ("noise", "epsilon", *game["metrics"].values()) for data, game in GAMES.items()},
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
