"""Leaderboards: all benches below some folders, in one table for each set of terms on which numbers compare."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ....errors import GanzooError
from ....recipes.differences.stale import STALE
from ....registry.registry import Registry
from ....text import printable
from ...results.bench_files.bench_results import RESULTS, BenchResults, JoinedSource
from ...results.formats import count, number, short
from ...results.identity import identity_of
from ...results.run_files.environment import Environment
from ...results.terms.track import AS_SHIPPED, CONTROLLED
from ...stats.ranking import ENOUGH_SEEDS
from ..aggregate import aggregate
from ..forms.markdown_table import escaped, markdown
from ..model import FEW, Table, TableRow
from .compare import join, read_bench
from .compatibility import Bench
from .stale_rows import stale_note, stale_rows

_log = logging.getLogger(__name__)

SEEDS = ENOUGH_SEEDS  # that a row needs to be one of a leaderboard; with fewer it is marked


@dataclass(frozen=True)
class Board:
    """A table of a leaderboard.

    Attributes:
        benches: what it was joined from, the newest first.
        results: of all of them.
        table: the best recipe first, with a mark at those that have too few seeds, and another at those that are stale.
        stale: how each recipe that plays otherwise now does so.
    """

    benches: tuple[Bench, ...]
    results: BenchResults
    table: Table
    stale: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def heading(self) -> str:
        """The terms of the numbers, short: data, budget, extractor, samples, track."""
        results = self.results
        extractor = results.evaluated_with.extractor
        parts = [
            results.dataset.name,
            budget_in_words(results.budget),
            *([f"judged by {extractor} at n = {count(results.samples)}"] if extractor else []),
            *([_track(results)] if results.played_track != AS_SHIPPED else []),
            *([f"{results.trials} tuning trials"] if results.tuning else []),
        ]
        return printable(", ".join(parts))


def _track(results: BenchResults) -> str:
    on_backbone = f" on {results.backbone}" if results.played_track == CONTROLLED else ""
    return f"{results.played_track} track{on_backbone}"


def gather(folders: Iterable[Path], registry: Registry | None = None) -> list[Board]:
    """Return a table for each set of terms in which the benches below some folders were played, the newest first.

    Terms are the data, the extractor with the settings of its metrics, the number of samples, the budget and the
    track. Benches on equal terms stand in one table, as far as ``ganzoo compare`` would join them; one that it refuses,
    such as one with another recipe under the same name, gets a table of its own.

    Args:
        folders: every ``results.json`` below them is taken.
        registry: knows the recipes and their parts as they are, by which rows are stale; None marks none.

    Raises:
        GanzooError: a folder is not there.
    """
    benches = sorted(_benches(folders), key=lambda bench: _made(bench.results), reverse=True)
    groups: dict[tuple[Any, ...], list[list[Bench]]] = {}
    for bench in benches:
        of_terms = groups.setdefault(_terms(bench.results), [])
        if why := _find_room(bench, of_terms):
            _log.warning(f"{bench.folder} has a table of its own: {why}")
    return [_board(group, registry) for of_terms in groups.values() for group in of_terms]


def _find_room(bench: Bench, groups: list[list[Bench]]) -> str:
    """Put a bench to the first group that it can be joined with; else it gets its own, and this is why."""
    why = ""
    for group in groups:
        try:
            join([*group, bench])
        except GanzooError as error:
            why = str(error)
        else:
            group.append(bench)
            return ""
    groups.append([bench])
    return why


def _benches(folders: Iterable[Path]) -> Iterator[Bench]:
    found: dict[Path, None] = {}
    for folder in folders:
        if not folder.is_dir():
            raise GanzooError(f"there is no folder {folder}; give one that holds benches, such as runs")
        found.update(dict.fromkeys(sorted(folder.rglob(RESULTS))))
    for path in found:
        try:
            yield read_bench(path)
        except GanzooError as error:
            _log.warning(str(error))


def _made(results: BenchResults) -> str:
    return results.finished or results.started or ""


def _terms(results: BenchResults) -> tuple[Any, ...]:
    return (
        tuple(sorted((field, str(value)) for field, value in identity_of(None, results).items())),
        tuple(sorted(results.budget.items())),
        results.played_track,
        results.backbone,
        results.trials,
    )


def _board(benches: Sequence[Bench], registry: Registry | None) -> Board:
    # One alone is shown as it is: joining would say where each run is from.
    results = benches[0].results if len(benches) == 1 else join(benches)[0]
    table = aggregate(results)
    stale = stale_rows(benches, registry) if registry is not None else {}
    rows = [
        replace(row, mark=(FEW if row.done < SEEDS else "") + (STALE if row.recipe in stale else "") + row.mark)
        for row in sorted(table.rows, key=_place(table))
    ]
    few = [f"{FEW}: fewer than {SEEDS} seeds."] if any(row.done < SEEDS for row in rows) else []
    notes = (*few, *stale_note(stale), *table.notes)
    return Board(tuple(benches), results, replace(table, rows=tuple(rows), notes=notes), stale)


def _place(table: Table) -> Callable[[TableRow], tuple[bool, float]]:
    """Return the key that rows are sorted by: the first metric's mean, the best first, and at last those without."""

    def place(row: TableRow) -> tuple[bool, float]:
        summary = row.metrics[table.columns[0].key] if table.columns else None
        if summary is None:
            return True, 0.0
        return False, summary.mean if table.columns[0].better == "lower" else -summary.mean

    return place


def budget_in_words(budget: Mapping[str, float]) -> str:
    """``200 kimg``, ``5,000 turns of D`` or ``5 min of training``, of a ``results.json``."""
    if "steps" in budget:
        return f"{budget['steps']:,} turn{'s' * (budget['steps'] != 1)} of D"
    return f"{short(budget['kimg'])} kimg" if "kimg" in budget else f"{short(budget['minutes'])} min of training"


def commands(board: Board) -> list[str]:
    """Return the commands that played the benches of a table, each once; of a joined bench, those of its parts."""
    return list(dict.fromkeys(printable(part.command) for part in _parts(board) if part.command))


def _parts(board: Board) -> list[BenchResults | JoinedSource]:
    """Return the benches that were played, and not joined of others."""
    played: list[BenchResults | JoinedSource] = []
    for bench in board.benches:
        played += bench.results.joined or [bench.results]
    return played


def facts(board: Board) -> dict[str, str]:
    """Return the facts that one reads the numbers of a table with: machines, versions, data, budget, seeds, dates."""
    results, data = board.results, board.results.dataset
    parts = [(part, part.environment or Environment()) for part in _parts(board)]
    found = {
        "device": [f"{env.device}, {_threads(env)}" for _, env in parts],
        "versions": [_versions(str(part.ganzoo), env) for part, env in parts],
        "data": [f"{data.told}; each metric compares all of them with n = {results.samples:,} generated"],
        "budget": [f"{budget_in_words(results.budget)} a run"],
        "seeds": [", ".join(map(str, results.seeds))],
        "made": [f"{str(part.started)[:10]}{_commit(env)}" for part, env in parts],
    }
    return {name: printable("; ".join(dict.fromkeys(values))) for name, values in found.items()}


def _threads(environment: Environment) -> str:
    threads = environment.threads
    return "one thread a run" if threads == 1 else f"{threads} threads a run"


def _versions(ganzoo: str, environment: Environment) -> str:
    named = [("torch", environment.torch), ("torch-fidelity", environment.torch_fidelity), ("CUDA", environment.cuda)]
    known = [f"{name} {version}" for name, version in named if version]
    return ", ".join([f"ganzoo {ganzoo}", *known, f"Python {environment.python}"])


def _commit(environment: Environment) -> str:
    commit, _, dirty = (environment.commit or "").partition("-")
    return f" from commit {commit[:12]}{' with changes that are not in it' if dirty else ''}" if commit else ""


def board_markdown(board: Board) -> str:
    """One table of a leaderboard with its heading, the commands behind it, and its facts."""
    return "\n".join([title(board), "", *commands_and_table(board), "", *fact_list(board), ""])


def title(board: Board) -> str:
    """Return the heading in Markdown."""
    return f"### {escaped(board.heading)}"


def commands_and_table(board: Board) -> list[str]:
    """Return the commands and the table in Markdown, as lines."""
    return ["```sh", *commands(board), "```", "", markdown(board.table).rstrip()]


def fact_list(board: Board) -> list[str]:
    """Return the facts in Markdown, as lines."""
    return [f"- {name}: {escaped(text)}" for name, text in facts(board).items()]


def plain_board(board: Board) -> dict[str, Any]:
    """One table of a leaderboard as plain data."""
    from ..forms.json_table import plain_table

    results = board.results
    table = plain_table(board.table)
    few = {row.recipe: row.done < SEEDS for row in board.table.rows}
    return {
        "heading": board.heading,
        "dataset": {"name": results.dataset.name, "hash": results.dataset.hash, "n": results.dataset.n},
        "identity": identity_of(None, results),
        "budget": dict(results.budget),
        "samples": number(results.samples),
        "track": results.played_track,
        "backbone": results.backbone,
        "seeds": list(results.seeds),
        "benches": [_bench(bench) for bench in board.benches],
        **table,
        "rows": [
            {**row, "few_seeds": few[row["recipe"]], "stale": list(board.stale.get(row["recipe"], ()))}
            for row in table["rows"]
        ],
    }


def _bench(bench: Bench) -> dict[str, Any]:
    results = bench.results
    return {
        "folder": str(bench.folder),
        "command": results.command,
        "started": results.started,
        "finished": results.finished,
        "ganzoo": results.ganzoo,
        "device": results.machine.device,
    }
