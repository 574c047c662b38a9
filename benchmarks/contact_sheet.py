"""One picture of a committed bench: the last samples of every recipe, side by side, captioned.

    python benchmarks/contact_sheet.py benchmarks/results/cpu/zoo    # writes contact-sheet.png beside results.json

Each panel holds a corner of a recipe's last grid of its first finished seed, or its whole picture where samples are no
images, at half its size, under the recipe's name and its mean of the first metric. Recipes stand in the order of that
mean, the best first, after the real images.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from ganzoo.bench.results.bench_files.bench_results import BenchResults
from ganzoo.bench.tables.aggregate import Table, TableRow, aggregate, cell
from ganzoo.bench.tables.joining.compare import read_bench
from ganzoo.recipes.headings.played_on import USUAL

GRID, SHOWN = 8, 5  # images to a side of a grid, and of a panel
SHRINK = 2  # grids enlarge an image to some 64 pixels, which is more than a sheet of many has room for
GAP, CAPTION = 10, 30


def panels(folder: Path, results: BenchResults) -> Iterator[tuple[str, str, Path]]:
    """Name, number and picture of each panel, the real images first."""
    table = aggregate(results)
    if (folder / "real.png").is_file():
        yield "real images", "", folder / "real.png"
    rows = {row.recipe: row for row in table.rows}
    for name in sorted(results.recipe_names, key=lambda name: _rank(table, rows[name])):
        for run in results.runs_of(name):
            last = run.evaluations[-1].grid if run.done and run.evaluations else None
            grid = folder / str(run.folder) / str(last)
            if grid.is_file():
                yield name, _number(table, rows[name]), grid
                break


def _rank(table: Table, row: TableRow) -> float:
    column = table.columns[0]
    summary = row.metrics[column.key]
    if summary is None:
        return float("inf")
    return summary.mean if column.better == "lower" else -summary.mean


def _number(table: Table, row: TableRow) -> str:
    column = table.columns[0]
    return f"{column.label} {cell(row, column)}"


def corner(path: Path) -> Image.Image:
    """Return the first images of a grid's first rows."""
    grid = Image.open(path).convert("RGB")
    side = grid.width // GRID * SHOWN
    return grid.crop((0, 0, side, side))


def sheet(shown: list[tuple[str, str, Path]], columns: int, *, grids: bool = True) -> Image.Image:
    """Return the panels in rows of ``columns``, on white; pictures that are no ``grids`` of images are whole."""
    cut = corner if grids else lambda path: Image.open(path).convert("RGB")
    pictures = [cut(path).reduce(SHRINK) for _, _, path in shown]
    columns = min(columns, len(shown))
    wide, high = max(p.width for p in pictures), max(p.height for p in pictures)
    down = -(-len(pictures) // columns)
    size = (columns * (wide + GAP) + GAP, down * (high + CAPTION + GAP) + GAP)
    canvas = Image.new("RGB", size, "white")
    pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(12)
    for i, ((name, number, _), picture) in enumerate(zip(shown, pictures, strict=True)):
        left, top = i % columns * (wide + GAP) + GAP, i // columns * (high + CAPTION + GAP) + GAP
        pen.text((left, top), name, fill="black", font=font)
        pen.text((left, top + CAPTION // 2 - 1), number, fill="#555555", font=font)
        canvas.paste(picture, (left, top + CAPTION))
    return canvas


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="holds results.json and the grids that it names")
    parser.add_argument("--columns", type=int, default=8, help="panels in a row")
    parser.add_argument("--out", type=Path, help="where to write; contact-sheet.png in the folder by default")
    chosen = parser.parse_args(arguments)
    results = read_bench(chosen.folder).results
    shown = list(panels(chosen.folder, results))
    if not shown:
        sys.exit(f"{chosen.folder} holds no grid of a finished run")
    picture = sheet(shown, max(1, chosen.columns), grids=results.dataset.samples == USUAL).quantize(64)
    picture.save(chosen.out or chosen.folder / "contact-sheet.png", optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
