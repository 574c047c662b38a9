"""A joined bench as a folder of its own: results, pictures, and the report."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ...errors import DataError, SetupError
from ...storage.atomic import write_file
from ..results.bench_files.bench_results import RESULTS, BenchResults
from ..results.folders import locked, run_folder
from ..results.run_files.record import RECORD
from ..results.run_files.result import RunResult
from ..results.stored import read_plain
from ..tables.joining.compatibility import Bench
from .report import write_report


def write_joined(
    out: Path, benches: Sequence[Bench], joined: BenchResults, folders: Mapping[tuple[str, int], Path]
) -> Path:
    """Write the folder of a joined bench; the path of its report.

    Args:
        out: the folder; one that ``write_joined`` made before is written over.
        benches: what was joined.
        joined: what ``results.json`` is to hold.
        folders: of the runs, by recipe and seed.

    Raises:
        SetupError: ``out`` holds another bench, or cannot be written.
    """
    with locked(out):
        _require_free(out, benches)
        runs = []
        for run in joined.runs:
            here = run_folder(out, run.recipe, run.seed)
            for name in _files(run):
                _copy(folders[run.recipe, run.seed], here, name)
            runs.append(run.model_copy(update={"folder": str(here.relative_to(out))}))
        for bench in reversed(benches):
            _copy(bench.folder, out, "real.png")
        content = json.dumps(joined.model_copy(update={"runs": runs}).to_json(), indent=2, allow_nan=False) + "\n"
        write_file(out / RESULTS, content)
        return write_report(out)


def _require_free(out: Path, benches: Sequence[Bench]) -> None:
    file = out / RESULTS
    if not file.exists():
        return
    try:
        content = read_plain(file)
    except DataError:
        content = None
    ours = isinstance(content, dict) and "joined" in content
    if not ours or any(bench.folder.resolve() == out.resolve() for bench in benches):
        raise SetupError(f"{out} holds a bench, which would be lost; give another --out")


def _files(run: RunResult) -> Iterator[str]:
    """Yield the files that the report shows of a run, below its folder."""
    yield RECORD
    for evaluation in run.evaluations:
        yield from filter(None, (evaluation.grid, *evaluation.pictures.values()))
    yield from (run.pictures or {}).values()


def _copy(source: Path, target: Path, name: str) -> None:
    """Copy a file that is there and lies below ``source``: a results file of others may name any path."""
    file, copy = (source / name).resolve(), (target / name).resolve()
    if file.is_file() and file.is_relative_to(source.resolve()) and copy.is_relative_to(target.resolve()):
        write_file(copy, file.read_bytes())
