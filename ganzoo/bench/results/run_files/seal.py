"""Digests that a result carries: of itself, of the generator that was evaluated last, and of the run's record.

A digest is no signature. It notices what a disk, an editor or a script changed afterwards; whoever writes a digest anew
is found out by ``ganzoo audit``, which evaluates the generator again.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..written import Written

RECORD = "metrics.jsonl"
UNSEALED = ("digests", "folder")  # keys of a result that its digest is not of; the second is of results.json alone


class Digests(Written):
    """The sha256 of what a run left, each in hex.

    Attributes:
        result: of all other fields of ``result.json``, as JSON with sorted keys and without blanks.
        state: of the tensors of the generator that was evaluated last; None unless the run is ``done``.
        record: of ``metrics.jsonl``; None where there was none.
    """

    result: str | None = None
    state: str | None = None
    record: str | None = None


def digest_of(result: Mapping[str, Any]) -> str:
    """Return the sha256 of a result, of all but its digests and its folder."""
    sealed = {key: value for key, value in result.items() if key not in UNSEALED}
    return hashlib.sha256(json.dumps(sealed, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def record_digest(folder: Path) -> str | None:
    """Return the sha256 of the record in a run's folder; None where there is none."""
    try:
        with (folder / RECORD).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def sealed(result: Mapping[str, Any], folder: Path, state: str | None = None) -> dict[str, Any]:
    """Return a result with its digests.

    Args:
        result: all of its fields.
        folder: of the run, whose record is read.
        state: the digest of the final generator.
    """
    digests = {"result": digest_of(result), "state": state, "record": record_digest(folder)}
    return {**{key: value for key, value in result.items() if key not in UNSEALED}, "digests": digests}
