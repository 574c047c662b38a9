"""Images of a set one after the other, decoded and fitted, for whoever does not hold all of them."""

import hashlib
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence

from ...errors import DataError
from ...text import shown
from ..progress import Progress
from .changes import Changes
from .decode import Member, refusal, require_like
from .fitting import Fitting
from .picture import BadImageError, Picture, decode_opened, open_picture, shape_of
from .remedy import Met


class Stream:
    """Members decoded in their order, a picture at a time.

    Args:
        members: at least one.
        where: what they lie in, for messages.
        skip_bad: leave out what cannot be used. Of sets that are not all brought to one shape, the most frequent one is
            used, for which the heads of all images are read beforehand; else the first image's.
        fitting: done to each; None for nothing.

    Attributes:
        bad: what was left out and why.
    """

    def __init__(self, members: Sequence[Member], where: str, *, skip_bad: bool, fitting: Fitting | None) -> None:
        self._members, self._where, self._skip_bad, self._fitting = members, where, skip_bad, fitting
        self.bad: list[str] = []
        self._kept = 0
        self._changes = Changes()
        self._met = Met(rgb=fitting is not None and fitting.grey_to_rgb)
        self._content = hashlib.sha256()

    @property
    def content(self) -> str:
        """Sha256 in hex over the files that were used, in their order."""
        return self._content.hexdigest()

    def notes(self) -> list[str]:
        """Sentences on what was done to some of the images."""
        return self._changes.notes()

    def __iter__(self) -> Iterator[tuple[int, Picture]]:
        """Give index and picture of each member; one that cannot be used ends it, once the others were looked at.

        Raises:
            DataError: one is bad and ``skip_bad`` is off, or none is good.
        """
        wanted = self._most() if self._skip_bad else None
        whose = "most are" if self._skip_bad else ""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # as in ``decode_all``
            progress = Progress(self._where, len(self._members))
            for index, member in enumerate(self._members):
                progress.at(index)
                try:
                    data = member.read()
                    opened = open_picture(data, self._fitting)
                    shape = self._shape(*shape_of(opened))
                    self._met.see(*shape_of(opened))
                    require_like(shape, wanted, whose)
                    if self.bad and not self._skip_bad:
                        continue  # the set is refused; the heads of the others tell what would help
                    picture = decode_opened(opened, data, self._fitting)
                except BadImageError as reason:
                    self.bad.append(f"{shown(member.name)} {reason}")
                    self._met.note(reason.remedy)
                    continue
                wanted, whose = shape, whose or f"{shown(member.name)} is"
                self._content.update(hashlib.sha256(data).digest())
                self._kept += 1
                self._changes.count(picture)
                yield index, picture
        if self.bad and not (self._skip_bad and self._kept):
            advice = self._met.advice(self._skip_bad, bool(self._kept))
            raise DataError(refusal(self.bad, len(self._members), self._where, advice))

    def _shape(self, channels: int, height: int, width: int) -> tuple[int, int, int]:
        return (channels, height, width) if self._fitting is None else self._fitting.shape(channels, height, width)

    def _most(self) -> tuple[int, int, int] | None:
        """Return the most frequent shape; of a set that comes to one shape in any case, None."""
        if self._fitting is not None and self._fitting.size is not None and self._fitting.grey_to_rgb:
            return None
        shapes: Counter[tuple[int, int, int]] = Counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for member in self._members:
                try:
                    shapes[self._shape(*shape_of(open_picture(member.read(), self._fitting)))] += 1
                except BadImageError:
                    continue
        return shapes.most_common(1)[0][0] if shapes else None
