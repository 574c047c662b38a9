"""Numbers that committed benches measured of a recipe, with the terms on which they were taken."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganzoo.bench.results.bench_files.bench_results import BenchResults
from ganzoo.bench.results.run_files.result import RunResult

from .markdown import code, escaped, table
from .page import link
from .results import boards_of


@dataclass(frozen=True)
class Measured:
    """The numbers that one bench measured of one recipe.

    Attributes:
        recipe: its name.
        row: of configs/measured.json.
        results: of the bench.
        page: the path of the page that compares all recipes of the bench.
    """

    recipe: str
    row: Mapping[str, Any]
    results: BenchResults
    page: str

    @property
    def _run(self) -> RunResult:
        return next(run for run in self.results.runs_of(self.recipe) if run.status == "done")

    @property
    def seed(self) -> int:
        """The seed of the first finished run."""
        return self._run.seed

    @property
    def samples(self) -> str:
        """The path of the picture that this run's last evaluation drew; empty where it drew none."""
        evaluations = self._run.evaluations
        if not evaluations or not evaluations[-1].grid:
            return ""
        return f"{self.row['from'].rpartition('/')[0]}/{self._run.folder}/{evaluations[-1].grid}"

    def table(self, mark: str = "") -> str:
        """Give the numbers beside those of real data, each with a mark that a note below explains."""
        rows = [
            (
                escaped(value["label"]),
                escaped(f"{value['value']} {mark}".rstrip()),
                escaped(", ".join(f"{name} {number}" for name, number in value["real"].items())),
            )
            for value in self.row["values"]
        ]
        return table(("metric", "value", "on real data"), rows)

    def terms(self, here: str) -> str:
        """Give data, budget, seeds, samples, machine, versions and source of the numbers."""
        speed = self.row["images_per_second"]
        facts = [
            f"{escaped(self.row['data'])}, {escaped(self.row['budget'])} a run, {self.row['seeds']} seeds"
            f" ({', '.join(map(str, self.results.seeds))}), n = {self.results.samples:,} generated images",
            f"{escaped(self.row['device'])}" + (f", {speed:,} images/s in training" if speed else ""),
            escaped(_versions(self.results)),
            f"{str(self.results.started)[:10]}: {link(code(self.row['from']), self.row['from'], here)}, "
            f"{link('beside other recipes', self.page, here)}",
        ]
        return "\n".join(f"- {fact}" for fact in facts)


def _versions(results: BenchResults) -> str:
    machine = results.machine
    named = {"torch": machine.torch, "torch-fidelity": machine.torch_fidelity, "CUDA": machine.cuda}
    known = [f"{name} {version}" for name, version in named.items() if version]
    return ", ".join([f"ganzoo {results.ganzoo}", *known, f"Python {machine.python}"])


def measured_of(root: Path) -> dict[str, list[Measured]]:
    """Read everything that configs/measured.json holds, by recipe."""
    recipes = json.loads((root / "configs" / "measured.json").read_text(encoding="utf-8"))["recipes"]
    benches = {
        (bench.folder / "results.json").relative_to(root).as_posix(): (bench.results, page)
        for page, board in boards_of(root).items()
        for bench in board.benches
    }
    return {name: [Measured(name, row, *benches[row["from"]]) for row in rows] for name, rows in recipes.items()}
