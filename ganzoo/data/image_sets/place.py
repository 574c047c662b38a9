"""A folder or a file of images, as the user wrote it."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ...errors import DataError
from ...text import shown
from . import archive
from .arranged import Arranged, arranged
from .folder import list_folder
from .listing import Listing

NPZ = ".npz"


@dataclass(frozen=True)
class Place:
    """A folder, an archive, an ``.npz``, or a part of either.

    Attributes:
        path: of the folder or the file.
        inside: the folder, or the part of an ``.npz``, that is meant; all of it where it is empty.
        ending: of the file, one of those that are known; empty for a folder.
    """

    path: Path
    inside: str
    ending: str

    @property
    def stem(self) -> str:
        """Name without its ending, which the set is called by."""
        if not self.ending:
            return self.path.resolve().name
        return self.path.name[: -len(self.ending)] + (f"-{self.inside}" if self.inside else "")

    @property
    def text(self) -> str:
        """Path as it can be written behind ``--data``."""
        return f"{self.path}/{self.inside}" if self.inside else str(self.path)

    @property
    def where(self) -> str:
        """Short name for messages."""
        return shown(self.path.name if self.ending else self.stem)

    @contextmanager
    def listed(self) -> Iterator[Listing]:
        """List the files of a folder or an archive, readable while the context lasts.

        Raises:
            DataError: it cannot be read.
        """
        if not self.ending:
            yield list_folder(self.path)[0]
            return
        with archive.open_archive(self.path, self.inside) as listing:
            yield listing

    @contextmanager
    def arranged(self, skip_bad: bool) -> Iterator[Arranged]:
        """Give the images of a folder or an archive in their order, readable while the context lasts.

        Raises:
            DataError: it cannot be read, or holds no images that can be used.
        """
        with self.listed() as listing:
            yield arranged(listing, self.where, skip_bad)

    @property
    def is_npz(self) -> bool:
        """Say whether it is an ``.npz``, whose arrays are read as a whole."""
        return self.ending == NPZ

    def digest(self) -> str:
        """Sha256 in hex of a file.

        Raises:
            DataError: it cannot be read.
        """
        try:
            with self.path.open("rb") as stream:
                return hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            raise DataError(
                f"{shown(self.path)} cannot be read ({error.strerror or error}); mend its permissions or copy it anew"
            ) from error


def place_of(data: str) -> Place | None:
    """Find the folder or file that a text names; None where it names none.

    Raises:
        DataError: there is a file, and it is no set of images.
    """
    try:
        path = Path(data).expanduser()
        if data and path.exists():
            return _whole(path)
        return _within(path) if data else None
    except (OSError, ValueError, RuntimeError):
        # Too long a name, one with a null character, or the home of nobody.
        return None


def _whole(path: Path) -> Place:
    end = _known_ending(path)
    if path.is_dir():
        return Place(path, "", "")
    if end and path.is_file():
        return Place(path, "", end)
    raise DataError(
        f"{shown(path)} is neither a folder of images, an .npz, nor one of {', '.join(archive.ENDINGS)}; "
        "name its folder with --data"
    )


def _within(path: Path) -> Place | None:
    """Divide a path that leads into an archive or an ``.npz``, such as ``photos.zip/train``; None for any other."""
    for above in path.parents:
        if (end := _known_ending(above)) and above.is_file():
            return Place(above, path.relative_to(above).as_posix(), end)
    return None


def _known_ending(path: Path) -> str:
    lower = path.name.lower()
    return next((end for end in sorted((*archive.ENDINGS, NPZ), key=len, reverse=True) if lower.endswith(end)), "")
