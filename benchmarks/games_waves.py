"""WaveGAN, HiFi-GAN's critics and HiFi-GAN on the mixtures of tones that ship, beside the floors of the numbers.

    python benchmarks/games_waves.py --out                      # some minutes on a CPU
    python benchmarks/games_waves.py --bench runs/waves --out   # of benches that are kept there, and go on

Below the recipes stand the numbers of one half of the real waves against the other, the floors. Each number is the mean
over the seeds, with its standard error.
"""

import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import games_bench as bench
from games_bench import Metrics, bench_words, keep_picture, options_of, results_of
from measuring import parsed, record_path, report

METRICS: Metrics = {
    "spectral-distance": ("spectra dB", "{:.2f}"),
    "fid": ("FD[log-mel]", "{:.2f}"),
    "mel-error": ("mel error", "{:.2f}"),
}
# of each game, the recipes with words for them, and what the bench is told beside
GAMES: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "of noise": ({"wavegan": "wavegan", "wave-heads": "wave-heads"}, {}),
    "of spectrograms": ({"hifi-gan": "hifi-gan"}, {"modality": "from-mel"}),
}
DATA, WAVES = "chirps", 500
TITLES = {"of noise": f"Waves like {DATA}, of noise", "of spectrograms": f"Held-out waves of {DATA}, of spectrograms"}


def words_of(game: str, out: Path, **terms: Any) -> list[str]:
    """Return the words of a game's bench, for the terms of ``bench_words``."""
    recipes, more = GAMES[game]
    return bench_words(recipes, out, data=DATA, samples=WAVES, **more, **terms)


def rows_of(game: str, results: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of a bench, and one of the floors."""
    rows = bench.rows_of(results, GAMES[game][0], METRICS)
    return [*rows, bench.row_of_real(results, "floor", METRICS, "waves")]


def main(arguments: list[str] | None = None) -> int:
    made = options_of(__doc__, kimg=40, shown="waves", seeds=1)
    made.add_argument("--mel-kimg", type=int, default=8, help="the same of spectrograms (default: 8)")
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
    return [label for label, _ in METRICS.values() if any(label in row for row in rows)]


if __name__ == "__main__":
    sys.exit(main())
