"""``bench.json``: the terms of a bench, for whoever looks into its folder before there are results."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ....errors import GanzooError
from ....storage.atomic import write_file
from .bench_results import BenchTerms

MANIFEST = "bench.json"


@contextmanager
def manifest_written(folder: Path, terms: Mapping[str, Any]) -> Iterator[None]:
    """Write what the block plays; a bench that is refused leaves what was there before.

    Args:
        folder: of the bench.
        terms: the fields of ``BenchTerms``, which ``results.json`` will have beside its runs.
    """
    path = folder / MANIFEST
    before = path.read_bytes() if path.is_file() else None
    BenchTerms.model_validate(terms)
    write_file(path, json.dumps(terms, indent=2, allow_nan=False) + "\n")
    try:
        yield
    except GanzooError:  # the folder holds the runs of another bench
        if before is None:
            path.unlink()
        else:
            write_file(path, before)
        raise
