"""Folders of every earlier format are read and gone on with, and a newer schema is refused in a sentence."""

import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click
import torch
from click.testing import CliRunner
from torch import Tensor

import ganzoo
from ganzoo.bench.results.bench_files.bench_results import RESULTS, BenchResults
from ganzoo.bench.results.run_files.record import RECORD, read_record
from ganzoo.bench.results.run_files.result_file import read_result
from ganzoo.bench.results.run_files.spec import RunSpec
from ganzoo.bench.results.stored import read_stored
from ganzoo.cli import cli
from ganzoo.errors import GanzooError
from ganzoo.training.checkpoints.checkpoint import newest

from ..dropout import SameDropout
from ..frame import Tally
from ..small_runs import bundled_zoo, play

FORMATS = Path(__file__).parents[1] / "formats"
OPTIONS = (
    *("--data", "ring", "--seeds", "1", "--budget", "4kimg", "--evaluations", "2", "--samples", "100"),
    *("--extractor", "none", "--examine", "none", "--replicates", "0", "--device", "cpu", "--threads", "1"),
    *("-o", "generator={name: mlp, width: 8, depth: 1, output: linear}"),
    *("-o", "discriminator={name: mlp, width: 8, depth: 1}", "-o", "schedule.batch=50", "--quiet"),
)


def count(share: float, folder: Path) -> Tally:
    """Read each format's folders in every way; whole whatever the share, as it takes seconds."""
    tally = Tally()
    for format_ in sorted(path for path in FORMATS.iterdir() if path.is_dir()):
        attempts: dict[str, Callable[[Path], str]] = {
            "the same command plays nothing again": _plays_nothing,
            "its results are read": _is_read,
            "compare": partial(_command, ("compare", "BENCH", "BENCH")),
            "leaderboard": partial(_command, ("leaderboard", "BENCH")),
            "report": partial(_command, ("report", "BENCH")),
            "sample": partial(_command, ("sample", "BENCH/gan/seed0", "--out", "BENCH/drawn.png")),
            "its stopped run goes on": _goes_on,
        }
        newer = {f"{name} of schema 2": partial(_is_refused, name) for name in _READERS}
        for what, attempt in (attempts | newer).items():
            place = folder / "copy"
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(format_, place)
            why = attempt(place)
            tally.add(f"{format_.name}, {what}", not why, why)
    return tally


def _command(words: tuple[str, ...], place: Path) -> str:
    arguments = [word.replace("BENCH", str(place / "bench")) for word in words]
    done = CliRunner().invoke(cli, arguments, prog_name="ganzoo")
    if done.exception is not None and not isinstance(done.exception, SystemExit | click.ClickException):
        return f"{type(done.exception).__name__}: {done.exception}"
    return "" if done.exit_code == 0 else f"exit code {done.exit_code}: {done.output[-300:]}"


def _plays_nothing(place: Path) -> str:
    """Repeat the command; a run of another version is refused in a sentence, and left as it is."""
    record = place / "bench" / "gan" / "seed0" / RECORD
    before = record.read_bytes()
    why = _command(("bench", "gan", *OPTIONS, "--out", "BENCH"), place)
    if json.loads((place / "bench" / RESULTS).read_text())["ganzoo"] != ganzoo.__version__:
        told = why.startswith("exit code 2: ") and "holds a run of ganzoo" in " ".join(why.split())
        why = "" if told else f"a run of another version was not refused: {why}"
    return why or ("" if before == record.read_bytes() else "the run was played again")


def _is_read(place: Path) -> str:
    bench = place / "bench"
    results, result = read_stored(BenchResults, bench / RESULTS), read_result(bench / "gan" / "seed0")
    rows = read_record(bench / "gan" / "seed0" / RECORD)
    if result is None or result.status != "done" or results.runs[0].status != "done":
        return "the run is not done"
    return "" if {row.kind for row in rows} == {"train", "look", "evaluation"} else "rows are missing"


def _goes_on(place: Path) -> str:
    spec, zoo = RunSpec.read(place / "stopped"), bundled_zoo()
    with SameDropout():
        result = play(place / "stopped", spec, zoo)
    ours, theirs = newest(place / "stopped" / "checkpoints"), newest(place / "bench" / "gan" / "seed0" / "checkpoints")
    if result is None or result["status"] != "done" or ours is None or theirs is None:
        return f"it ended as {result and result['reason']}"
    differing = [name for name, wanted in theirs[0].items() if not _close(ours[0][name], wanted)]
    return f"it came out otherwise than the run that was not stopped: {', '.join(differing)}" if differing else ""


def _close(found: Tensor, wanted: Tensor) -> bool:
    """Compare a part of two states; equal to the bit where the machine is that of then."""
    return torch.allclose(found, wanted, rtol=1e-3, atol=1e-5) if wanted.is_floating_point() else found.equal(wanted)


_READERS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "run.json": ("bench/gan/seed0/run.json", lambda place: RunSpec.read(place / "bench" / "gan" / "seed0")),
    "results.json": ("bench/results.json", lambda place: read_stored(BenchResults, place / "bench" / RESULTS)),
    "manifest.json": (
        "stopped/checkpoints/step-000000060/manifest.json",
        lambda place: newest(place / "stopped" / "checkpoints"),
    ),
}


def _is_refused(name: str, place: Path) -> str:
    where, read = _READERS[name]
    content: dict[str, Any] = json.loads((place / where).read_text())
    (place / where).write_text(json.dumps({**content, "schema": 2}))
    try:
        read(place)
    except GanzooError as error:
        return "" if "schema 2" in str(error) and "\n" not in str(error) else f"the sentence is {error}"
    return "it was read"
