"""WaveGAN, HiFi-GAN's critics and HiFi-GAN on the mixtures of tones that ship, beside the floors of the numbers.

    python benchmarks/games_waves.py --out                      # some minutes on a CPU
    python benchmarks/games_waves.py --bench runs/waves --out   # of benches that are kept there, and go on

Below the recipes stand the numbers of one half of the real waves against the other, the floors. Each number is the mean
over the seeds, with its standard error.
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

METRICS = {"spectral-distance": "spectra dB", "fid": "FD[log-mel]", "mel-error": "mel error"}
# of each game, the recipes with words for them, and what the bench is told beside
GAMES = {
    "of noise": ({"wavegan": "wavegan", "wave-heads": "wave-heads"}, []),
    "of spectrograms": ({"hifi-gan": "hifi-gan"}, ["--modality", "from-mel"]),
}
DATA, WAVES = "chirps", 500
TITLES = {"of noise": f"Waves like {DATA}, of noise", "of spectrograms": f"Held-out waves of {DATA}, of spectrograms"}


def words_of(game: str, out: Path, *, kimg: int, seeds: int, device: str, threads: int) -> list[str]:
    """Return the words of a game's bench."""
    recipes, more = GAMES[game]
    fixed = {
        "--data": DATA,
        "--budget": f"{kimg}kimg",
        "--seeds": str(seeds),
        "--samples": str(WAVES),
        "--evaluations": "1",
        "--device": device,
        "--threads": str(threads),
        "--out": str(out),
    }
    return ["bench", *recipes, *more, *(word for pair in fixed.items() for word in pair)]


def rows_of(game: str, results: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of a bench, and one of the floors."""
    recipes, _ = GAMES[game]
    rows = [
        row_of(played, [run for run in results["runs"] if run["recipe"] == name])
        for name, played in zip(results["recipes"], recipes.values(), strict=True)
    ]
    floors = {METRICS[key]: f"{value:.2f}" for key, value in (results.get("floor") or {}).items() if key in METRICS}
    return [*rows, {"played": "half of the real waves against the other half"} | floors]


def row_of(played: str, runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One recipe's row: of each metric the mean over its seeds and its standard error."""
    done = [run["metrics"] for run in runs if run["status"] == "done"]
    row: dict[str, Any] = {"played": played, "values": {}}
    for key, label in METRICS.items():
        values = [metrics[key] for metrics in done if key in metrics]
        row["values"][key] = values
        if values:
            error = f"±{statistics.stdev(values) / math.sqrt(len(values)):.2f}" if len(values) > 1 else ""
            row[label] = f"{statistics.fmean(values):.2f}{error}"
    row["not done"] = [f"seed {run['seed']} {run['status']}" for run in runs if run["status"] != "done"] or None
    return row


def main(arguments: list[str] | None = None) -> int:
    made = parser(__doc__, rounds=1)
    made.add_argument("--kimg", type=int, default=40, help="waves shown to D, in thousands (default: 40)")
    made.add_argument("--mel-kimg", type=int, default=8, help="the same of spectrograms (default: 8)")
    made.add_argument("--seeds", type=int, default=1)
    made.add_argument("--bench", type=Path, help="where the benches lie: played there, or only read")
    chosen = parsed(made, arguments)
    path = record_path(chosen, "games_waves")
    tables, protocol = {}, {"data": DATA, "seeds": chosen.seeds, "generated waves": WAVES}
    with tempfile.TemporaryDirectory() as scratch:
        for game in GAMES:
            folder = (chosen.bench or Path(scratch)) / game.replace(" ", "-")
            kimg = chosen.kimg if game == "of noise" else chosen.mel_kimg
            words = words_of(game, folder, kimg=kimg, seeds=chosen.seeds, device=chosen.device, threads=chosen.threads)
            results = results_of(folder, words)
            protocol[f"budget {game}"] = f"{results['budget']['kimg']:g} kimg"
            tables[TITLES[game]] = rows_of(game, results)
            for recipe in results["recipes"] if path is not None else ():
                keep_picture(folder, results, path.with_name(f"{path.stem}-{recipe}.png"), recipe)
    columns = {title: ("played", *labels_of(rows), "not done") for title, rows in tables.items()}
    report("games_waves", chosen, protocol=protocol, tables=tables, columns=columns)
    return 0


def labels_of(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the titles of the numbers that any of the rows has."""
    return [label for label in METRICS.values() if any(label in row for row in rows)]


if __name__ == "__main__":
    sys.exit(main())
