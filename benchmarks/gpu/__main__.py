"""Measure this machine's GPU in eight minutes or as many as given, the most important stages first.

    python -m benchmarks.gpu --out DIR                              # from the repository's root
    python -m benchmarks.gpu --out DIR --minutes 3 --from limit     # go on from a stage; earlier ones are kept
    python -m benchmarks.gpu --take DIR                             # copy it to benchmarks/results/<device>/

Each stage is a process of its own with a time limit; its results are written before the next one begins, to
DIR/gpu.json and DIR/gpu.md. A stage that crashes, hangs or lacks something does not affect the others.
benchmarks/README.md lists what a machine without a network needs.

Exit codes: 0 all stages had their turn, even if some failed; 2 bad input; 3 there is no GPU or no ganzoo; 129, 130 and
143 stopped by SIGHUP, SIGINT and SIGTERM.
"""

import argparse
import importlib.util
import os
import shlex
import shutil
import sys
import tempfile
import time
from pathlib import Path, PurePath

from . import page, record
from .archive import unpack
from .record import Played, Record
from .runner import NO_GPU, Session, Stop, from_stage, lacks_a_gpu, now
from .stages import ROOT, STAGES, Setting, Stage
from .take import UntakeableError, take

BAD_INPUT = 2


class RefusedError(Exception):
    """A request that cannot be met; one sentence and an exit code."""

    def __init__(self, sentence: str, code: int = BAD_INPUT) -> None:
        super().__init__(sentence)
        self.code = code


def parser() -> argparse.ArgumentParser:
    """Return the options."""
    made = argparse.ArgumentParser(
        prog="python -m benchmarks.gpu", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--out", type=Path, metavar="DIR", help="where the results go")
    made.add_argument("--minutes", type=float, default=8.0, metavar="N", help="time for all stages (default: 8)")
    made.add_argument(
        "--from", dest="begin", metavar="STAGE", choices=[s.name for s in STAGES], help="go on in DIR from this stage"
    )
    made.add_argument("--mnist", type=Path, metavar="DIR", help="the folder with MNIST's four files")
    made.add_argument("--cifar", metavar="NAME|PATH", help="images of 32x32: a data set, a folder or an archive")
    made.add_argument("--archive", type=Path, metavar="FILE", help="a .tar.gz of DIR, renewed after each stage")
    made.add_argument("--commit", help="the commit of the source, where there is no .git")
    made.add_argument("--rehearsal", action="store_true", help="try the command itself, with every size cut down")
    made.add_argument("--list", action="store_true", help="show the stages and their time limits, and end")
    made.add_argument(
        "--take",
        type=Path,
        metavar="DIR|FILE",
        help="copy the results of a DIR or archive to benchmarks/results/, and end",
    )
    return made


def listed(stages: tuple[Stage, ...]) -> str:
    """Return the stages, one a line."""
    lines = []
    for stage in stages:
        limit = f"{stage.limit:.0f} s" + (f", or {stage.share:.0%} of what is left" if stage.share else "")
        lines.append(f"{stage.name:16} {stage.title} ({limit})")
    return "\n".join(lines)


def commit_of(given: str | None) -> str | None:
    """Return the commit that runs: as it was given, or what git says; None where neither knows."""
    if given:
        return given
    from subprocess import run

    try:
        words = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
        return run(words, capture_output=True, text=True, timeout=10).stdout.strip() or None
    except OSError:
        return None


def cores() -> int:
    """Return the number of cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def begun(chosen: argparse.Namespace) -> Record:
    """Return the record to go on with, or a new one.

    Raises:
        RefusedError: the folder does not fit what was asked for.
    """
    try:
        found = record.read(chosen.out)
    except ValueError as error:
        raise RefusedError(str(error)) from error
    if found is None:
        return Record(started=now(), rehearsal=chosen.rehearsal)
    if chosen.begin is None:
        raise RefusedError(f"{chosen.out} holds results already; go on in it with --from STAGE, or give another --out")
    if found.rehearsal != chosen.rehearsal:
        held, given = ("a rehearsal", "measures") if found.rehearsal else ("measurements", "is a rehearsal")
        raise RefusedError(f"{chosen.out} holds {held}, and this command {given}; give another --out")
    return found


def require_ganzoo() -> None:
    """See that ganzoo and its plugins can be imported.

    Raises:
        RefusedError: they cannot.
    """
    for name in ("ganzoo", "ganzoo_plugins", "ganzoo_configs"):
        if importlib.util.find_spec(name) is None:
            raise RefusedError(
                f"the package {name} is not installed here: `python -m pip install -e .`, or see benchmarks/README.md",
                NO_GPU,
            )


def played(chosen: argparse.Namespace) -> int:
    """Play the stages; the exit code."""
    until = time.monotonic() + 60 * chosen.minutes
    require_ganzoo()
    fresh = not chosen.out.exists()
    kept = begun(chosen)
    before = kept.stages.get(STAGES[0].name)
    kept.commands.append(shlex.join(["python", "-m", "benchmarks.gpu", *map(_typed, chosen.typed)]))
    kept.minutes.append(chosen.minutes)
    kept.commit, kept.finished = commit_of(chosen.commit), ""
    chosen.out.mkdir(parents=True, exist_ok=True)
    mnist = chosen.mnist.resolve() if chosen.mnist else None
    cifar = str(Path(chosen.cifar).resolve()) if chosen.cifar and Path(chosen.cifar).exists() else chosen.cifar
    if kept.commit:
        os.environ["GANZOO_COMMIT"] = kept.commit
    given = Setting(mnist=mnist, cifar=cifar, rehearsal=chosen.rehearsal, cores=cores())
    with Stop().listening() as stop:
        session = Session(chosen.out.resolve(), given, until, stop, kept, archive=chosen.archive)
        stages = from_stage(STAGES, chosen.begin)
        session.play(stages[:1])
        first = kept.stages[stages[0].name]
        if lacks_a_gpu(first, session.folder):
            if fresh:
                shutil.rmtree(session.folder, ignore_errors=True)
            raise RefusedError(first.why.partition(": ")[2], NO_GPU)
        _require_the_same_device(session, before)
        session.play(stages[1:])
    kept.finished = now()
    session.keep()
    print(f"\n{page.summary(kept)}\n\n{chosen.out / page.NAME}", flush=True)
    return 128 + stop.number if stop.number else 0


def _require_the_same_device(session: Session, before: Played | None) -> None:
    """See that what the folder holds already is of this GPU; else leave it as it was."""
    if before is None:
        return
    was, is_now = (stage.data.get("facts", {}).get("device") for stage in (before, session.record.stages[before.name]))
    if None not in (was, is_now) and was != is_now:
        session.record.stages[before.name] = before
        session.keep()
        raise RefusedError(f"{session.folder.name} holds results of {was}, and this is {is_now}; give another --out")


def _typed(word: str) -> str:
    return PurePath(word).name if PurePath(word).is_absolute() else word


def filed(source: Path) -> int:
    """File the results of a folder or of an archive."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = source
        if source.is_file():
            folder = Path(scratch)
            unpack(source, folder)
        for path in take(folder, ROOT, source):
            print(path.relative_to(ROOT))
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Do what was asked for; one sentence where it cannot be done."""
    made = parser()
    chosen = made.parse_args(arguments)
    chosen.typed = sys.argv[1:] if arguments is None else arguments
    if chosen.list:
        print(listed(STAGES))
        return 0
    try:
        if chosen.take:
            return filed(chosen.take)
        if not chosen.out:
            made.error("give --out DIR")
        return played(chosen)
    except UntakeableError as error:
        print(f"Error: {error}", file=sys.stderr)
        return BAD_INPUT
    except RefusedError as error:
        print(f"Error: {error}", file=sys.stderr)
        return error.code


if __name__ == "__main__":
    sys.exit(main())
