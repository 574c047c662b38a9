"""A data set of the hub, as the user wrote it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...text import shown
from ..image_sets.arranged import Arranged
from ..image_sets.layout import Layout
from ..image_sets.listing import Listing
from .address import PREFIX, Address
from .client import downloaded, revision_of
from .files import Chosen, choose
from .table import Rows


@dataclass(frozen=True)
class HubPlace:
    """Files of a data set on the hub, downloaded.

    Attributes:
        address: as it was asked for.
        commit: of the repository.
        chosen: the configuration, the split and the files.
        paths: of the files here.
    """

    address: Address
    commit: str
    chosen: Chosen
    paths: tuple[Path, ...]

    @property
    def stem(self) -> str:
        """Name that the set is called by."""
        config = f"-{self.chosen.config}" if self.chosen.config not in ("", "default") else ""
        split = "" if self.chosen.split == "train" else f"-{self.chosen.split}"
        return f"{self.address.repo.rpartition('/')[2]}{config}{split}"

    @property
    def text(self) -> str:
        """Address with its commit, as it can be written behind ``--data``."""
        columns = [f"{key}={value}" for key in ("image", "label") if (value := getattr(self.address, key))]
        query = f"?{'&'.join(columns)}" if columns else ""
        return f"{self.address.named(self.chosen.config, self.chosen.split)}@{self.commit}{query}"

    @property
    def where(self) -> str:
        """Short name for messages."""
        return shown(self.address.named())

    def state(self) -> list[str]:
        """Return all that the images depend on."""
        return ["hub", self.address.repo, self.commit, *self.chosen.files, self.address.image, self.address.label]

    @contextmanager
    def arranged(self, skip_bad: bool) -> Iterator[Arranged]:
        """Give the images, readable while the context lasts.

        Raises:
            DataError: the files are damaged, or have no column of images.
        """
        rows = Rows(self.paths, self.where, self.address.image, self.address.label)
        try:
            listing = Listing(
                members=rows.members(), notes=[f"read at the commit {self.commit} of {self.address.repo}"]
            )
            listing.encoded = sum(path.stat().st_size for path in self.paths)
            listing.require_images(self.where)
            left = [f"the split{'s' * (len(self.chosen.others) != 1)} {', '.join(self.chosen.others)}"]
            columns = [f"the column{'s' * (len(rows.columns.others) != 1)} {', '.join(rows.columns.others)}"]
            layout = Layout(
                tuple(range(rows.n)),
                None,
                (),
                left_out=(*left * bool(self.chosen.others), *columns * bool(rows.columns.others)),
            )
            yield _OfRows(self.where, listing.members, listing, layout, None, rows)
        finally:
            rows.close()


@dataclass(frozen=True)
class _OfRows(Arranged):
    """Images whose labels stand in their rows.

    Attributes:
        rows: of the files.
    """

    rows: Rows

    def labels_of(self, kept: list[int]) -> tuple[np.ndarray | None, tuple[str, ...], list[str]]:
        """See ``Arranged``."""
        return self.rows.labels_of(kept)


def is_hub(data: str) -> bool:
    """Say whether a text is the address of a data set on the hub."""
    return data.startswith(PREFIX)


def hub_place_of(data: str) -> HubPlace:
    """Find and download what an address names.

    Raises:
        DataError: there is no such data set, configuration or split.
        SetupError: the hub does not answer, or a package of the extra ``hub-data`` is missing.
    """
    address = Address.parse(data)
    commit, files = revision_of(address)
    chosen = choose(files, address)
    return HubPlace(address, commit, chosen, tuple(downloaded(address, commit, chosen.files)))
