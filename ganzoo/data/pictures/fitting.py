"""Images cropped and resized to one size on their way in."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self, get_args

import numpy as np
from PIL import Image

from ...api.arguments import whole
from ...errors import DataError
from ...interfaces.data import Images
from ...interfaces.size import Size, as_text, size_of

Crop = Literal["center", "random", "none"]
Resize = Literal["lanczos", "bicubic", "area"]
CROPS: tuple[Crop, ...] = get_args(Crop)
RESIZES: tuple[Resize, ...] = get_args(Resize)
LARGEST_FIT = 4096
_FILTERS = {
    "lanczos": Image.Resampling.LANCZOS,
    "bicubic": Image.Resampling.BICUBIC,
    "area": Image.Resampling.BOX,
}


@dataclass(frozen=True)
class Fitting:
    """One size, and one number of channels, for all images of a set.

    Attributes:
        size: height and width in pixels; None leaves each image as large as it is.
        crop: the part of an image that is resized. ``center``: the largest one of the wanted proportions, at the
            middle; ``random``: one as large, at a place that depends on the image's content and ``seed``; ``none``: all
            of it, whose proportions may change.
        resize: the filter: Lanczos with 3 lobes, bicubic, or ``area``, the plain mean of the old pixels whose middles a
            new one covers (Pillow's box). All of them widen with the factor that an image shrinks by (antialiased), as
            in Pillow.
        grey_to_rgb: grey images become RGB with three equal channels.
        seed: of random crops.
    """

    size: tuple[int, int] | None = None
    crop: Crop = "center"
    resize: Resize = "lanczos"
    grey_to_rgb: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse values that are none.

        Raises:
            DataError: one is out of range.
        """
        if self.crop not in CROPS or self.resize not in RESIZES:
            raise DataError(
                f"crop {self.crop!r} and resize {self.resize!r}: crop is one of {', '.join(CROPS)}, "
                f"and resize one of {', '.join(RESIZES)}; `--crop center --resize lanczos` is usual"
            )
        if self.size is not None and not all(1 <= side <= LARGEST_FIT for side in self.size):
            raise DataError(
                f"size {_text(self.size)}: a side is 1 to {LARGEST_FIT} pixels; `--size 64` is what most networks play"
            )

    @classmethod
    def asked(
        cls,
        size: Size | None = None,
        crop: Crop | None = None,
        resize: Resize | None = None,
        grey_to_rgb: bool = False,
        seed: int = 0,
    ) -> Self | None:
        """Make the fitting that options ask for; None where they ask for nothing.

        Args:
            size: a side of squares, or height and width.
            crop: None: ``center``.
            resize: None: ``lanczos``.
            grey_to_rgb: see ``Fitting``.
            seed: see ``Fitting``.

        Raises:
            GanzooError: there is a crop or a filter, and no size; or a size is none.
        """
        if size is None and (crop or resize):
            option = f"--crop {crop}" if crop else f"--resize {resize}"
            raise DataError(f"{option} says how images come to their --size, and that is not given; add `--size 64`")
        if size is None and not grey_to_rgb:
            return None
        return cls(None if size is None else _sides(size), crop or "center", resize or "lanczos", grey_to_rgb, seed)

    def to_json(self) -> dict[str, Any]:
        """Plain data that ``from_json`` reads."""
        return {**asdict(self), "size": None if self.size is None else list(self.size)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | None) -> Self | None:
        """Read what ``to_json`` gives; None stays None."""
        if data is None:
            return None
        size = data.get("size")
        return cls(**{**data, "size": None if size is None else (size[0], size[1])})

    @property
    def suffix(self) -> str:
        """End of the name of a set that is fitted so, ``-64`` in most cases: its numbers are not those of the whole."""
        if self.size is None:
            return "-rgb"
        others: list[str] = [self.crop] * (self.crop != "center") + [self.resize] * (self.resize != "lanczos")
        others += [str(self.seed)] * (self.crop == "random" and self.seed != 0) + ["rgb"] * self.grey_to_rgb
        return "-".join(["", _text(self.size), *others])

    @property
    def told(self) -> str:
        """Sentence on all that is done to the images."""
        rgb = ", and grey ones become RGB" if self.grey_to_rgb else ""
        if self.size is None:
            return "grey images become RGB"
        part = {"center": "cropped at the center and ", "random": "cropped at random and ", "none": ""}[self.crop]
        size = size_of(*self.size)
        pixels = str(size) if isinstance(size, int) else f"{size[0]} high and {size[1]} wide"
        return f"images are {part}resized to {pixels} pixels ({self.resize}){rgb}"

    @property
    def options(self) -> str:
        """Words of the command line that ask for it, without the seed."""
        words = [] if self.size is None else [f"--size {_text(self.size)} --crop {self.crop}"]
        words += [f"--resize {self.resize}"] * (self.size is not None and self.resize != "lanczos")
        return " ".join([*words, *["--grey-to-rgb"] * self.grey_to_rgb])

    def shape(self, channels: int, height: int, width: int) -> tuple[int, int, int]:
        """Return the shape ``(C, H, W)`` that an image of a shape comes to."""
        return (3 if self.grey_to_rgb and channels == 1 else channels, *(self.size or (height, width)))

    def enlarges(self, height: int, width: int) -> bool:
        """Say whether an image is smaller than it is to be, in one direction at the least."""
        return self.size is not None and (height < self.size[0] or width < self.size[1])

    def fitted(self, picture: Image.Image, content: bytes | memoryview) -> Image.Image:
        """Crop, resize and colour one picture.

        Args:
            picture: grey or RGB, 8 bits a channel.
            content: stands for the picture where the place of a random crop is drawn.
        """
        picture = self._resized(picture, content)
        return picture.convert("RGB") if self.grey_to_rgb and picture.mode == "L" else picture

    def _resized(self, picture: Image.Image, content: bytes | memoryview) -> Image.Image:
        if self.size is None:
            return picture
        height, width = self.size
        picture = picture.crop(self.box(picture.height, picture.width, content))
        return picture if picture.size == (width, height) else picture.resize((width, height), _FILTERS[self.resize])

    def box(self, height: int, width: int, content: bytes | memoryview) -> tuple[int, int, int, int]:
        """Return the part of a picture that is resized: left, upper, right and lower edge, as Pillow has them."""
        if self.size is None or self.crop == "none":
            return 0, 0, width, height
        high, wide = self.size
        # The largest part of these proportions; rounded, since pixels are whole, and never empty.
        part_wide = max(1, min(width, round(height * wide / high)))
        part_high = max(1, min(height, round(width * high / wide)))
        left, top = (width - part_wide) // 2, (height - part_high) // 2
        if self.crop == "random":
            digest = hashlib.sha256(f"{self.seed} ".encode() + hashlib.sha256(content).digest()).digest()
            left = int.from_bytes(digest[:8]) % (width - part_wide + 1)
            top = int.from_bytes(digest[8:16]) % (height - part_high + 1)
        return left, top, left + part_wide, top + part_high

    def fitted_array(self, pixels: np.ndarray) -> np.ndarray:
        """Crop, resize and colour one image ``(C, H, W)`` uint8, of any number of channels."""
        content = np.ascontiguousarray(pixels).data
        # Channel by channel, which gives what Pillow gives for RGB and takes two or five channels as well.
        planes = [np.asarray(self._resized(Image.fromarray(plane), content)) for plane in pixels]
        return np.stack(planes * 3 if self.grey_to_rgb and len(planes) == 1 else planes)

    def of_images(self, images: Images, where: str) -> Images:
        """Fit decoded images; labels and classes stay.

        Args:
            images: uint8 ``(N, C, H, W)``.
            where: what they are, for messages.

        Raises:
            DataError: they are points.
        """
        if images.pixels.dtype != np.uint8:
            raise DataError(f"{where}: --size and --grey-to-rgb are for images, and these are points; leave them out")
        n, *shape = images.pixels.shape
        found = np.empty((n, *self.shape(*shape)), dtype=np.uint8)
        for index, pixels in enumerate(images.pixels):
            found[index] = self.fitted_array(pixels)
        return Images(found, images.labels, images.classes)


def _sides(size: object) -> tuple[int, int]:
    """Return height and width of a size as a program gives it."""
    given = size if isinstance(size, tuple | list) else (size, size)
    if len(given) != 2:
        raise DataError(f"size is one number, or height and width, not {size!r:.60}: give 64 or (64, 32)")
    return whole(given[0], "size"), whole(given[1], "size")


def _text(size: tuple[int, int]) -> str:
    return as_text(size_of(*size))


def enlarged(n: int) -> str:
    """Sentence on how many images were smaller than they are now."""
    return f"{n:,} {'image was smaller and is' if n == 1 else 'images were smaller and are'} enlarged"
