"""Files of a folder or an archive: images, and all else by kind and number."""

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from ...errors import DataError
from ...text import printable, shown, some_of
from ..pictures.decode import Member
from ..pictures.endings import ending, is_other_picture, read_endings, system_part
from .record import is_record

TABLE = "dataset.json"
"""The file of StyleGAN's data sets that holds the labels."""

_MOST_NAMED = 5


@dataclass
class Listing:
    """Files of a folder or an archive.

    Attributes:
        members: the images.
        tables: files called ``dataset.json`` or ``prepared.json``, by name.
        broken: parts that cannot be entered, each with the reason: ``'cat/' cannot be read (Permission denied)``.
        others: how many files there are of each ending that is not read, in lower case; empty for none.
        notes: sentences on how the names were read.
        encoded: bytes on the disk that hold the images.
        inside: the folder that alone is listed, with names from there; empty for all.
        systems: how many hidden entries, or entries that a system keeps, by the last part of their name.
    """

    members: list[Member] = field(default_factory=list)
    tables: dict[str, Member] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)
    systems: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    encoded: int = 0
    inside: str = ""
    _system_paths: set[str] = field(default_factory=set)
    _passed: set[str] = field(default_factory=set)  # folders at the top that lie outside

    def here(self, name: str) -> str | None:
        """Return a name from ``inside`` on; None for one that lies elsewhere.

        Args:
            name: from the top, with ``/`` or, as Windows has it, backslashes between folders.
        """
        start = f"{self.inside.rstrip('/')}/" if self.inside else ""
        if name.replace("\\", "/").startswith(start):
            return name[len(start) :]
        top, slash, _ = name.replace("\\", "/").partition("/")
        self._passed.update([top] if slash else [])
        return None

    def wanted(self, name: str) -> bool:
        """Say whether a file is to be read: an image or a table; count it where it is neither.

        Args:
            name: relative, with ``/`` between folders.
        """
        system = system_part(name)
        if system is not None:
            self.keep_apart(system)
            return False
        end = ending(name)
        if end in read_endings() or _is_table(name):
            return True
        if not name.endswith("\\"):  # that would be a folder, in a zip that was made with backslashes
            self.others[end] += 1
        return False

    def keep_apart(self, system: str) -> None:
        """Count an entry that is hidden or kept by a system, once."""
        if system not in self._system_paths:
            self._system_paths.add(system)
            self.systems[system.rpartition("/")[2]] += 1

    def add(self, name: str, read: Callable[[], bytes]) -> None:
        """Add a file that is wanted."""
        if _is_table(name):
            self.tables[name] = Member(name, read)
        else:
            self.members.append(Member(name, read))

    def slashed(self) -> "Listing":
        """Return the files with ``/`` between folders, where all names have backslashes instead.

        Source: Compress-Archive of PowerShell 5.1 and older .NET write such zips, against APPNOTE 4.4.17; unpacked by
            Python on Linux they become files whose names hold backslashes.
        """
        files = [*self.members, *self.tables.values()]
        if not any("\\" in file.name for file in files) or any("/" in file.name for file in files):
            return self
        found = Listing(
            broken=self.broken,
            others=self.others.copy(),
            systems=self.systems.copy(),
            encoded=self.encoded,
            inside=self.inside,
        )
        found.notes = [*self.notes, "the backslashes in names stand between folders"]
        for file in files:
            name = "/".join(part for part in file.name.split("\\") if part)
            if found.wanted(name):
                found.add(name, file.read)
        return found

    def require_images(self, where: str) -> None:
        """Refuse a listing without images, and say what there is.

        Args:
            where: what the files lie in, for messages.

        Raises:
            DataError: there are no images.
        """
        if self.members:
            return
        if self.inside:
            tops = sorted(self._passed)
            there = some_of([shown(top)[1:-1] for top in tops], _MOST_NAMED) or "no other folder"
            raise DataError(
                f"{where} holds no images in {shown(self.inside)}, but has {there}; name another part with --data"
            )
        there = f", only {'; '.join(self.left_out())}" if self.left_out() else ""
        raise DataError(
            f"{where} holds no images (files that end in {', '.join(read_endings())}){there}; "
            "name a folder that holds some with --data"
        )

    def left_out(self) -> list[str]:
        """Return sentences on what is not read, with counts."""
        pictures = Counter({end: n for end, n in self.others.items() if is_other_picture(end)})
        plain = self.others - pictures
        found = []
        if pictures:
            kinds = f"picture{'s' * (pictures.total() != 1)} of kinds that are not read"
            found.append(f"{pictures.total():,} {kinds} ({_listed(pictures)})")
        if plain:
            found.append(f"{plain.total():,} other file{'s' * (plain.total() != 1)} ({_listed(plain)})")
        if self.systems:
            kept = f"hidden or system {'entry' if self.systems.total() == 1 else 'entries'}"
            found.append(f"{self.systems.total():,} {kept} ({_listed(self.systems)})")
        return found

    def digest(self) -> str:
        """Sha256 in hex of what is counted and named, which tells two states of a folder apart."""
        state = [sorted(self.others.items()), sorted(self.systems.items()), sorted(self.broken)]
        return hashlib.sha256(ascii(state).encode()).hexdigest()


def _is_table(name: str) -> bool:
    return name.rpartition("/")[2] == TABLE or is_record(name)


def _listed(counts: Counter[str]) -> str:
    """Write counts by name, the largest first."""
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return some_of([f"{printable(name)[:40] or 'without an ending'} {n:,}" for name, n in ranked], _MOST_NAMED)
