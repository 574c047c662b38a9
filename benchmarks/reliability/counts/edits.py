"""An edit of a finished run's result is noticed, also where its digest was made to fit.

The edits are those of an attack on an earlier version, which believed all 24 of them: of each of two runs every metric,
speed, times, status, seed, samples, evaluations, spreads, identity and torch's version.
"""

import copy
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from ganzoo.bench.results.run_files.seal import digest_of
from ganzoo.cli import cli

from ..frame import Tally, part_of

_RUNS = ("dcgan/seed0", "wgan-gp/seed1")
_BENCH = ("bench", "dcgan", "wgan-gp", "--seeds", "2", "--budget", "1kimg", "--evaluations", "2", "--samples", "100")
_BENCH += ("--replicates", "2", "--examine", "memorisation", "--device", "cpu", "--threads", "1", "--quiet")
_BENCH += ("-o", "generator.width=4", "-o", "discriminator.width=4", "-o", "schedule.batch=16")


def count(share: float, folder: Path) -> Tally:
    """Edit a bench's results, and look at what each reader says.

    Args:
        share: of the 24 edits.
        folder: for the bench and its copies.
    """
    tally = Tally()
    bench = folder / "bench"
    if not (bench / "results.json").exists():
        _ganzoo(*_BENCH, "--out", bench)
    edits = [(run, path) for run in _RUNS for path in _places(_read(bench / run / "result.json"))]
    wanted = part_of(len(edits), share)
    for run, path in edits[:: -(-len(edits) // wanted)]:
        what = f"{run} {'.'.join(path)}"
        for kind, looked in (("a bench repeated", _repeated), ("a table", _tabled), ("an audit", _audited)):
            said = looked(_edited(bench, folder / "edited", run, path))
            noticed = "was changed after the run wrote it" in " ".join(said.split())
            tally.add(f"{kind}, digest as it was", noticed, f"{what}: {said[-200:]}")
        said = _ganzoo("audit", _edited(bench, folder / "edited", run, path, fitting=True) / run)
        tally.add("an audit, digest made to fit", "does not hold" in said, f"{what}: {said[-200:]}")
    return tally


def _places(result: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    yield from (("metrics", name) for name in result["metrics"])
    yield from (("kimg",), ("images_per_second",), ("seconds",), ("status",), ("seed",), ("samples",))
    yield from (("evaluations",), ("spreads",), ("identity",), ("environment", "torch"))


def _change(result: dict[str, Any], path: tuple[str, ...]) -> None:
    *above, last = path
    place = result
    for key in above:
        place = place[key]
    others = {"status": "skipped", "seed": 7, "samples": 50_000, "evaluations": [], "spreads": None, "identity": {}}
    place[last] = others.get(last, "9.9" if last == "torch" else None)
    if place[last] is None and last != "spreads":
        place[last] = 0.1


def _edited(bench: Path, there: Path, run: str, path: tuple[str, ...], *, fitting: bool = False) -> Path:
    """Give a copy of a bench with one edit, in the run's own file and in its row.

    Args:
        bench: as it was played.
        there: where the copy goes.
        run: the folder of the run, below the bench's.
        path: of the value.
        fitting: make the digests fit.
    """
    shutil.rmtree(there, ignore_errors=True)
    shutil.copytree(bench, there)
    own, every = _read(there / run / "result.json"), _read(there / "results.json")
    (row,) = (row for row in every["runs"] if row["folder"] == run)
    for result in (own, row):
        before = copy.deepcopy(result)
        _change(result, path)
        if before == result:
            raise ValueError(f"{'.'.join(path)} is {before} already")
        if fitting:
            result["digests"]["result"] = digest_of(result)
    (there / run / "result.json").write_text(json.dumps(own))
    (there / "results.json").write_text(json.dumps(every))
    return there


def _repeated(bench: Path) -> str:
    return _ganzoo(*_BENCH, "--out", bench)


def _tabled(bench: Path) -> str:
    return _ganzoo("compare", bench)


def _audited(bench: Path) -> str:
    return _ganzoo("audit", bench, "--no-eval")


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _ganzoo(*words: str | Path) -> str:
    """Run a command in this process, and give all that it prints."""
    done = CliRunner().invoke(cli, list(map(str, words)), env={"COLUMNS": "160", "NO_COLOR": "1"})
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.output
