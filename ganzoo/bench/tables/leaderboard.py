"""All benches there are, gathered into one table for each set of terms on which numbers compare."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...errors import GanzooError
from ...text import printable
from ..results.formats import count, number, short
from ..results.identity import identity_of
from ..results.track import AS_PUBLISHED
from .aggregate import aggregate
from .compare import join, read_bench
from .compatibility import Bench
from .markdown_table import escaped, markdown
from .model import Row, Table

SEEDS = 5  # that a row needs to be one of a leaderboard; with fewer it is marked
MARK = "†"


@dataclass(frozen=True)
class Board:
    """A table of a leaderboard.

    Attributes:
        benches: what it was joined from, the newest first.
        results: of all of them, as a ``results.json`` has them.
        table: the best recipe first, with a mark at those that have too few seeds.
    """

    benches: tuple[Bench, ...]
    results: Mapping[str, Any]
    table: Table

    @property
    def heading(self) -> str:
        """On what terms the numbers were taken, short: data, budget, extractor, samples, track."""
        results = self.results
        judge = (results.get("extractor") or {}).get("extractor")
        parts = [
            results["dataset"]["name"],
            budget_in_words(results["budget"]),
            *([f"judged by {judge} at n = {count(results['samples'])}"] if judge else []),
            *([f"controlled track on {results['backbone']}"] if _track(results) != AS_PUBLISHED else []),
            *([f"{results['tuning']['trials']} tuning trials"] if results.get("tuning") else []),
        ]
        return printable(", ".join(map(str, parts)))


def gather(folders: Iterable[Path], say: Callable[[str], None]) -> list[Board]:
    """A table for each set of terms in which the benches below some folders were played, the newest first.

    Terms are the data, the extractor with the settings of its metrics, the number of samples, the budget and the
    track. Benches on equal terms stand in one table, as far as ``ganzoo compare`` would join them; one that it refuses,
    such as one with another recipe under the same name, gets a table of its own.

    Args:
        folders: every ``results.json`` below them is taken.
        say: takes a line for each that is no result of a bench, or that could not be joined with the others.

    Raises:
        GanzooError: a folder is not there.
    """
    benches = sorted(_benches(folders, say), key=lambda bench: _made(bench.results), reverse=True)
    groups: dict[tuple[Any, ...], list[list[Bench]]] = {}
    for bench in benches:
        of_terms = groups.setdefault(_terms(bench.results), [])
        if why := _find_room(bench, of_terms):
            say(f"{bench.folder} has a table of its own: {why}")
    return [_board(group) for of_terms in groups.values() for group in of_terms]


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


def _benches(folders: Iterable[Path], say: Callable[[str], None]) -> Iterator[Bench]:
    found: dict[Path, None] = {}
    for folder in folders:
        if not folder.is_dir():
            raise GanzooError(f"there is no folder {folder}; give one that holds benches, such as runs")
        found.update(dict.fromkeys(sorted(folder.rglob("results.json"))))
    for path in found:
        try:
            yield read_bench(path)
        except GanzooError as error:
            say(str(error))


def _made(results: Mapping[str, Any]) -> str:
    return str(results.get("finished") or results.get("started") or "")


def _track(results: Mapping[str, Any]) -> str:
    return results.get("track") or AS_PUBLISHED


def _terms(results: Mapping[str, Any]) -> tuple[Any, ...]:
    return (
        tuple(sorted((field, str(value)) for field, value in identity_of({}, results).items())),
        tuple(sorted(results["budget"].items())),
        _track(results),
        results.get("backbone"),
        (results.get("tuning") or {}).get("trials", 0),
    )


def _board(benches: Sequence[Bench]) -> Board:
    # One alone is shown as it is: joining would say where each run is from.
    results = benches[0].results if len(benches) == 1 else join(benches)[0]
    table = aggregate(results)
    rows = [replace(row, mark=MARK if row.done < SEEDS else "") for row in sorted(table.rows, key=_place(table))]
    few = [f"{MARK}: fewer than {SEEDS} seeds."] if any(row.mark for row in rows) else []
    return Board(tuple(benches), results, replace(table, rows=tuple(rows), notes=(*few, *table.notes)))


def _place(table: Table) -> Callable[[Row], tuple[bool, float]]:
    """What rows are sorted by: the first metric's mean, the best first, and at last those without."""

    def place(row: Row) -> tuple[bool, float]:
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
    """What the benches of a table were played by, each command once; of a joined bench, those of its parts."""
    parts = [part for bench in board.benches for part in bench.results.get("joined") or [bench.results]]
    return list(dict.fromkeys(printable(str(part["command"])) for part in parts if part.get("command")))


def facts(board: Board) -> dict[str, str]:
    """What one must know to read the numbers of a table: machines, versions, data, budget, seeds, dates."""
    results, data = board.results, board.results["dataset"]
    parts = [part for bench in board.benches for part in bench.results.get("joined") or [bench.results]]
    environments = [(str(part.get("ganzoo")), part.get("environment") or {}) for part in parts]
    items = "points" if data.get("points") else f"images of {data['height']}x{data['width']}x{data['channels']}"
    found = {
        "device": [f"{env.get('device')}, {_threads(env)}" for _, env in environments],
        "versions": [_versions(version, env) for version, env in environments],
        "data": [f"{data['n']:,} {items}; each metric compares all of them with n = {results['samples']:,} generated"],
        "budget": [f"{budget_in_words(results['budget'])} a run"],
        "seeds": [", ".join(map(str, results["seeds"]))],
        "made": [
            f"{str(part.get('started'))[:10]}{_commit(env)}" for part, (_, env) in zip(parts, environments, strict=True)
        ],
    }
    return {name: printable("; ".join(dict.fromkeys(said))) for name, said in found.items()}


def _threads(environment: Mapping[str, Any]) -> str:
    threads = environment.get("threads")
    return "one thread a run" if threads == 1 else f"{threads} threads a run"


def _versions(ganzoo: str, environment: Mapping[str, Any]) -> str:
    named = [f"{name} {environment[name]}" for name in ("torch", "torch-fidelity") if environment.get(name)]
    cuda = [f"CUDA {environment['cuda']}"] if environment.get("cuda") else []
    return ", ".join([f"ganzoo {ganzoo}", *named, *cuda, f"Python {environment.get('python')}"])


def _commit(environment: Mapping[str, Any]) -> str:
    commit, _, dirty = str(environment.get("commit") or "").partition("-")
    return f" from commit {commit[:12]}{' with changes that are not in it' if dirty else ''}" if commit else ""


def board_markdown(board: Board) -> str:
    """One table of a leaderboard with its heading, the commands behind it, and what one must know to read it."""
    return "\n".join([title(board), "", *told(board), "", *listed(board), ""])


def title(board: Board) -> str:
    """The heading in Markdown."""
    return f"### {escaped(board.heading)}"


def told(board: Board) -> list[str]:
    """The commands and the table in Markdown, as lines."""
    return ["```sh", *commands(board), "```", "", markdown(board.table).rstrip()]


def listed(board: Board) -> list[str]:
    """The facts in Markdown, as lines."""
    return [f"- {name}: {escaped(said)}" for name, said in facts(board).items()]


def plain_board(board: Board) -> dict[str, Any]:
    """One table of a leaderboard as what JSON knows."""
    from .json_table import plain_table

    results = board.results
    table = plain_table(board.table)
    marked = {row.recipe: bool(row.mark) for row in board.table.rows}
    return {
        "heading": board.heading,
        "dataset": {key: results["dataset"].get(key) for key in ("name", "hash", "n")},
        "identity": identity_of({}, results),
        "budget": dict(results["budget"]),
        "samples": number(results["samples"]),
        "track": _track(results),
        "backbone": results.get("backbone"),
        "seeds": list(results["seeds"]),
        "benches": [
            {
                "folder": str(bench.folder),
                **{key: bench.results.get(key) for key in ("command", "started", "finished", "ganzoo")},
                "device": (bench.results.get("environment") or {}).get("device"),
            }
            for bench in board.benches
        ],
        **table,
        "rows": [{**row, "few_seeds": marked[row["recipe"]]} for row in table["rows"]],
    }
