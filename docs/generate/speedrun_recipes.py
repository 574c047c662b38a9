"""The pages of all recipes at the tracks of the speedrun, from the records of benchmarks/speedrun/all_recipes.py."""

import json
from collections.abc import Sequence
from pathlib import Path

from benchmarks.speedrun.tally import COLUMNS, facts_of, name_of, shown, summary
from ganzoo.bench.speedrun.track import Track, track_files

from .markdown import NONE, code, escaped, table
from .page import Pages, link, page
from .parts import path_of

EXPLAINED = (
    "Times are of training up to the first evaluation that meets the goals. *Best* is the best value of each "
    "metric over a run; *CPU s of a run* is what all of its training took. Recipes play as they ship, with the "
    "settings of their papers: a schedule that ends with the budget ends sooner here."
)


def _records(root: Path) -> dict[str, Path]:
    """Find the committed records; gives the path of each one's page and of its file."""
    found = {}
    for path in sorted((root / "benchmarks" / "results").glob("*/speedrun-*.json")):
        device = "" if path.parent.name == "cpu" else f"-{path.parent.name}"
        found[f"docs/results/{path.stem}{device}.md"] = path
    return found


def recipe_tables(track: Track, root: Path) -> Sequence[tuple[str, str]]:
    """Give the path of each page of a track, with the device that it is of."""
    return [(name, path.parent.name) for name, path in _records(root).items() if path.stem == name_of(track)]


def speedrun_recipe_pages(root: Path) -> Pages:
    """Give a page for each ``speedrun-*.json`` below benchmarks/results."""
    return {name: _page(path, name, root) for name, path in _records(root).items()}


def _page(path: Path, here: str, root: Path) -> str:
    record = json.loads(path.read_text(encoding="utf-8"))
    track = record["protocol"]["track"]["name"]
    rules = link("the speedrun", "docs/guides/speedrun.md", here)
    rows = []
    for row in record["rows"]:
        cells = shown(row)
        bundled = (root / "configs" / f"{row['recipe']}.yaml").is_file()
        name = link(row["recipe"], path_of("recipe", row["recipe"]), here) if bundled else code(row["recipe"])
        rows.append([name, *(escaped(cells[key]) if cells[key] else NONE for key in COLUMNS[1:])])
    stale = "" if track in track_files() else f" There is no track {code(track)} any more."
    whole = link("all numbers", path.relative_to(root).as_posix(), here)
    facts = [escaped(fact) for fact in facts_of(record)] + [f"{code(record['command'])}: {whole}"]
    return page(
        f"All recipes at `{track}`",
        [
            f"Bundled recipes at a track of {rules}, by the time that they take. {escaped(summary(record))}{stale}",
            EXPLAINED,
            table(COLUMNS, rows),
            "\n".join(f"- {fact}" for fact in facts),
        ],
    )
