"""Files that published numbers need, and where each belongs when it is not here."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from ...data.named import locate
from ...errors import GanzooError, SetupError
from ...interfaces.data import File
from ...recipes.building.build import load_class
from ...recipes.schema.published import Published
from ...registry.registry import Registry
from ...storage.cache import Cache
from ...storage.download import digest_text
from ...storage.weights import find

INCEPTION = "inception"  # what the field's FID and IS are taken with
_INSTEAD = "name its folder with --data-dir DIR"


@dataclass(frozen=True)
class Need:
    """One thing that the numbers need.

    Attributes:
        what: such as ``data cifar10``.
        here: it is on this machine.
        instructions: where it belongs, or how to give it; empty where it is here.
        without: what works without it.
    """

    what: str
    here: bool
    instructions: str
    without: str


def is_registered(published: Published, registry: Registry) -> bool:
    """Return whether the published data are a data set that ganzoo has."""
    return published.data in [entry.name for entry in registry.all("dataset")]


def data_needed(published: Published, registry: Registry, cache: Cache, data_dir: Path | None) -> Need:
    """Look for the published data; nothing is downloaded."""
    what, without = f"data {published.data}", "any other data plays, and compares with none of the numbers"
    channels, height, width = published.shape
    if not is_registered(published, registry):
        folder = f"a folder of its images, {height}x{width} pixels and {channels} channels"
        return Need(what, False, f"no data set that ganzoo has; give ganzoo bench {folder}, as --data DIR", without)
    dataset: Any = load_class(registry, "dataset", published.data)
    try:
        locate(dataset.files, published.data, data_dir=data_dir, cache=cache, get=_absent, instead=_INSTEAD)
    except SetupError as error:
        return Need(what, False, str(error), without)
    return Need(what, True, "", without)


def extractor_of(published: Published, registry: Registry) -> str:
    """Return the name of the extractor that the numbers are taken with: that of the data."""
    if not is_registered(published, registry):
        return INCEPTION
    dataset: Any = load_class(registry, "dataset", published.data)
    return str(dataset.extractor)


def extractor_needed(extractor: str, registry: Registry, cache: Cache, weights: Path | None) -> Need:
    """Look for the weights of an extractor; nothing is downloaded.

    Raises:
        SetupError: the file that the user named is not there.
    """
    what = f"weights of the extractor {extractor}"
    without = "the training plays with --extractor none, and ganzoo eval takes the numbers of its folder later"
    kind = load_class(registry, "extractor", extractor)
    try:
        find(extractor, kind, weights, cache, fetch=_absent)
    except GanzooError as error:
        if weights is not None:
            raise
        return Need(what, False, str(error), without)
    return Need(what, True, "", without)


def _absent(file: File, folder: Path, *, instead: str) -> NoReturn:
    """Take the place of a download, and tell where the file belongs."""
    source = f"{file.url} ({digest_text(file)})"
    raise SetupError(f"ganzoo bench downloads {file.name}; without a network, get it from {source} and {instead}")
