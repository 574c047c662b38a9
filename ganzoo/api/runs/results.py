"""Results of a bench, as typed values, tables and pages."""

import io
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from ...bench.results.bench_files.bench_results import BenchResults
from ...bench.results.run_files.result import RunResult
from ...bench.stats.ranking import Ranking
from ...bench.tables.aggregate import aggregate, markdown, print_table
from ...bench.tables.forms.html_table import html_table
from ...bench.tables.joining.compare import read_bench
from ...bench.tables.model import Table
from ...errors import GanzooError, SetupError, suggest

if TYPE_CHECKING:
    import pandas

    from ...models import Model

WIDTH = 120  # of the plain table


class Results:
    """Results of a bench.

    Args:
        folder: of the bench.
        data: what its ``results.json`` holds.

    Attributes:
        folder: of the bench.
        data: the whole of ``results.json``: data, budget, extractor, environment and all runs.
    """

    def __init__(self, folder: Path, data: BenchResults) -> None:
        self.folder, self.data = folder, data

    @classmethod
    def read(cls, folder: str | Path) -> Self:
        """Read the results of a bench that has ended, by its folder or its ``results.json``.

        Raises:
            DataError: there is none, or it is not of this version.
        """
        bench = read_bench(Path(folder))
        return cls(bench.folder, bench.results)

    @property
    def runs(self) -> list[RunResult]:
        """Every recipe with every seed."""
        return self.data.runs

    @property
    def recipes(self) -> list[str]:
        """The names of the recipes, in the order asked."""
        return self.data.recipe_names

    @property
    def metrics(self) -> list[str]:
        """The names of the metrics, in the order of the table."""
        return [column.key for column in self.table.columns]

    @property
    def failed(self) -> list[RunResult]:
        """The runs without numbers: they failed, diverged, were out of memory or were skipped."""
        return [run for run in self.runs if not run.done]

    @cached_property
    def table(self) -> Table:
        """The table: means over the seeds with 95 % intervals, ranks, and the notes below it."""
        return aggregate(self.data)

    @property
    def best(self) -> str | None:
        """The recipe that is better than every other in the first metric, by tests; None where they do not tell."""
        return self.ranking().best if self.metrics else None

    def ranking(self, metric: str | None = None) -> Ranking:
        """Give who is better than whom in a metric, with all tests.

        Args:
            metric: its name; None for the first one.

        Raises:
            GanzooError: the bench has no such metric.
        """
        if not self.metrics:
            raise GanzooError("the bench has no metrics; it was played with extractor='none'")
        name = self.metrics[0] if metric is None else metric
        if name not in self.metrics:
            raise GanzooError(f"the bench has no metric {name!r}; {suggest(name, self.metrics)}")
        return self.table.rankings[name]

    def run(self, recipe: str | None = None, seed: int | None = None) -> RunResult:
        """Give the run of a recipe and a seed; each may be left out where there is one alone.

        Raises:
            GanzooError: there is no such run, or there are several.
        """
        found = [run for run in self.runs if recipe in (None, run.recipe) and seed in (None, run.seed)]
        if len(found) == 1:
            return found[0]
        asked = f"recipe {recipe!r} and seed {seed!r}"
        there = ", ".join(f"{run.recipe} seed {run.seed}" for run in (found or self.runs)[:6])
        raise GanzooError(f"the bench has {len(found) or 'no'} runs of {asked}; name one of: {there}")

    def model(self, recipe: str | None = None, seed: int | None = None) -> "Model":
        """Open the generator of a run, as ``ganzoo.load`` does; see ``run`` for the arguments.

        Raises:
            GanzooError: there is no such run, or it holds no generator.
        """
        run = self.run(recipe, seed)
        from ...models import load

        return load(self.folder / (run.folder or "."))

    def rows(self) -> list[dict[str, Any]]:
        """Give one row for each run, as plain data: the final metrics by name, their spreads, and the costs."""
        rows = []
        for run in self.runs:
            row: dict[str, Any] = {"recipe": run.recipe, "seed": run.seed, "status": run.outcome, "reason": run.why}
            done = run if run.done else None
            row |= {name: done and done.metric(name) for name in self.metrics}
            row |= {f"{name}_spread": done and done.spread(name) for name in self.metrics}
            row |= {name: getattr(run, name) for name in ("kimg", "d_steps", "g_steps", "seconds")}
            row |= {name: getattr(run, name) for name in ("images_per_second", "peak_memory_mb", "folder")}
            rows.append(row)
        return rows

    def to_frame(self) -> "pandas.DataFrame":
        """Give ``rows`` as a data frame of pandas.

        Raises:
            SetupError: pandas is not installed.
        """
        try:
            import pandas
        except ImportError as error:
            raise SetupError("to_frame() needs pandas; `pip install pandas`, or take rows()") from error
        return pandas.DataFrame(self.rows())

    def to_markdown(self) -> str:
        """Give the table in Markdown, with what stands below it."""
        return markdown(self.table)

    def report(self) -> Path:
        """Write the page of the bench, ``report.html`` in its folder, and give its path.

        Raises:
            DataError: the folder's files are damaged.
            SetupError: it cannot be written.
        """
        from ...bench.report.report import write_report

        return write_report(self.folder)

    def __repr__(self) -> str:
        """Return the table as plain text."""
        text = io.StringIO()
        print_table(self.table, text, WIDTH, escapes=False)
        return text.getvalue().rstrip()

    def _repr_html_(self) -> str:
        """Return the table as a notebook shows it, with what stands below it."""
        return html_table(self.table)
