"""Image files of a folder or an archive as a stream: each is decoded when its batch comes, by a few threads."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import PIL
import torch
from torch import Tensor

from ...data.image_sets import archive
from ...data.image_sets.folder import list_folder
from ...data.image_sets.listing import Listing
from ...data.image_sets.splits import taken_for_classes
from ...data.pictures.decode import Member
from ...data.pictures.fitting import Fitting
from ...data.pictures.picture import BadImageError, decode, decode_opened, open_picture
from ...errors import DataError
from ...metrics import BATCH
from ...text import shown, slug, some_of
from .fitted import fingerprint_of
from .streams import BYTES, ImageStream

_VERSION = 1  # of how files are read; a change of their pixels or of their order raises it
_THREADS = 8
_AT_ONCE = 32  # files of which a thread's images are waited for
_MOST_TOLD = 4

Decode = Callable[[bytes], np.ndarray]


class FileStream(ImageStream):
    """All image files of a folder or an archive, whatever folders they lie in, ordered by name; of any sizes.

    At most the batch that is out and the next few images are in memory.

    Args:
        path: of the folder or the archive.
        inside: the folder in an archive to read; empty for all.
        stack: closes the archive.
        skip_bad: leave bad images out; else the first is an error.
        decoded: makes pixels ``(C, H, W)`` uint8 of a file's bytes.
        how: names ``decoded`` in the fingerprint; empty for the project's own.
        chosen: says of the files' names which are read; None for all.
        fitting: done to each image as it is decoded, in the place of ``decoded``; None for nothing.

    Raises:
        DataError: the path cannot be read, or holds no images.
    """

    kind = "folder"

    def __init__(
        self,
        path: Path,
        inside: str,
        stack: ExitStack,
        *,
        skip_bad: bool = False,
        decoded: Decode = decode,
        how: str = "",
        chosen: Callable[[str], bool] | None = None,
        fitting: Fitting | None = None,
    ) -> None:
        self._decode, self._where = decoded, shown(path.name or path)
        self._fitting, self._enlarged = fitting, set[str]()
        self.source = f"{path}/{inside}" if inside else str(path)
        self.name = slug(f"{path.resolve().name.partition('.')[0]}{f'-{inside}' if inside else ''}")
        listing, state = _listed(path, inside, stack)
        if not path.is_dir():
            self.kind = "archive"
        listing = listing.slashed()
        if listing.broken and not skip_bad:
            raise DataError(f"{self._where}: {listing.broken[0]}; --skip-bad leaves such things out")
        listing.require_images(self._where)
        members = sorted(listing.members, key=lambda member: member.name.split("/"))
        self.members = [member for member in members if chosen is None or chosen(member.name)]
        if not self.members:
            raise DataError(f"{self._where} holds {len(members):,} images, and none that {how} reads")
        self.left_out = tuple(listing.left_out())
        if len(self.members) < len(members):
            self.left_out += (f"{len(members) - len(self.members):,} images that {how} does not read",)
        self.notes = (*listing.notes, *_splits(self.members))
        if fitting is not None:
            self.name += fitting.suffix
            self.notes += (fitting.told,)
        if state is not None:
            parts = [_VERSION, PIL.__version__, skip_bad, how, str(path.resolve()), inside, state]
            self.fingerprint = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
            if fitting is not None:
                self.fingerprint = fingerprint_of(self.fingerprint, fitting)
        if skip_bad:
            self._leave_bad()
        self.n = len(self.members)
        tops = [member.name.partition("/")[0] for member in self.members if "/" in member.name]
        if len(tops) == self.n and not _splits(self.members):
            self.classes = tuple(sorted(set(tops)))
            place = {name: index for index, name in enumerate(self.classes)}
            self.labels = torch.tensor([place[name] for name in tops])

    def batches(self) -> Iterator[list[Tensor]]:
        """Yield lists of images, each of its own size."""
        images: list[Tensor] = []
        size = 0
        for image in self._decoded(self.members):
            if images and (len(images) == BATCH or size + image.numel() > BYTES):
                yield images
                images, size = [], 0
            images.append(image)
            size += image.numel()
        yield images

    def images(self, places: Sequence[int]) -> list[Tensor]:
        """Decode some of the files again."""
        return [self._image(self.members[place]) for place in places]

    def label(self, place: int) -> str:
        """Return the name of a file, from the folder or the archive on."""
        return self.members[place].name

    def _decoded(self, members: Sequence[Member]) -> Iterator[Tensor]:
        """Yield the images in order, some files ahead of who takes them."""
        with ThreadPoolExecutor(max(1, min(_THREADS, os.cpu_count() or 1))) as pool:
            waiting: list[Future[Tensor]] = []
            try:
                for member in members:
                    waiting.append(pool.submit(self._image, member))
                    if len(waiting) >= _AT_ONCE:
                        yield waiting.pop(0).result()
                while waiting:
                    yield waiting.pop(0).result()
            finally:
                for future in waiting:
                    future.cancel()

    def _image(self, member: Member) -> Tensor:
        try:
            return torch.from_numpy(np.array(self._pixels(member)))
        except BadImageError as reason:
            raise DataError(
                f"{self._where}: {shown(member.name)} {reason}; --skip-bad leaves such images out"
            ) from reason

    def _pixels(self, member: Member) -> np.ndarray:
        data = member.read()
        if self._fitting is None:
            return self._decode(data)
        found = decode_opened(open_picture(data, self._fitting), data, self._fitting)
        if found.enlarged:
            self._enlarged.add(member.name)
            self.enlarged = len(self._enlarged)
        return found.pixels

    def _leave_bad(self) -> None:
        """Decode all files once, and leave those out that cannot be."""
        good, bad = [], []
        for member in self.members:
            try:
                self._pixels(member)
                good.append(member)
            except BadImageError as reason:
                bad.append(f"{shown(member.name)} {reason}")
        if bad:
            self.left_out += (f"{len(bad):,} bad image{'s' * (len(bad) != 1)}: {some_of(bad, _MOST_TOLD)}",)
        if not good:
            raise DataError(f"{self._where}: {bad[0]}, and no image is good")
        self.members = good


def _listed(path: Path, inside: str, stack: ExitStack) -> tuple[Listing, str | None]:
    if path.is_dir():
        return list_folder(path)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return stack.enter_context(archive.open_archive(path, inside)), digest


def _splits(members: Sequence[Member]) -> tuple[str, ...]:
    """Say it where folders are named like splits, since all of them are read."""
    tops = {member.name.partition("/")[0] for member in members if "/" in member.name}
    named = taken_for_classes(tops) if len(tops) > 1 else []
    return (f"the folders {some_of(named, _MOST_TOLD)} are read together",) if named else ()
