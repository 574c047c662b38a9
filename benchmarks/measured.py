"""Rewrite configs/measured.json, which `ganzoo show` and `ganzoo verify` read, from the committed results.

    python benchmarks/measured.py            # rewrite it
    python benchmarks/measured.py --check    # change nothing; exit code 1 if it is stale

A number counts for a recipe only if it was measured with the recipe as it is now: parts, parameters, optimizers and
schedule; a parameter that the older text does not name had its default. What was measured with an override is left out.
What was measured with another form of the recipe is stale, and says what has changed; where the recipe as it is now was
measured on the same data with the same budget, it is left out. Revisions of parts are compared when the file is read.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ganzoo.bench.references import identity_of
from ganzoo.bench.results.bench_files.bench_results import BenchResults
from ganzoo.bench.results.formats import fixed
from ganzoo.bench.results.identity import judging_revisions
from ganzoo.bench.results.terms.budget import Budget
from ganzoo.bench.results.terms.track import AS_SHIPPED
from ganzoo.bench.tables.aggregate import Table, TableColumn, TableRow, aggregate, cell
from ganzoo.bench.tables.joining.compare import read_bench
from ganzoo.recipes.differences.stale import changes_since, overrides_in
from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.registry import Registry
from ganzoo.storage.atomic import write_file

ROOT = Path(__file__).resolve().parents[1]


def _value(table: Table, row: TableRow, column: TableColumn) -> dict[str, Any]:
    baselines = {
        baseline.name: fixed(baseline.values[column.key], column.digits)
        for baseline in table.baselines
        if baseline.values[column.key] is not None
    }
    return {"label": column.title, "value": cell(row, column), "real": baselines}


def _reference(results: BenchResults, recipe: str) -> dict[str, Any]:
    """Return what `ganzoo verify` plays against: every seed's numbers, and all that they depend on
    beside the recipe.
    """
    runs = [run for run in results.runs_of(recipe) if run.status != "skipped"]
    return {
        "dataset": results.dataset.name,
        "hash": results.dataset.hash,
        "budget": results.budget,
        "samples": results.samples,
        "identity": identity_of(results.evaluated_with.to_json()),
        "columns": [heading.to_json() for heading in results.columns],
        "asked": len(runs),
        "runs": {str(run.seed): run.metrics for run in runs if run.done},
    }


def _budget(budget: Mapping[str, float]) -> str:
    return str(Budget.from_json(budget))


def rows(root: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Recipe and what was measured of it, one after the other; of one data set and budget fresh or stale rows."""
    registry = load_zoo(third_party=False).registry
    found = list(_every(root, registry))
    fresh = {(name, row["data"], row["budget"]) for name, row in found if not row.get("stale")}
    for name, row in found:
        if not row.get("stale") or (name, row["data"], row["budget"]) not in fresh:
            yield name, row


def _every(root: Path, registry: Registry) -> Iterator[tuple[str, dict[str, Any]]]:
    here = (root / "configs").resolve()
    known = {entry.name for entry in registry.all("recipe") if (here / entry.target.name).is_file()}
    for path in sorted((root / "benchmarks" / "results").glob("*/*/results.json")):
        results = read_bench(path).results
        if results.played_track != AS_SHIPPED:
            continue
        table = aggregate(results)
        for row in table.rows:
            if row.recipe not in known or not row.done:
                continue
            about = results.recipes[row.recipe]
            changes = changes_since(about.text or "", row.recipe, registry)
            if changes and overrides_in(results.command or ""):
                continue
            told = _row(results, table, row, path.relative_to(root).as_posix())
            revisions = about.revisions | judging_revisions(results.evaluated_with.to_json())
            if revisions:
                told["revisions"] = revisions
            if changes:
                told["stale"] = changes
            yield row.recipe, told


def _row(results: BenchResults, table: Table, row: TableRow, source: str) -> dict[str, Any]:
    data = results.dataset
    return {
        "data": f"{data.name} ({data.height}x{data.width}x{data.channels})",
        "budget": _budget(results.budget),
        "seeds": row.seeds,
        "device": results.machine.device,
        "images_per_second": row.images_per_second and round(row.images_per_second),
        "values": [_value(table, row, column) for column in table.columns],
        "from": source,
        "reference": _reference(results, row.recipe),
    }


def measured(root: Path) -> str:
    """Return the content of configs/measured.json."""
    recipes: dict[str, list[dict[str, Any]]] = {}
    for name, row in rows(root):
        recipes.setdefault(name, []).append(row)
    return json.dumps({"schema": 1, "recipes": recipes}, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing, and exit with 1 if the file is stale")
    chosen = parser.parse_args(arguments)
    path, fresh = root / "configs" / "measured.json", measured(root)
    if chosen.check:
        stale = not path.is_file() or path.read_text(encoding="utf-8") != fresh
        if stale:
            print("configs/measured.json is stale; run python benchmarks/measured.py", file=sys.stderr)
        return int(stale)
    write_file(path, fresh)
    return 0


if __name__ == "__main__":
    sys.exit(main())
