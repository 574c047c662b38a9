"""The state of the benches below a folder, from their files alone: whoever plays them need not know, nor be here.

Imports no torch: whoever watches a busy machine should not add to its load.
"""

import os
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ...errors import GanzooError
from ...text import printable
from ..results.bench_files.bench_results import RESULTS, BenchResults, BenchTerms
from ..results.bench_files.manifest import MANIFEST
from ..results.bench_files.suite_file import SUITE, SuiteFile
from ..results.folders import HOLDER, Holder, run_folder
from ..results.run_files.result import RunResult
from ..results.terms.budget import Budget
from ..tables.aggregate import aggregate
from ..tables.model import Table
from ..tables.notes import devices_of, reasons_below
from ..tables.verdict_lines import said_below
from .files import Files, state
from .watched_run import Scene, WatchedRun

_DEEPEST = 3  # folders between the one that is watched and a bench in it


@dataclass(frozen=True)
class WatchedBench:
    """The state of a bench.

    Attributes:
        folder: where it lies.
        terms: data and budget in words; empty where its files do not tell.
        label: the first metric's, e.g. ``FD[digits]``; empty without one.
        runs: those that are reported, and before them the trials of ``--tune`` until all of these have ended.
        trials: how many trials have ended.
        live: whether somebody plays it.
        over: whether all has ended, and nobody plays it or gathers its results.
        devices: what the runs that have ended were played on.
        table: of the runs that have ended; None where there are none, or their terms are not known.
        said: lines below that table, what its first number is and the verdicts; empty without one.
    """

    folder: Path
    terms: str
    label: str
    runs: tuple[WatchedRun, ...]
    trials: int
    live: bool
    over: bool
    devices: tuple[str, ...]
    table: Table | None
    said: tuple[str, ...]


@dataclass(frozen=True)
class Look:
    """The state of all of them.

    Attributes:
        benches: in the order of their names; those of a suite in its order.
        to_come: names of the benches of a suite that have not begun.
    """

    benches: tuple[WatchedBench, ...]
    to_come: tuple[str, ...]

    @property
    def over(self) -> bool:
        """True if there is nothing more to see."""
        return bool(self.benches) and not self.to_come and all(bench.over for bench in self.benches)


class Watcher:
    """Looks at the benches in a folder as often as it is asked to.

    Args:
        root: the folder of a bench or of a suite, or one that holds some; benches may come to it later.

    Raises:
        GanzooError: there is no such folder, or it is that of a single run.
    """

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise GanzooError(f"there is no folder {root}; give that of a bench or a suite, such as runs/...")
        if (root / "run.json").is_file():
            raise GanzooError(f"{root} is the folder of a run; give that of its bench, such as {root.parent.parent}")
        self.root = root
        self._files = Files()
        self._tables: dict[Path, tuple[BenchResults, Table]] = {}

    def look(self) -> Look:
        """Look at all of them."""
        suite = self._files.read(SuiteFile, self.root / SUITE)
        if suite is None:
            return Look(tuple(self._bench(folder) for folder in _benches_below(self.root, _DEEPEST)), ())
        folders = [self.root / bench.folder for bench in suite.benches]
        begun = [folder for folder in folders if _is_bench(folder)]
        to_come = tuple(folder.name for folder in folders if folder not in begun)
        return Look(tuple(self._bench(folder) for folder in begun), to_come)

    def _bench(self, folder: Path) -> WatchedBench:
        manifest = self._files.read(BenchTerms, folder / MANIFEST)
        results = self._files.read(BenchResults, folder / RESULTS)
        # Results of before the newest start are about to be written anew.
        stale = results is not None and manifest is not None and results.started != manifest.started
        final = None if stale else results
        terms = final or manifest
        of_trials = folder.parent.name == "tuning"  # a recipe's trials, looked at alone
        holder = self._files.read(Holder, (folder.parent.parent if of_trials else folder) / HOLDER)
        since = (state(folder / MANIFEST) or (0,))[0]
        scene = Scene(self._files, _is_live(holder), since, terms.columns[0].key if terms and terms.columns else "")
        trials = [scene.trial(place) for place in _trials(folder)]
        runs = _runs(folder, scene, final, manifest, of_trials)
        ended_runs = [run.result for run in runs if run.result is not None]
        known = None if terms is None else _ended(terms, ended_runs)
        ended = sum(trial.ended for trial in trials)
        shown = [*(trials if ended < len(trials) and final is None else ()), *runs]
        return WatchedBench(
            folder=folder,
            terms=_in_words(terms),
            label=printable(terms.columns[0].label) if terms and terms.columns else scene.metric,
            runs=tuple(shown),
            trials=ended,
            live=scene.live,
            over=all(run.ended for run in shown) and (final is not None or not scene.live),
            devices=() if known is None else tuple(devices_of(known)),
            table=self._table(folder, known) if known is not None and known.runs else None,
            said=tuple(said_below(known)) if known is not None and known.runs else (),
        )

    def _table(self, folder: Path, results: BenchResults) -> Table:
        """Return the table of a bench; its tests, which take a while where recipes are many, are not made twice."""
        known = self._tables.get(folder)
        if known is not None and known[0] == results:
            return known[1]
        # Reasons are told of runs that have ended alone: those that wait are no failures.
        reasons = reasons_below(results.model_copy(update={"seeds": []}))
        table = replace(aggregate(results), reasons=reasons)
        self._tables[folder] = results, table
        return table


def _runs(
    folder: Path, scene: Scene, final: BenchResults | None, manifest: BenchTerms | None, of_trials: bool
) -> list[WatchedRun]:
    """Return the runs that are reported: of the results, else of the terms, else those that lie in the folder."""
    if final is not None:
        return [scene.run(_place(folder, run), run) for run in final.runs]
    if manifest is not None:
        return [scene.seed(folder, name, seed) for name in manifest.recipes for seed in manifest.seeds]
    places = [path.parent for path in sorted(folder.glob("*/seed*/run.json"), key=_in_order)]
    return [scene.trial(place) if of_trials else scene.run(place) for place in places]


def _ended(terms: BenchTerms, runs: list[RunResult]) -> BenchResults:
    """Return the results of a bench at this moment: its terms, with the runs that have ended."""
    complete = BenchResults.model_validate({**terms.to_json(), "runs": []})
    return complete.model_copy(update={"runs": runs})


def _in_words(terms: BenchTerms | None) -> str:
    if terms is None:
        return ""
    try:
        budget = str(Budget.from_json(terms.budget))
    except TypeError:
        budget = "?"
    return printable(f"{terms.dataset.name}, {budget} a run")


def _is_live(holder: Holder | None) -> bool:
    """Return whether the process that holds a folder is there; of another machine's that is taken for granted."""
    if holder is None:
        return False
    if holder.host != socket.gethostname() or holder.pid is None:
        return True
    try:
        os.kill(holder.pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _place(bench: Path, run: RunResult) -> Path:
    """Return the folder of a run of ``results.json``, which may not name one outside the bench."""
    named = bench / str(run.folder)
    inside = named.resolve().is_relative_to(bench.resolve())
    return named if inside else run_folder(bench, run.recipe, run.seed)


def _is_bench(folder: Path) -> bool:
    named = ((folder / name).is_file() for name in (MANIFEST, RESULTS))
    return any(named) or any(True for _ in folder.glob("*/seed*/run.json"))


def _benches_below(folder: Path, deep: int) -> Iterator[Path]:
    if _is_bench(folder):
        yield folder
    elif deep:
        for below in sorted(folder.iterdir()):
            if below.is_dir() and not below.name.startswith("."):
                yield from _benches_below(below, deep - 1)


def _trials(bench: Path) -> list[Path]:
    return [path.parent for path in sorted(bench.glob("tuning/*/trial*/seed*/run.json"), key=_in_order)]


def _in_order(path: Path) -> list[tuple[int, str]]:
    """Names with numbers in the order of the numbers."""
    return [(int(word), "") if word.isdigit() else (0, word) for word in re.split(r"(\d+)", str(path))]
