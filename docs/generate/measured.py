"""Numbers that committed benches measured of a recipe, with the terms on which they were taken."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .markdown import code, escaped, table
from .page import link
from .results import boards_of


@dataclass(frozen=True)
class Measured:
    """The numbers that one bench measured of one recipe.

    Attributes:
        recipe: its name.
        row: of configs/measured.json.
        results: of the bench, as its ``results.json`` has them.
        page: the path of the page that compares all recipes of the bench.
    """

    recipe: str
    row: Mapping[str, Any]
    results: Mapping[str, Any]
    page: str

    @property
    def _run(self) -> Mapping[str, Any]:
        runs = self.results["runs"]
        return next(run for run in runs if run["recipe"] == self.recipe and run["status"] == "done")

    @property
    def seed(self) -> int:
        """The seed of the first finished run."""
        return int(self._run["seed"])

    @property
    def samples(self) -> str:
        """The path of the picture that this run's last evaluation drew; empty where it drew none."""
        looks = self._run["evaluations"]
        if not looks:
            return ""
        folder = self.row["from"].rpartition("/")[0]
        return f"{folder}/{self._run['folder']}/{looks[-1]['grid']}"

    def table(self) -> str:
        """Give the numbers beside those of real data."""
        rows = [
            (
                escaped(value["label"]),
                escaped(value["value"]),
                escaped(", ".join(f"{name} {number}" for name, number in value["real"].items())),
            )
            for value in self.row["values"]
        ]
        return table(("metric", "value", "on real data"), rows)

    def terms(self, here: str) -> str:
        """Give data, budget, seeds, samples, machine, versions and source of the numbers."""
        environment = self.results["environment"]
        speed = self.row["images_per_second"]
        facts = [
            f"{escaped(self.row['data'])}, {escaped(self.row['budget'])} a run, {self.row['seeds']} seeds"
            f" ({', '.join(map(str, self.results['seeds']))}), n = {self.results['samples']:,} generated images",
            f"{escaped(self.row['device'])}" + (f", {speed:,} images/s in training" if speed else ""),
            escaped(_versions(str(self.results.get("ganzoo")), environment)),
            f"{str(self.results.get('started'))[:10]}: {link(code(self.row['from']), self.row['from'], here)}, "
            f"{link('beside other recipes', self.page, here)}",
        ]
        return "\n".join(f"- {fact}" for fact in facts)


def _versions(ganzoo: str, environment: Mapping[str, Any]) -> str:
    named = [f"{name} {environment[name]}" for name in ("torch", "torch-fidelity") if environment.get(name)]
    return ", ".join([f"ganzoo {ganzoo}", *named, f"Python {environment['python']}"])


def measured_of(root: Path) -> dict[str, list[Measured]]:
    """Read everything that configs/measured.json holds, by recipe."""
    recipes = json.loads((root / "configs" / "measured.json").read_text(encoding="utf-8"))["recipes"]
    benches = {
        (bench.folder / "results.json").relative_to(root).as_posix(): (bench.results, page)
        for page, board in boards_of(root).items()
        for bench in board.benches
    }
    return {name: [Measured(name, row, *benches[row["from"]]) for row in rows] for name, rows in recipes.items()}
