"""Decoding of the files of a set into one array."""

import math
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from ...errors import DataError
from ...text import shown
from ..progress import Progress
from .changes import Changes
from .fitting import Fitting
from .picture import BadImageError, Picture, decode_opened, in_pixels, open_picture, shape_of
from .remedy import Met
from .room import require_images, require_room


@dataclass(frozen=True)
class Member:
    """An image file somewhere.

    Attributes:
        name: relative, with ``/`` between folders.
        read: its bytes; raises ``BadImageError``.
    """

    name: str
    read: Callable[[], bytes]


def _mismatch(shape: tuple[int, ...], wanted: tuple[int, ...], whose: str) -> str:
    if shape[1:] == wanted[1:]:
        kind = {1: "grey", 3: "in colour"}
        return f"is {kind[shape[0]]} where {whose} {kind[wanted[0]]}"
    size, other = in_pixels(*shape[1:]), in_pixels(*wanted[1:])
    return f"is {size} where {whose} {other.removesuffix(' pixels')}"


@dataclass(frozen=True)
class DecodedSet:
    """Images of one size.

    Attributes:
        pixels: ``(N, C, H, W)`` uint8.
        kept: indices of the members that they come from.
        bad: what was left out and why.
        notes: sentences on what was done to some of them.
    """

    pixels: np.ndarray
    kept: list[int]
    bad: list[str]
    notes: list[str]


def decode_all(
    members: Sequence[Member],
    where: str,
    *,
    skip_bad: bool,
    encoded: int | None = None,
    fitting: Fitting | None = None,
) -> DecodedSet:
    """Decode images of one size, or bring them to one.

    Args:
        members: at least one.
        where: what they lie in, for messages.
        skip_bad: leave bad ones out. Good is then what has the most frequent shape; else the first image's.
        encoded: bytes on the disk that hold all of them; None where that is not known.
        fitting: done to each of them; None for nothing.

    Raises:
        DataError: an image is bad and ``skip_bad`` is off, or none is good; or they take more memory than there is, or
            than images of so many bytes would.
    """
    with warnings.catch_warnings():
        # Pillow grumbles about odd metadata, and about sizes that are refused here long before.
        warnings.simplefilter("ignore")
        attempt = _decode_as(members, where, encoded, fitting, None, "most are" if skip_bad else "")
        if skip_bad and attempt.shapes:
            most = max(attempt.shapes, key=attempt.shapes.__getitem__)
            if most != attempt.shape:
                # The first image was an odd one, unless most of the others, whose heads alone were read, are damaged.
                again = _decode_as(members, where, encoded, fitting, most, "most are")
                attempt = again if len(again.kept) > len(attempt.kept) else attempt
    kept, bad = attempt.kept, attempt.bad
    if bad and not (skip_bad and kept):
        raise DataError(refusal(bad, len(members), where, attempt.met.advice(skip_bad, bool(kept))))
    told = [] if fitting is None else [fitting.told]
    return DecodedSet(attempt.pixels[: len(kept)], kept, bad, [*told, *attempt.changes.notes()])


@dataclass
class _Attempt:
    """Result of decoding with one shape in mind.

    ``shapes`` counts all that were met, in the order they were; ``changes`` those that are kept.
    """

    shape: tuple[int, ...] | None
    pixels: np.ndarray
    kept: list[int]
    bad: list[str]
    shapes: Counter[tuple[int, ...]]
    changes: Changes = field(default_factory=Changes)
    met: Met = field(default_factory=Met)

    def keep(self, index: int, picture: Picture) -> None:
        """Keep a member's picture."""
        self.pixels[len(self.kept)] = picture.pixels
        self.kept.append(index)
        self.changes.count(picture)


def _decode_as(
    members: Sequence[Member],
    where: str,
    encoded: int | None,
    fitting: Fitting | None,
    shape: tuple[int, ...] | None,
    whose: str,
) -> _Attempt:
    """Decode what has ``shape`` once it is fitted, or where it is None, that of the first one."""
    got = _Attempt(shape, np.empty((0, 0, 0, 0), dtype=np.uint8), [], [], Counter())
    got.met.rgb = fitting is not None and fitting.grey_to_rgb
    progress = Progress(where, len(members))
    for index, member in enumerate(members):
        progress.at(index)
        try:
            data = member.read()
            opened = open_picture(data, fitting)
            got.met.see(*shape_of(opened))
            shape = shape_of(opened) if fitting is None else fitting.shape(*shape_of(opened))
            if shape != (got.shape or shape):
                got.shapes[shape] += 1
            require_like(shape, got.shape, whose)
            if got.pixels.shape[1:] != shape:  # before anything is decoded
                got.pixels = _room(len(members), shape, encoded, where)
            picture = decode_opened(opened, data, fitting)
        except BadImageError as reason:
            got.bad.append(f"{shown(member.name)} {reason}")
            got.met.note(reason.remedy)
            continue
        if got.shape is None:
            got.shape, whose = shape, whose or f"{shown(member.name)} is"
        got.shapes[shape] += 1
        got.keep(index, picture)
    return got


def require_like(shape: tuple[int, ...], wanted: tuple[int, ...] | None, whose: str) -> None:
    """Refuse an image whose shape ``(C, H, W)``, once it is fitted, is not that of the others.

    Args:
        shape: of the image.
        wanted: of the others; None where it is the first.
        whose: begins the words on the others, such as ``most are``.

    Raises:
        BadImageError: it is another one.
    """
    if wanted is not None and shape != wanted:
        raise BadImageError(_mismatch(shape, wanted, whose), "rgb" if shape[1:] == wanted[1:] else "fit")


def refusal(bad: Sequence[str], n: int, where: str, advice: str) -> str:
    """Sentence that refuses a set of ``n`` images for those that are bad."""
    others = f" (and {len(bad) - 1:,} more of {n:,} images are bad)" if len(bad) > 1 else ""
    return f"{where}: {bad[0]}{others}{advice}"


def _room(n: int, shape: tuple[int, ...], encoded: int | None, where: str) -> np.ndarray:
    size, what = n * math.prod(shape), f"{where}: {n:,} images of {shape[1]}x{shape[2]} pixels"
    if encoded is not None:
        require_images(size, encoded, where)
    require_room(size, what)
    try:
        return np.empty((n, *shape), dtype=np.uint8)
    except MemoryError as error:
        raise DataError(f"{what} take more memory than there is; `--size 64` makes them smaller") from error
