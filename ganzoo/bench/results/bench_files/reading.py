"""The one reader of ``results.json``."""

from pathlib import Path

from ....errors import DataError
from ..stored import read_stored
from .bench_results import BenchResults


def read_results(path: Path, absent: str = "") -> BenchResults:
    """Read the results of a bench.

    Args:
        path: of its ``results.json``.
        absent: the error's sentence where there is no such file.

    Raises:
        DataError: there is none, it cannot be read, or it is of another schema; of a damaged one, with what mends it.
    """
    try:
        return read_stored(BenchResults, path, absent)
    except DataError as error:
        if not isinstance(error.__cause__, ValueError):
            raise
        raise DataError(f"{error}; the command of the bench, repeated, writes it anew from its runs") from error
