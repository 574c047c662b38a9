"""Images of a listing in their order, with the labels that their folders or their table give them."""

from dataclasses import dataclass

import numpy as np

from ...errors import DataError
from ...interfaces.data import Images
from ..packed import Decoded
from ..pictures.decode import Member, decode_all
from ..pictures.fitting import Fitting
from .label_table import LabelTable, read_table
from .labels import compact
from .layout import Layout, arrange
from .listing import TABLE, Listing
from .record import RECORD, Record


@dataclass(frozen=True)
class Arranged:
    """Images that are used, before any of them is read.

    Attributes:
        where: what they lie in, for messages.
        members: in their order.
        listing: all that lies there.
        layout: as read off the folders.
        table: that has the labels, or the record of a prepared set; None where folders have them.
    """

    where: str
    members: list[Member]
    listing: Listing
    layout: Layout
    table: LabelTable | Record | None

    def labels_of(self, kept: list[int]) -> tuple[np.ndarray | None, tuple[str, ...], list[str]]:
        """Return the labels of the members of these indices, the classes, and sentences on both.

        Raises:
            DataError: a table lacks one, or has something else than labels.
        """
        if self.table is not None:
            return self.table.of([self.members[index].name for index in kept], self.where)
        if self.layout.labels is None:
            return None, self.layout.classes, []
        return compact(np.array([self.layout.labels[index] for index in kept], dtype=np.int64), self.layout.classes)

    @property
    def left_out(self) -> tuple[str, ...]:
        """Sentences on what is not used, with counts."""
        return (*self.layout.left_out, *self.listing.left_out())


def arranged(listing: Listing, where: str, skip_bad: bool) -> Arranged:
    """Arrange the images of a folder or an archive.

    Raises:
        DataError: there are none, a part of it cannot be read and ``skip_bad`` is off, or it is open which part is to
            be used.
    """
    listing = listing.slashed()
    if listing.broken and not skip_bad:
        others = f" (and {len(listing.broken) - 1:,} more)" if len(listing.broken) > 1 else ""
        raise DataError(f"{where}: {listing.broken[0]}{others}; --skip-bad leaves such things out")
    listing.require_images(where)
    tables: dict[str, LabelTable | Record] = {}

    def table_at(folder: str) -> str:
        if (member := listing.tables.get(f"{folder}{RECORD}")) is not None:
            tables[member.name] = Record.of_member(member, where)
            return member.name
        name = f"{folder}{TABLE}"
        if name in listing.tables and (table := read_table(listing.tables[name], where)) is not None:
            tables[name] = table
        return name if name in tables else ""

    layout = arrange([member.name for member in listing.members], where, table_at)
    members = [listing.members[index] for index in layout.order]
    chosen = tables[layout.table] if layout.table else None
    if isinstance(chosen, Record):
        members.sort(key=lambda member: member.name.rpartition("/")[2])  # as they were written, whatever their class
    return Arranged(where, members, listing, layout, chosen)


def decode(found: Arranged, skip_bad: bool, fitting: Fitting | None) -> Decoded:
    """Decode images that are arranged."""
    encoded = found.listing.encoded
    decoded = decode_all(found.members, found.where, skip_bad=skip_bad, encoded=encoded, fitting=fitting)
    labels, classes, said = found.labels_of(decoded.kept)
    return Decoded(
        data=Images(decoded.pixels, labels, classes),
        skipped=(*found.listing.broken, *decoded.bad),
        notes=(*found.listing.notes, *found.layout.notes, *decoded.notes, *said),
        left_out=found.left_out,
    )
