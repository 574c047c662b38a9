"""The options that make images of a set alike, named where a set is refused."""

from collections import Counter
from dataclasses import dataclass, field

from ...interfaces.size import Size, as_text, size_of

_USUAL = 64


def playable(side: int) -> int:
    """Return the largest side up to this one that is 4, 5, 6 or 7 doubled one or more times, and 8 at the least."""
    times = max(side, 8).bit_length() - 3
    return (max(side, 8) >> times) << times


def is_played(height: int, width: int) -> bool:
    """Say whether networks play images of a size: the shorter side decides how often both must be doubled."""
    times = min(height, width).bit_length() - 3
    return times > 0 and (height | width) % (1 << times) == 0


def size_for(sizes: Counter[tuple[int, int]]) -> Size:
    """Return the size to resize to.

    That of most images, where networks play it; else squares of 64 pixels, or less where most images are smaller.

    Args:
        sizes: how many images there are of each height and width.
    """
    if not sizes:
        return _USUAL
    (height, width), n = sizes.most_common(1)[0]
    if 2 * n > sizes.total() and is_played(height, width):
        return size_of(height, width)
    shorter = sorted(min(size) for size in sizes.elements())
    return min(_USUAL, playable(shorter[len(shorter) // 2]))


@dataclass
class Met:
    """Images that were met, as far as it tells which options they need.

    Attributes:
        sizes: how many images there are of each height and width.
        channels: how many there are of each number of channels.
        unlike: some need another size than they have.
        unreadable: how many cannot be used at any size.
        rgb: grey ones become RGB already.
    """

    sizes: Counter[tuple[int, int]] = field(default_factory=Counter)
    channels: Counter[int] = field(default_factory=Counter)
    unlike: bool = False
    unreadable: int = 0
    rgb: bool = False

    def see(self, channels: int, height: int, width: int) -> None:
        """Count the head of an image."""
        self.sizes[height, width] += 1
        self.channels[channels] += 1

    def note(self, remedy: str) -> None:
        """Count a bad image by its remedy, see ``BadImageError``."""
        self.unlike |= remedy == "fit"
        self.unreadable += remedy == "skip"

    @property
    def options(self) -> str:
        """Words of the command line that make all images alike; empty where they are."""
        words = [f"--size {as_text(size_for(self.sizes))} --crop center"] * self.unlike
        return " ".join([*words, *["--grey-to-rgb"] * (len(self.channels) > 1 and not self.rgb)])

    def advice(self, skip_bad: bool, some_good: bool) -> str:
        """End of a refusal: the options that make a set of these images.

        Args:
            skip_bad: what cannot be used is left out already.
            some_good: there are images that can be used without another option.
        """
        skip = self.unreadable and not skip_bad
        if options := self.options:
            if skip:
                return f"; `{options} --skip-bad` makes the others alike, and leaves out what cannot be read"
            left_out = "" if skip_bad or not some_good else ", and --skip-bad leaves such images out"
            return f"; `{options}` makes them alike{left_out}"
        if skip and some_good:
            return "; --skip-bad leaves such images out"
        return "; replace these files, or name others with --data"
