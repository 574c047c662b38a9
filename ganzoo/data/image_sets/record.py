"""``prepared.json``: how a prepared set was made, and from which content. It lies in the set itself."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

import numpy as np

from ...errors import DataError
from ...text import shown
from ..pictures.decode import Member
from ..pictures.endings import system_part
from ..pictures.fitting import Fitting
from ..pictures.picture import LARGEST_FILE, BadImageError
from .labels import compact

RECORD = "prepared.json"
ARRAY = "prepared"
"""The name of the array of an ``.npz`` that holds the record, as bytes."""
_SCHEMA = 1
_MOST_CHARACTERS = 100
_FORBIDDEN = set('<>:"/\\|?*')


@dataclass(frozen=True)
class Record:
    """The making of a prepared set.

    Attributes:
        ganzoo: the version that made it.
        source: where its images came from, in words.
        content: sha256 in hex over the files, or arrays, that they came from, in their order.
        n: how many images it has.
        fitting: done to each of them, see ``Fitting.to_json``; None for nothing.
        classes: the names of the classes by index; empty without labels.
        folders: the folder of each class.
        skipped: how many bad images were left out.
        notes: sentences on how the source was read.
    """

    ganzoo: str
    source: str
    content: str
    n: int
    fitting: dict[str, Any] | None
    classes: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    skipped: int = 0
    notes: tuple[str, ...] = ()
    name: str = field(default=RECORD, compare=False)

    def to_json(self) -> str:
        """Text that ``read`` reads."""
        kept = {key: value for key, value in asdict(self).items() if key != "name"}
        return json.dumps({"schema": _SCHEMA, **kept}, indent=1) + "\n"

    @classmethod
    def read(cls, text: bytes, where: str, name: str = RECORD) -> Self:
        """Read it.

        Args:
            text: of the file.
            where: what it lies in, for messages.
            name: its own, relative.

        Raises:
            DataError: it is none, or of another schema.
        """
        try:
            content = json.loads(text)
            if content.pop("schema") != _SCHEMA:
                raise ValueError("another schema")
            found = cls(**content, name=name)
            Fitting.from_json(found.fitting)
            texts = [found.ganzoo, found.source, found.content, *found.classes, *found.folders, *found.notes]
            if not all(isinstance(one, str) for one in texts) or not isinstance(found.n, int):
                raise TypeError("a value of a wrong type")
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, DataError) as error:
            raise DataError(
                f"{where}: {shown(name)} is no record of a prepared set; take it out, and folders are the classes"
            ) from error
        tuples = {key: tuple(getattr(found, key)) for key in ("classes", "folders", "notes")}
        return cls(**{**asdict(found), **tuples})

    @classmethod
    def of_member(cls, member: Member, where: str) -> Self:
        """Read it from a file of a folder or an archive.

        Raises:
            DataError: see ``read``; or it cannot be read.
        """
        try:
            data = member.read()
            if len(data) > LARGEST_FILE:
                raise BadImageError(f"is larger than {LARGEST_FILE // 2**20} MiB")
        except BadImageError as error:
            raise DataError(f"{where}: {shown(member.name)} {error}; copy the set anew") from error
        return cls.read(data, where, member.name)

    def of(self, images: Sequence[str], where: str) -> tuple[np.ndarray | None, tuple[str, ...], list[str]]:
        """Find the labels of images by their folders, as ``LabelTable.of`` does.

        Raises:
            DataError: an image lies in no folder of a class.
        """
        said = [self.told(len(images))]
        if not self.classes:
            return None, (), said
        start = len(self.name) - len(RECORD)
        by_folder = {folder: index for index, folder in enumerate(self.folders)}
        labels = np.empty(len(images), dtype=np.int64)
        for at, name in enumerate(images):
            folder = name[start:].partition("/")[0]
            if folder not in by_folder:
                raise DataError(
                    f"{where}: {shown(name)} lies in no folder that {shown(self.name)} names; move it into one, "
                    f"or take {RECORD} out, and folders are the classes"
                )
            labels[at] = by_folder[folder]
        indices, classes, more = compact(labels, self.classes)
        return indices, classes, [*said, *more]

    def told(self, n: int) -> str:
        """Sentence on the making, for a set of which ``n`` images were read."""
        fitting = Fitting.from_json(self.fitting)
        done = f": {fitting.told}" if fitting is not None else ""
        differ = f"; {self.n:,} images were written, and {n:,} are here" if n != self.n else ""
        return f"prepared from {shown(self.source)} of content {self.content[:12]}{done}{differ}"


def is_record(name: str) -> bool:
    """Say whether a relative name is that of a record."""
    return name.rpartition("/")[2] == RECORD


def folders_of(classes: Sequence[str]) -> tuple[str, ...]:
    """Name a folder for each class: after it where a system takes that, else after its index."""
    plain = [name for name in classes if _is_plain(name)]
    lower = [name.lower() for name in plain]
    alone = {name for name in plain if lower.count(name.lower()) == 1}
    return tuple(name if name in alone else f"class-{index:05}" for index, name in enumerate(classes))


def _is_plain(name: str) -> bool:
    ordinary = 0 < len(name) <= _MOST_CHARACTERS and name.isprintable() and not _FORBIDDEN & set(name)
    reserved = name.lower().startswith("class-") or name[-1:] in (".", " ") or name[:1] == " "
    return ordinary and not reserved and system_part(name) is None
