"""Write the wines that ship, and the modes of their numbers: ``python -m benchmarks.make_wine``."""

import csv
import json
from pathlib import Path

from ganzoo_plugins.tables.fit import modes_of
from sklearn.datasets import load_wine

FOLDER = Path(__file__).parents[1] / "plugins" / "tables"


def main() -> None:
    wines = load_wine()
    names = [name.replace("od280/od315_of_diluted_wines", "od280_od315") for name in wines.feature_names]
    with (FOLDER / "wine.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*names, "cultivar"])
        for row, cultivar in zip(wines.data, wines.target, strict=True):
            writer.writerow([*(f"{x:.10g}" for x in row), int(cultivar) + 1])
    modes = [[[float(f"{x:.8g}") for x in mode] for mode in modes_of(column)] for column in wines.data.T]
    text = json.dumps([*modes, []]).replace("], [[", "],\n [[").replace("], []]", "],\n []]")
    (FOLDER / "wine_modes.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
