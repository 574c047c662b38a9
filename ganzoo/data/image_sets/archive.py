"""Images in a zip or tar archive, read member by member in memory: nothing is ever unpacked onto the disk."""

import gzip
import io
import lzma
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Self

from ...errors import DataError
from ...text import shown
from ..pictures.picture import LARGEST_FILE, BadImageError
from ..pictures.room import MOST_RATIO
from .listing import Listing

ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz")
UNPACK = "unpack it, and name its folder with --data"
COPY = "copy or download it anew"
MOST_MEMBERS = 1_000_000
# A small archive may unpack to this much, a larger one to ``MOST_RATIO`` times its size.
MOST_UNPACKED = 256 * 2**20
_DAMAGED = (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, OSError)


def most_unpacked(path: Path) -> int:
    """Give the number of bytes that an archive may unpack to."""
    return max(MOST_UNPACKED, MOST_RATIO * path.stat().st_size)


def _plain_name(name: str, where: str) -> str:
    # Windows' separators and drives count as well: a name that is harmless here may not be there.
    parts = re.split(r"[/\\]", name)
    if ".." in parts or name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name) or "\0" in name:
        raise DataError(f"{where}: the path {shown(name)} leads out of the archive; {UNPACK}")
    return "/".join(part for part in name.split("/") if part not in ("", "."))


class _Seen:
    """Counts members and refuses a second one of the same name."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._names: set[str] = set()
        self._count = 0

    def count(self) -> None:
        self._count += 1
        if self._count > MOST_MEMBERS:
            raise DataError(
                f"{self._where} has more than {MOST_MEMBERS:,} members; divide it, and name one part with --data"
            )

    def add(self, name: str) -> None:
        if name in self._names:
            raise DataError(f"{self._where}: {shown(name)} is in it twice; {UNPACK}")
        self._names.add(name)


class _Metered(io.RawIOBase):
    """A stream that refuses to give more than ``most`` bytes."""

    def __init__(self, stream: io.BufferedIOBase, most: int, where: str) -> None:
        self._stream = stream
        self._left = most
        self._where = where

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise DataError(f"{self._where} unpacks to far more than images would; {UNPACK}")
        return data


class _StrictHeader(tarfile.TarInfo):
    """``tarfile`` takes a garbled or missing header after the first member for the end; here it is an error."""

    @classmethod
    def fromtarfile(cls, archive: tarfile.TarFile) -> Self:
        try:
            return super().fromtarfile(archive)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]  # typeshed lacks it
            raise
        except tarfile.HeaderError as error:
            raise tarfile.ReadError(str(error)) from error


def _open_stream(path: Path) -> io.BufferedIOBase:
    name = path.name.lower()
    if name.endswith((".tar.gz", ".tgz")):
        return gzip.open(path, "rb")
    if name.endswith((".tar.xz", ".txz")):
        return lzma.open(path, "rb")
    return path.open("rb")


def _too_large() -> bytes:
    raise BadImageError(f"is larger than {LARGEST_FILE // 2**20} MiB")


def _tar_members(path: Path, inside: str) -> Listing:
    """List the images of a tar archive, which is read once, from front to end; encoded, they are kept in memory."""
    where = shown(path.name)
    seen = _Seen(where)
    listing = Listing(inside=inside)
    try:
        with _open_stream(path) as stream:
            metered = _Metered(stream, most_unpacked(path), where)
            with tarfile.open(fileobj=metered, mode="r|", tarinfo=_StrictHeader) as archive:
                for info in archive:
                    # The list that tarfile keeps of all it has seen would grow without end.
                    archive.members = []  # type: ignore[attr-defined]  # typeshed lacks it
                    seen.count()
                    name = _plain_name(info.name, where)
                    if info.isdir():
                        continue
                    if not info.isreg() or info.issparse():
                        raise DataError(
                            f"{where}: {shown(name)} is a link, a device or a sparse file, not a plain one; {UNPACK}"
                        )
                    seen.add(name)
                    name_here = listing.here(name)
                    if name_here is None or not listing.wanted(name_here):
                        continue
                    if info.size > LARGEST_FILE:
                        listing.add(name_here, _too_large)
                        continue
                    content = archive.extractfile(info)
                    assert content is not None
                    listing.add(name_here, partial(bytes, content.read()))
            # To the end, since the checksum of the compressed stream comes last.
            while metered.read(2**20):
                pass
    except _DAMAGED as error:
        raise DataError(f"{where} is damaged or no such archive ({shown(error)[1:-1]}); {COPY}") from error
    return listing


class _ZipReader:
    """Reads members of one zip, counting what comes out, whatever its directory claims."""

    def __init__(self, archive: zipfile.ZipFile, most: int, where: str) -> None:
        self._archive = archive
        self._most = most
        self._where = where
        self._counted: set[str] = set()
        self._total = 0

    def read(self, info: zipfile.ZipInfo) -> bytes:
        if info.flag_bits & 0x1:
            raise BadImageError("is encrypted")
        try:
            with self._archive.open(info) as file:
                data = file.read(LARGEST_FILE + 1)
        except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, OSError) as error:
            raise BadImageError(f"cannot be unpacked ({shown(error)[1:-1]})") from error
        if info.filename not in self._counted:
            self._counted.add(info.filename)
            self._total += len(data)
        if self._total > self._most:
            raise DataError(f"{self._where} unpacks to far more than images would; {UNPACK}")
        return data


def _zip_members(archive: zipfile.ZipFile, path: Path, inside: str) -> Listing:
    where = shown(path.name)
    reader = _ZipReader(archive, most_unpacked(path), where)
    seen = _Seen(where)
    listing = Listing(inside=inside)
    for info in archive.infolist():
        seen.count()
        name = _plain_name(info.filename, where)
        if not info.filename:
            raise DataError(f"{where} has a member without a name; {UNPACK}")
        if info.is_dir():
            continue
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            raise DataError(f"{where}: {shown(name)} is a link or a device, not a plain file; {UNPACK}")
        seen.add(name)
        name_here = listing.here(name)
        if name_here is not None and listing.wanted(name_here):
            listing.add(name_here, partial(reader.read, info))
    return listing


@contextmanager
def open_archive(path: Path, inside: str = "") -> Iterator[Listing]:
    """List the files of an archive, readable while the context lasts.

    Args:
        path: of the archive.
        inside: the folder in it to list, with names from there; empty for all.

    Raises:
        DataError: the archive is damaged or holds links, devices, escaping paths, or too much.
    """
    if not path.name.lower().endswith(".zip"):
        yield _of_size(path, _tar_members(path, inside))
        return
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise DataError(f"{shown(path.name)} is damaged or no zip archive ({shown(error)[1:-1]}); {COPY}") from error
    with archive:
        yield _of_size(path, _zip_members(archive, path, inside))


def _of_size(path: Path, listing: Listing) -> Listing:
    listing.encoded = path.stat().st_size
    return listing
