"""Compare a part with its authors' code, from the root of the repository.

    python -m benchmarks.certificates --list
    python -m benchmarks.certificates NAME --clone PATH            # compare, and say whether what is committed is so
    python -m benchmarks.certificates NAME --clone PATH --write    # to benchmarks/results/certificates/NAME.json

Exit codes: 0 they agree, 1 they do not or the committed certificate says other numbers, 2 bad input.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import ValidationError

from . import record
from .clone import CloneError, commit_of
from .compared import UnequalError, certificate, quantities
from .record import Certificate, Quantity
from .subject import load, names

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Compare one subject and give the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.certificates",
        description="Compare a part with its authors' code.",
    )
    parser.add_argument("name", nargs="?", choices=names(), metavar="NAME", help="of a subject")
    parser.add_argument("--list", action="store_true", help="name all subjects, with their repositories")
    parser.add_argument("--clone", type=Path, metavar="PATH", help="a local clone of the authors' repository")
    parser.add_argument("--write", action="store_true", help="write the certificate")
    chosen = parser.parse_args(arguments)
    if chosen.list:
        for name in names():
            print(f"{name:24} {load(name).repository}")
        return 0
    if chosen.name is None or chosen.clone is None:
        parser.error("give NAME and --clone PATH, or --list")
    subject = load(chosen.name)
    try:
        commit = commit_of(chosen.clone, subject.files)
        ours, theirs = subject.ours(), subject.theirs(chosen.clone)
        found = certificate(chosen.name, subject, commit, ours, theirs)
    except CloneError as error:
        parser.error(str(error))
    except UnequalError as error:
        return _refused(str(error))
    except ValidationError:
        return _differs(quantities(ours, theirs), subject.tolerance)
    return _told(found, root / record.FOLDER / f"{chosen.name}.json", chosen.write)


def _told(found: Certificate, path: Path, write: bool) -> int:
    """Print the differences; then write the certificate, or say whether the committed one is the same."""
    _print(found.quantities)
    for name, number in found.counts.items():
        print(f"{number:>20,}  {name}")
    print(f"largest difference: {found.absolute:.1e}, relative {found.relative:.1e}")
    if write:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(record.text(found), encoding="utf-8")
        return 0
    if not path.is_file():
        return _refused(f"there is no certificate yet: add --write to make {path.name}")
    return 0 if _same(found, record.read(path)) else _refused(f"{path.name} says other numbers")


def _same(found: Certificate, stated: Certificate) -> bool:
    """Say whether two certificates are of the same code and of equal numbers, but for rounding on another processor."""
    if (found.commit, found.counts, len(found.quantities)) != (stated.commit, stated.counts, len(stated.quantities)):
        return False
    return all(
        (a.name, a.shape) == (b.name, b.shape)
        and abs(a.norm - b.norm) <= stated.tolerance * (b.norm or 1)
        and abs(a.absolute - b.absolute) <= stated.tolerance * (b.largest or 1)
        for a, b in zip(found.quantities, stated.quantities, strict=True)
    )


def _differs(found: Sequence[Quantity], tolerance: float) -> int:
    """Print every difference, the largest first."""
    _print(sorted(found, key=lambda quantity: -quantity.relative))
    return _refused(f"they differ by more than {tolerance:g} of the largest value")


def _print(found: Iterable[Quantity]) -> None:
    for quantity in found:
        print(f"{quantity.relative:9.1e}  {quantity.absolute:9.1e}  {quantity.name} {list(quantity.shape)}")


def _refused(sentence: str) -> int:
    print(f"python -m benchmarks.certificates: {sentence}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
