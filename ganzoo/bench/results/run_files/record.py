"""``metrics.jsonl``: the record of a run, one JSON object a line."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from ....errors import DataError, SetupError
from ....storage.atomic import flush_folder, write_file
from ....storage.json_text import JsonError, parse_json
from ....storage.room import cannot_write
from ..written import Number, Written, problem_of
from .result import Evaluation
from .seal import RECORD as RECORD


class RowHead(Written):
    """The beginning of every row.

    Attributes:
        kind: of the row.
        step: steps of the game that were played.
    """

    kind: str
    step: int | None = None


class TrainRow(RowHead):
    """The training between two rows.

    Attributes:
        kimg: thousand real images shown to D.
        d_loss: the mean of what D descends, penalties among it.
        g_loss: the mean of what G descends.
        d_gradient: the mean norm of D's gradient; None where it is no finite number.
        g_gradient: that of G's.
        seconds: of training.
        images_per_second: real images shown to D in a second; None while unknown.
        values: those that change over the run, by the recipe's key, as the last step had them.
    """

    kind: Literal["train"]
    kimg: Number | None = None
    d_loss: Number | None = None
    g_loss: Number | None = None
    d_gradient: Number | None = None
    g_gradient: Number | None = None
    seconds: Number | None = None
    images_per_second: Number | None = None
    values: dict[str, Number] = Field(default_factory=dict)


class LookRow(RowHead):
    """A look at both players between evaluations. None stands for what there is not.

    Attributes:
        kimg: thousand real images shown to D.
        logits_real: D's mean verdict on training images.
        logits_fake: that on fakes.
        logits_held_out: that on held-out images.
        logits_error: the standard error of ``logits_real - logits_held_out``.
        diversity: the mean distance of two generated samples over that of two real ones.
    """

    kind: Literal["look"]
    kimg: Number | None = None
    logits_real: Number | None = None
    logits_fake: Number | None = None
    logits_held_out: Number | None = None
    logits_error: Number | None = None
    diversity: Number | None = None


class EvaluationRow(Evaluation, RowHead):
    """An evaluation of the generator, as ``result.json`` has it."""

    kind: Literal["evaluation"]


Row = TrainRow | LookRow | EvaluationRow
ROW: TypeAdapter[Row] = TypeAdapter(Annotated[Row, Field(discriminator="kind")])


class Record:
    """Writes ``metrics.jsonl``, cut back on a resume to what the checkpoint knew of.

    Args:
        path: of the file.
        size: bytes of it that are kept.
    """

    def __init__(self, path: Path, size: int = 0) -> None:
        self.path = path
        path.touch()
        os.truncate(path, min(size, path.stat().st_size))
        content = path.read_bytes()
        self._digest, self._rows = hashlib.sha256(content), content.count(b"\n")
        flush_folder(path.parent)

    def add(self, row: Mapping[str, Any]) -> None:
        """Append one row, as long as it is what ``read_record`` reads."""
        ROW.validate_python(row)
        line = (json.dumps(row, allow_nan=False) + "\n").encode()
        try:
            with self.path.open("ab") as file:
                file.write(line)
        except OSError as error:
            raise SetupError(cannot_write(self.path, error, len(line))) from error
        self._digest.update(line)
        self._rows += 1

    @property
    def size(self) -> int:
        """In bytes."""
        return self.path.stat().st_size

    def kept(self) -> dict[str, Any]:
        """Put the rows on the disk, and give what a checkpoint that counts on them keeps of the record."""
        with self.path.open("rb+") as file:
            os.fsync(file.fileno())
        return {"record": self.size, "record_sha256": self._digest.hexdigest(), "record_rows": self._rows}


def misfit(path: Path, size: int, sha256: str | None) -> str | None:
    """Say why a record does not begin with the rows that a checkpoint counts on; None where it does.

    Args:
        path: of the record.
        size: bytes that the checkpoint counts on.
        sha256: of these bytes; None where the checkpoint does not tell.
    """
    try:
        content = path.read_bytes()
    except OSError:
        content = b""
    if len(content) < size:
        return f"{path.name} has {len(content):,} bytes of the {size:,} that it counts on"
    content = content[:size]
    if sha256 is not None and hashlib.sha256(content).hexdigest() != sha256:
        return f"{path.name} was changed within the {size:,} bytes that it counts on"
    if not all(map(_is_readable, content.splitlines(keepends=True))):
        return f"{path.name} has lines that cannot be read within the {size:,} bytes that it counts on"
    return None


def evaluations_in(path: Path, size: int) -> int:
    """Count the evaluations in the first ``size`` bytes of a record that can be read."""
    return sum(json.loads(line)["kind"] == "evaluation" for line in path.read_bytes()[:size].splitlines())


def mend(path: Path, size: int) -> int:
    """Leave of the first ``size`` bytes of a record the rows that can be read; gives their number."""
    try:
        lines = path.read_bytes()[:size].splitlines(keepends=True)
    except OSError:
        lines = []
    kept = [line for line in lines if _is_readable(line)]
    write_file(path, b"".join(kept))
    return len(kept)


def _is_readable(line: bytes) -> bool:
    """Say whether a line is a whole row, be it of a kind that this version does not know."""
    try:
        ROW.validate_json(line)
    except ValidationError as error:
        return line.endswith(b"\n") and error.errors(include_url=False)[0]["type"] == "union_tag_invalid"
    return line.endswith(b"\n")


def read_record(path: Path) -> list[Row]:
    """Return the rows of a record; none where there is no such file.

    Raises:
        DataError: a value is of a wrong type.
    """
    try:
        return rows_of(path.read_bytes(), path)
    except OSError:
        return []


def rows_of(content: bytes, where: object) -> list[Row]:
    """Return the rows of a record.

    A line that is no JSON object is left out, and those after it are not: a crash tears the line that it writes, and
    no other. So is a row of a kind that this version does not know.

    Args:
        content: of the file.
        where: names it in an error.

    Raises:
        DataError: a value is of a wrong type.
    """
    rows: list[Row] = []
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            rows.append(ROW.validate_python(parse_json(line)))
        except JsonError as error:
            raise DataError(f"{where}, line {number}: {error}") from error
        except ValidationError as error:
            if error.errors(include_url=False)[0]["type"] not in _NO_ROW:
                raise DataError(f"{where}, line {number}: {problem_of(error, skip=1)}") from error
        except ValueError:  # torn
            continue
    return rows


_NO_ROW = (
    "model_attributes_type",
    "dict_type",
    "model_type",
    "union_tag_invalid",
    "union_tag_not_found",
)
