"""Folders of benches and runs."""

import hashlib
import json
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from ...errors import DataError, GanzooError, SetupError
from .stored import read_object
from .written import Written

HOLDER = ".holder.json"  # in the folder of a bench that is being played
_LONGEST = 80
_RUNS = "*/seed*/run.json"  # in the folder of a bench
# Names of devices on Windows, with any ending: no folder can have one.
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}


class Holder(Written):
    """``.holder.json``: the process that plays a bench.

    Attributes:
        pid: of the process.
        host: the name of its machine.
        since: when it began, in ISO 8601.
    """

    pid: int | None = None
    host: str | None = None
    since: str | None = None


def slug(name: str) -> str:
    """Return a folder's name for any name that a plugin or a command line gives: lower case, no separators, not long.

    Names that would come out alike are told apart by a digest.
    """
    plain = re.sub(r"[^a-z0-9._=+@-]+", "-", name.lower().replace(":", "+")).strip(".-")
    windows = plain.partition(".")[0] in _RESERVED
    if plain == name.replace(":", "+") and len(plain) <= _LONGEST and plain and not windows:
        return plain
    plain = plain.replace(".", "-") if windows else plain
    digest = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:8]  # a stranger's file may hold any name
    return f"{plain[:_LONGEST].strip('.-') or 'run'}-{digest}"


def run_folder(bench: Path, recipe: str, seed: int) -> Path:
    """``<bench>/<recipe>/seed<k>``."""
    return bench / slug(recipe) / f"seed{seed}"


def default_folder(data: str, recipes: list[str], keys: list[str]) -> Path:
    """Below ``runs/``; the same for the same command, so that repeating it goes on with it.

    Args:
        data: the dataset's name.
        recipes: their names.
        keys: of the runs, with their seeds left out: more seeds go into the same folder.
    """
    named = "-".join(slug(name) for name in recipes[:3]) + (f"-and-{len(recipes) - 3}" if len(recipes) > 3 else "")
    digest = hashlib.sha256("\n".join(sorted(set(keys))).encode()).hexdigest()[:8]
    return Path("runs") / f"{slug(data)}-{named[:_LONGEST]}-{digest}"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a bench's folder.

    Raises:
        SetupError: another bench holds it, or it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / ".lock", timeout=0)
        holder = folder / HOLDER
        try:
            lock.acquire()
        except Timeout:
            raise SetupError(f"{folder} is in use{_by(holder)}; wait for it, or give another --out") from None
    except OSError as error:
        raise SetupError(f"cannot write below {folder}: {error.strerror or error}") from error
    try:
        since = datetime.now(UTC).isoformat(timespec="seconds")
        holder.write_text(json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": since}))
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _by(holder: Path) -> str:
    try:
        who = read_object(Holder, holder)
    except DataError:
        return ""
    return f" by process {who.pid} on {who.host} since {who.since}"


def runs_in(bench: Path) -> list[Path]:
    """Return the folders of a bench's runs, in the order of their names."""
    return sorted(found.parent for found in bench.glob(_RUNS))


def is_run(path: Path | str) -> bool:
    """Say whether a path is the folder of a run, or of a bench with runs."""
    folder = Path(path)
    return (folder / "run.json").is_file() or any(folder.glob(_RUNS))


def without_checkpoint(run: Path) -> str:
    """Return the error's sentence on a run that holds no checkpoint."""
    if (run / "result.json").is_file():
        return f"{run} has ended, and its checkpoints are gone; the command that made it, with --fresh, plays it again"
    return f"{run} holds no checkpoint yet; train it first"


def find_run(path: Path) -> Path:
    """Return the run that ``path`` means: a run's folder, or a bench's that holds just one.

    Raises:
        GanzooError: it is neither.
    """
    if (path / "run.json").is_file():
        return path
    if path.is_file():
        raise GanzooError(f"{path} is a file, and no folder of a run; give the folder, such as runs/.../dcgan/seed0")
    if not path.is_dir():
        raise GanzooError(f"there is no folder {path}; give that of a run, such as runs/.../dcgan/seed0")
    runs = runs_in(path)
    if len(runs) == 1:
        return runs[0]
    if not runs:
        benches = sorted(found.parent for found in path.glob("*/results.json"))
        several = f", but {len(benches)} bench{'es' * (len(benches) != 1)}" if benches else ""
        raise GanzooError(f"{path} holds no run{several}; give the folder of one, such as runs/.../dcgan/seed0")
    shown = ", ".join(str(run.relative_to(path)) for run in runs[:6]) + (", ..." if len(runs) > 6 else "")
    raise GanzooError(f"{path} holds {len(runs)} runs; name one of them: {shown}")
