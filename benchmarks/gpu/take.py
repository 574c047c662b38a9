"""Files what the command left below ``benchmarks/results/<device>/``, where it can be committed.

Records of scripts, the page, and each bench that was played to its end: its results, the real images and the last
pictures of one run of each recipe, as ``readme_tables.py --take`` has them.
"""

import shutil
from pathlib import Path

from benchmarks.tables import folder_name

from . import page, record

RECORDS = {
    "peers-dcgan/peers": "peers-dcgan",
    "peers-others/peers": "peers-others",
    "seeds-together/seeds_together": "seeds-together",
    "limit/limit": "limit",
    "evaluation/evaluation": "evaluation",
    "stacked-mnist/modes": "modes-stacked-mnist-paper",
    "grid/modes": "modes-grid-paper",
    "time-to-quality/time_to_quality": "time-to-quality",
}
BENCHES = {"bench/bench": "digits-together", "zoo/bench": "zoo"}


class UntakeableError(Exception):
    """The content of a folder cannot be filed; the message is one sentence."""


def take(folder: Path, root: Path, called: Path | None = None) -> list[Path]:
    """Copy, and give what was written.

    Args:
        folder: of the results.
        root: of the repository.
        called: what the user knows the folder as, where it is that of an unpacked archive.

    Raises:
        UntakeableError: there is nothing, it was a rehearsal, or the device is not known.
    """
    try:
        found = record.read(folder)
    except ValueError as error:
        raise UntakeableError(str(error)) from error
    if found is None:
        raise UntakeableError(f"{called or folder} holds no {record.NAME}")
    if found.rehearsal:
        raise UntakeableError(f"{called or folder} is of a rehearsal, whose numbers mean nothing")
    if not found.device:
        raise UntakeableError(f"{called or folder} does not say what GPU it is of: its first stage did not end")
    device = folder_name(found.device)
    results = root / "benchmarks" / "results" / device
    results.mkdir(parents=True, exist_ok=True)
    record.write(found, results)
    page.write(found, results)
    written = [results / record.NAME, results / page.NAME]
    for source, name in RECORDS.items():
        written += _copied(folder / source, results / name)
    for source, name in BENCHES.items():
        written += _bench(folder / source, f"{device}/{name}", root)
    if (ends := _ends_of_tests(found)) is not None:
        (results / "tests.txt").write_text(ends + "\n", encoding="utf-8")
        written.append(results / "tests.txt")
    return written


def _copied(source: Path, target: Path) -> list[Path]:
    """Return a script's record, its page, and its pictures where it has some."""
    written = []
    for suffix in (".json", ".md"):
        if source.with_suffix(suffix).is_file():
            shutil.copyfile(source.with_suffix(suffix), target.with_suffix(suffix))
            written.append(target.with_suffix(suffix))
    if source.is_dir() and written:
        shutil.copytree(source, target, dirs_exist_ok=True)
        written.append(target)
    return written


def _bench(source: Path, name: str, root: Path) -> list[Path]:
    """Return a bench that has ended, by the script that files benches."""
    if not (source / "results.json").is_file():
        return []
    from benchmarks.readme_tables import take as take_bench  # which needs ganzoo, and the rest does not

    take_bench(source, name, root)
    return [root / "benchmarks" / "results" / name]


def _ends_of_tests(found: record.Record) -> str | None:
    stage = found.stages.get("tests")
    return stage.data.get("ends") if stage else None
