"""The threads of a bench's runs: decided once, when it begins, as the numbers of a run on a CPU depend on them."""

from pathlib import Path

from ....errors import DataError, GanzooError
from ...results.bench_files.bench_results import BenchTerms
from ...results.bench_files.manifest import MANIFEST
from ...results.stored import read_stored
from ...results.terms.settings import RunSettings


def fixed_threads(settings: RunSettings, folder: Path, device: str) -> int | None:
    """Return the threads that a bench in this folder began with, where that decides on those of now.

    Others are refused rather than marked in the table: it costs nothing before a run is trained, and a row of mixed
    runs could not be mended afterwards. On a GPU they decide how fast, and may be others.

    Raises:
        GanzooError: other threads were asked for, of runs on a CPU.
    """
    if settings.fresh:
        return None
    try:
        begun = read_stored(BenchTerms, folder / MANIFEST).machine.threads
    except DataError:  # none has begun here
        return None
    if settings.threads is None or settings.threads == begun:
        return begun
    if device == "cpu" and begun is not None:
        raise GanzooError(
            f"the bench in {folder} began with {begun} thread{'s' * (begun != 1)} a run, and a run's numbers depend on "
            f"them: leave --threads {settings.threads} out, or give another --out, or --fresh to begin anew"
        )
    return None
