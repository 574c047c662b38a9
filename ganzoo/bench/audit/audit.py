"""The audit of all runs below a folder."""

import logging
from collections.abc import Iterator
from pathlib import Path

from ...errors import DataError, GanzooError
from ...registry.discovery import Zoo
from ...storage.cache import Cache
from ..results.bench_files.bench_results import RESULTS, BenchResults
from ..results.bench_files.manifest import MANIFEST
from ..results.bench_files.reading import read_results
from ..results.folders import run_folder
from ..results.run_files.result import RESULT, RunResult
from .again import evaluation_check
from .files import key_check, number_checks, row_check, seal_checks
from .left import Left
from .verdict import FAILS, Check, RunAudit

_log = logging.getLogger(__name__)


def audit(folder: Path, zoo: Zoo, cache: Cache, *, evaluate: bool = True, device: str | None = None) -> list[RunAudit]:
    """Audit every run in a folder.

    Args:
        folder: of a run, of a bench or of a suite; or one that holds some.
        zoo: all parts.
        cache: for data, extractors and references.
        evaluate: evaluate final generators again, which is what takes time.
        device: for that; None for each run's own.

    Raises:
        GanzooError: there is no such folder, or no run in it.
    """
    if not folder.is_dir():
        raise GanzooError(f"there is no folder {folder}; give that of a run, a bench or a suite, such as runs/...")
    found = list(_runs(folder))
    if not found:
        raise GanzooError(f"{folder} holds no run; give the folder of a run, a bench or a suite, such as runs/...")
    audits = []
    for at, left in enumerate(found, start=1):
        if evaluate:
            _log.info(f"{at} of {len(found)}: {left.folder}")
        audits.append(audit_run(left, zoo, cache, evaluate=evaluate, device=device))
    return audits


def audit_run(left: Left, zoo: Zoo, cache: Cache, *, evaluate: bool, device: str | None = None) -> RunAudit:
    """Audit one run."""
    checks: list[Check] = []
    metrics: dict[str, float] = {}
    here = left.folder.is_dir() and not left.elsewhere
    result = left.result if here else left.row
    if RESULT in left.problems:
        checks.append(Check("result", False, left.problems[RESULT]))
    of_bench = row_check(left)
    if of_bench is not None and (result is not None or of_bench.held is not None):
        checks.append(of_bench)
    if result is None:
        checks += [Check("result", None, "the run has not ended")] * (not checks)
    else:
        checks += seal_checks(left, result)
        if here:
            checks += [key_check(left, result), *number_checks(left, result)]
        else:
            why = f"its folder {left.folder} is not here, only its row of the bench"
            joined = "its files are in a bench that this one was joined from: audit that one"
            checks.append(Check("run", None, joined if left.elsewhere else why))
        if here and evaluate:
            again, metrics = evaluation_check(left, result, zoo, cache, device)
            checks += [again] if again is not None else []
    named = result or left.row
    return RunAudit(
        folder=left.folder,
        recipe=named.recipe if named else left.spec.name if left.spec else left.folder.parent.name,
        seed=named.seed if named else left.spec.seed if left.spec else None,
        status=named.status if named else None,
        checks=checks,
        metrics=metrics,
    )


def exit_code(audits: list[RunAudit]) -> int:
    """1 where a run does not hold, else 0."""
    return int(any(audit.verdict == FAILS for audit in audits))


def _runs(folder: Path) -> Iterator[Left]:
    """Yield the runs in a folder: those that lie there, and those that a bench there has gathered."""
    places = sorted(path.parent for path in folder.rglob("run.json") if path.is_file())
    above = {place.parent.parent / RESULTS for place in places}
    benches = sorted({*folder.rglob(RESULTS), *(path for path in above if path.is_file())})
    rows: dict[Path, tuple[BenchResults, RunResult]] = {}
    unread = {
        place: f"its bench has no {RESULTS}"
        for place in {place.parent.parent for place in places}
        if (place / MANIFEST).is_file() and not (place / RESULTS).is_file()
    }
    for path in benches:
        try:
            results = read_results(path)
        except DataError as error:
            unread[path.parent] = str(error)
            continue
        for run in results.runs:
            rows.setdefault(_place(path.parent, run), (results, run))
    for place in places:
        why = unread.get(place.parent.parent)
        bench, row = rows.pop(place, (None, None))
        yield Left(place, bench, row, {} if why is None else {RESULTS: why})
    for place, (results, run) in rows.items():
        if place.is_relative_to(folder):
            yield Left(place, results, run)


def _place(bench: Path, run: RunResult) -> Path:
    """Return the folder of a run of a bench, which may not name one outside of it."""
    named = bench / (run.folder or "")
    inside = bool(run.folder) and named.resolve().is_relative_to(bench.resolve())
    return named if inside else run_folder(bench, run.recipe, run.seed)
