"""Plays a suite: a bench for each data set, one after another, and the page over them."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ... import __version__
from ...errors import GanzooError
from ...interfaces import Executor
from ...registry.discovery import Zoo
from ...storage.atomic import write_file
from ...storage.cache import Cache
from ..bench import run_bench
from ..execution.executing import opened
from ..live.display import Display
from ..plan import prepare
from ..play import require_own
from ..results.bench_files.suite_file import SUITE
from ..results.terms.settings import RunSettings
from ..results.written import SCHEMA
from .page import write_index

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Program:
    """The benches of a suite.

    Attributes:
        name: of the suite.
        folder: of all its benches.
        benches: settings, by the name of each bench's folder below that; all of one executor.
        left_out: combinations that do not fit, and why.
        grid: texts of values by key; empty for none.
        command: as written, for the page.
    """

    name: str
    folder: Path
    benches: Mapping[str, RunSettings]
    left_out: Mapping[str, str] = field(default_factory=dict)
    grid: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    command: str = ""


def run_suite(
    program: Program,
    zoo: Zoo,
    cache: Cache,
    display: Callable[[], Display],
    show: Callable[[str, dict[str, Any]], None],
) -> dict[str, Any]:
    """Play the benches in turn, once all of them are found to be in order; those that ended are not repeated.

    Args:
        program: what.
        zoo: all parts.
        cache: for data and extractors.
        display: makes what shows how a bench goes, a fresh one for each.
        show: told the data and the results of each bench when it has ended.

    Returns:
        what ``suite.json`` holds, and in each of its benches ``results``: what its ``results.json`` holds.

    Raises:
        GanzooError: what was asked for cannot be done.
        Interrupted: by a signal.
    """
    summary = _summary(program)
    first = next(iter(program.benches.values()))
    for name, reason in program.left_out.items():
        _log.warning(f"{name} is left out: {reason}")
    with opened(zoo.registry, first.executor, first.executor_address) as executor:
        _require_all(program, zoo, cache, executor)
        _write(program.folder, summary)
        results: list[dict[str, Any]] = []
        for at, (folder, settings) in enumerate(program.benches.items(), start=1):
            _log.info(f"{program.name}: {folder}, {at} of {len(program.benches)}")
            found, _ = run_bench(settings, zoo, cache, display(), executor)
            results.append(found)
            if at == len(program.benches):
                summary["finished"] = datetime.now(UTC).isoformat(timespec="seconds")
            _write(program.folder, summary)
            show(folder, found)
    benches = [{**about, "results": found} for about, found in zip(summary["benches"], results, strict=True)]
    return {**summary, "benches": benches}


def _require_all(program: Program, zoo: Zoo, cache: Cache, executor: Executor) -> None:
    """See to it that no bench is refused once others have been trained for days."""
    for folder, settings in program.benches.items():
        with _of(folder) if len(program.benches) > 1 else nullcontext():
            plan = prepare(settings, zoo, cache, executor.resources())
            require_own(plan, program.folder / folder)


@contextmanager
def _of(folder: str) -> Iterator[None]:
    """Say which bench an error is of."""
    try:
        yield
    except GanzooError as error:
        raise type(error)("\n".join(f"{folder}: {line}" for line in str(error).splitlines())) from error


def _summary(program: Program) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "ganzoo": __version__,
        "suite": program.name,
        "command": program.command,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "finished": None,
        "left_out": dict(program.left_out),
        "grid": {key: list(texts) for key, texts in program.grid.items()},
        "benches": [
            {"folder": folder, "data": Path(settings.dataset).name} for folder, settings in program.benches.items()
        ],
    }


def _write(folder: Path, summary: dict[str, Any]) -> None:
    write_file(folder / SUITE, json.dumps(summary, indent=2, allow_nan=False) + "\n")
    write_index(folder)
