"""A set of images looked at, and not packed: sizes, colours, classes, duplicates, and the options that it needs."""

import shlex
import warnings
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..interfaces.data import Images
from ..storage.cache import Cache
from ..text import shown, slug
from .hub import HubPlace
from .image_sets.arranged import Arranged
from .image_sets.place import Place
from .packed import OtherModalityError, Source
from .pictures.duplicates import SIDE, difference_hash, grey_of, groups_of_equal, groups_of_near, pixel_hash, thumbnail
from .pictures.fitting import Fitting
from .pictures.picture import BadImageError, decode_opened, open_picture
from .pictures.remedy import Met, is_played
from .progress import Progress
from .sources import place_or_source

FIRST = 64
"""So many first images go onto a sheet."""
_ANY_SIZE = Fitting((1, 1))  # by which large photographs are opened
_COLOURS = {"1": "grey", "L": "grey", "LA": "grey with transparency", "RGB": "RGB", "CMYK": "CMYK"}


@dataclass
class Survey:
    """All that is told of a set.

    Attributes:
        data: as the user wrote it.
        n: images that can be read and are used.
        classes: their names by index; empty without labels.
        counts: how many images each has.
        sizes: how many images have each height and width.
        colours: how many are grey, RGB, of a palette, ...
        formats: how many files are PNG, JPEG, ...; empty for arrays.
        bad: what cannot be read, each with the reason.
        equal: names of equal images, in groups.
        near: names of nearly equal images, in groups.
        folders: images in each folder at the top, used or not; empty for arrays.
        notes: sentences on how it is read.
        left_out: sentences on what is not used, with counts.
        options: of the command line, that the set needs; empty where it is taken as it is.
        first: the first images, ``(C, H, W)`` uint8.
    """

    data: str
    n: int = 0
    classes: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    sizes: Counter[tuple[int, int]] = field(default_factory=Counter)
    colours: Counter[str] = field(default_factory=Counter)
    formats: Counter[str] = field(default_factory=Counter)
    bad: list[str] = field(default_factory=list)
    equal: list[list[str]] = field(default_factory=list)
    near: list[list[str]] = field(default_factory=list)
    folders: Counter[str] = field(default_factory=Counter)
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    options: str = ""
    first: list[np.ndarray] = field(default_factory=list)

    def next_commands(self) -> list[str]:
        """Return the commands that train on it: as it is, or fitted on the way or once for all."""
        name = shlex.quote(self.data)
        words = f" {self.options}" if self.options else ""
        found = [f"ganzoo bench dcgan wgan-gp --data {name}{words}"]
        if self.options:
            stem = slug(Path(self.data).name.partition(".")[0])
            found.append(f"ganzoo data prepare {name} {stem}-prepared.zip{words}")
        return found if self.n else []


class _Looking:
    """Images of a set, each looked at once."""

    def __init__(self, survey: Survey) -> None:
        self.survey = survey
        self.met = Met()
        self.names: list[str] = []
        self._exact: list[bytes] = []
        self._hashes: list[int] = []
        self._thumbnails: list[np.ndarray] = []

    def see(self, name: str, pixels: np.ndarray, colour: str) -> None:
        """Look at an image ``(C, H, W)`` uint8."""
        self.met.see(*pixels.shape)
        self.names.append(name)
        self.survey.sizes[pixels.shape[1], pixels.shape[2]] += 1
        self.survey.colours[colour] += 1
        grey = grey_of(pixels)
        self._exact.append(pixel_hash(pixels))
        self._hashes.append(difference_hash(grey))
        self._thumbnails.append(thumbnail(grey))
        if len(self.survey.first) < FIRST:
            self.survey.first.append(pixels)

    def finish(self) -> None:
        """Find duplicates and the options that the set needs."""
        survey = self.survey
        survey.n = len(self.names)
        equal = groups_of_equal(self._exact)
        survey.equal = [[self.names[index] for index in group] for group in equal]
        # One of several equal images stands for all of them among those that are near.
        extra = {index for group in equal for index in group[1:]}
        kept = [index for index in range(survey.n) if index not in extra]
        thumbnails = np.array([self._thumbnails[index] for index in kept], dtype=np.uint8).reshape(-1, SIDE, SIDE)
        near = groups_of_near([self._hashes[index] for index in kept], thumbnails)
        survey.near = [[self.names[kept[index]] for index in group] for group in near]
        self.met.unlike |= len(survey.sizes) > 1 or any(not is_played(*size) for size in survey.sizes)
        options = [self.met.options, *["--skip-bad"] * bool(survey.bad)]
        survey.options = " ".join(filter(None, options))


def survey(registry: Any, data: str, *, cache: Cache, data_dir: Path | None = None) -> Survey:
    """Look at all images that ``data`` names.

    Nothing is refused for its size, its colours or a broken file: these are what is told of.

    Args:
        registry: knows the datasets.
        data: see ``resolve``.
        cache: where downloads lie.
        data_dir: see ``resolve``.

    Raises:
        DataError: there are no images, or it is open which part is to be used.
        UnknownName: there is no such data.
    """
    named = place_or_source(registry, data, data_dir=data_dir, cache=cache)
    found = Survey(data)
    looking = _Looking(found)
    if isinstance(named, Source):
        decoded = named.read()
        refused = f"{named.text} is of {{}}, and not of images; `ganzoo bench --data` takes it as it is"
        _look_at_arrays(looking, decoded.images(refused), named.text)
        found.notes, found.left_out = decoded.notes, decoded.left_out
    else:
        _look_at_files(looking, named)
    looking.finish()
    return found


def _look_at_arrays(looking: _Looking, images: Images, where: str) -> None:
    if images.pixels.dtype != np.uint8:
        raise OtherModalityError(f"{where} is of points, and not of images; `ganzoo bench --data` takes it as it is")
    channels = images.pixels.shape[1]
    colour = {1: "grey", 3: "RGB"}.get(channels, f"{channels} channels")
    for index, pixels in enumerate(images.pixels):
        looking.see(f"image {index}", pixels, colour)
    looking.survey.classes = tuple(images.classes)
    if images.labels is not None:
        looking.survey.counts = tuple(np.bincount(images.labels, minlength=len(images.classes)).tolist())


def _look_at_files(looking: _Looking, place: Place | HubPlace) -> None:
    told = looking.survey
    with place.arranged(skip_bad=True) as found, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as in ``decode_all``
        told.folders = Counter(f"{top}/" if slash else "" for top, slash, _ in _tops(found))
        kept = []
        progress = Progress(place.where, len(found.members))
        for index, member in enumerate(found.members):
            progress.at(index)
            try:
                data = member.read()
                opened = open_picture(data, _ANY_SIZE)
                colour, kind = _colour(opened), opened.format or "unknown"
                pixels = decode_opened(opened, data).pixels
            except BadImageError as reason:
                told.bad.append(f"{shown(member.name)} {reason}")
                looking.met.note(reason.remedy)
                continue
            looking.see(member.name, pixels, colour)
            told.formats[kind] += 1
            kept.append(index)
        told.bad = [*found.listing.broken, *told.bad]
        labels, told.classes, said = found.labels_of(kept) if kept else (None, (), [])
        if labels is not None:
            told.counts = tuple(np.bincount(labels, minlength=len(told.classes)).tolist())
        told.notes = (*found.listing.notes, *found.layout.notes, *said)
        told.left_out = found.left_out


def _tops(found: Arranged) -> list[tuple[str, str, str]]:
    return [member.name.partition("/") for member in found.listing.members]


def _colour(opened: Image.Image) -> str:
    if opened.mode in ("P", "PA"):
        return "palette"
    if "transparency" in opened.info or opened.mode in ("RGBA", "RGBa"):
        return "RGB with transparency"
    return _COLOURS.get(opened.mode, opened.mode)


def sheet(survey: Survey, side: int = 64) -> np.ndarray:
    """Return the first images ``(N, 3, side, side)`` uint8 for a sheet: all of each, on white."""
    found = np.full((len(survey.first), 3, side, side), 255, dtype=np.uint8)
    for at, pixels in enumerate(survey.first):
        seen = pixels if len(pixels) == 3 else np.repeat(pixels[:1], 3, axis=0)
        picture = Image.fromarray(seen.transpose(1, 2, 0))
        scale = side / max(picture.size)
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        # Small ones are enlarged so that their pixels stay squares.
        smooth = Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.NEAREST
        small = np.asarray(picture.resize(size, smooth)).transpose(2, 0, 1)
        top, left = (side - size[1]) // 2, (side - size[0]) // 2
        found[at, :, top : top + size[1], left : left + size[0]] = small
    return found
