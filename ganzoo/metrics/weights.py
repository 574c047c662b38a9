"""Finding the weights file of an extractor, and knowing it by its contents."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from ganzoo.errors import PluginError, SetupError
from ganzoo.interfaces import Extractor
from ganzoo.storage import download
from ganzoo.storage.cache import Cache


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
    extractor: type[Extractor],
    given: Path | None,
    cache: Cache,
    *,
    fetch: Callable[..., Path] = download.fetch,
    instead: str = "",
) -> tuple[Path | None, str | None, bool]:
    """Find an extractor's weights file; gives it, its sha256, and whether these are its own (published) weights.

    Of an extractor that has no weights both are None.

    Searched are: the file that was ``given``; where the extractor itself says; the cache; then ``fetch``.
    A given file of other contents is the user's choice; a found one of other contents is an error.

    Args:
        name: the extractor's registered name.
        extractor: its class.
        given: what the user named with ``--extractor-weights``.
        cache: where a fetched file is kept.
        fetch: see :func:`ganzoo.storage.download.fetch`.
        instead: what the user can do without the file; ends the error's sentence.

    Raises:
        SetupError: there is no such file, or the one there is not the published one; or one is given to an extractor
            that has none.
        PluginError: the extractor says wrongly where its weights are.
    """
    file, path = extractor.weights, _path_of(name, extractor, given)
    if path is None:
        return None, None, True
    if given is not None:
        return _given(path, extractor)
    if path.is_file():
        digest = sha256_of(path)
        if file and not download.matches(path, file):
            raise SetupError(
                f"{path} is damaged, its sha256 begins with {digest[:8]} and it is not {file.name} as published "
                f"({download.digest_text(file)}): delete it or replace it by {file.url}"
            )
        if file and extractor.holds_published(path) is False:
            raise SetupError(f"{path} does not hold the published weights of {name}: {file.made or 'delete it'}")
        return path, digest, True
    if file is None:
        raise SetupError(f"{path}, which ships with the extractor {name}, is missing: install its package again")

    found = download.kept(file, name, cache)
    if found is None:
        by_hand = f"put it at {path} for the extractor {name}, or name it with --extractor-weights{instead}"
        if not file.url:
            made = f"{file.made}, and " if file.made else ""
            raise SetupError(f"{file.name} is missing and has no address to fetch it from: {made}{by_hand}")
        found = fetch(file, cache.root / download.DOWNLOADS / name, instead=by_hand)
    return found, sha256_of(found), True


def at_hand(name: str, extractor: type[Extractor], cache: Cache) -> bool:
    """Say whether an extractor's own weights are on this machine, so that none are fetched."""
    path, file = _path_of(name, extractor, None), extractor.weights
    return path is None or path.is_file() or (file is not None and download.kept(file, name, cache) is not None)


def _path_of(name: str, extractor: type[Extractor], given: Path | None) -> Path | None:
    """Ask an extractor where its weights are; None where it has none."""
    path = extractor.weights_path(given)
    if path is None:
        if extractor.weights is not None:
            named = extractor.weights.name
            raise PluginError(f"the extractor {name} names the weights {named}, and its weights_path gives no path")
        if given is not None:
            raise SetupError(f"the extractor {name} has no weights; leave --extractor-weights out")
    elif not isinstance(path, Path):
        raise PluginError(
            f"the weights_path of the extractor {name} gives {path!r:.80}, and must give a pathlib.Path, or None"
        )
    return path


def _given(path: Path, extractor: type[Extractor]) -> tuple[Path, str, bool]:
    """Look at the file that the user named."""
    if not path.is_file():
        raise SetupError(f"the extractor's weights file {path} does not exist")
    digest, file = sha256_of(path), extractor.weights
    if file:
        if file.sha256 or file.md5:
            return path, digest, download.matches(path, file)
        return path, digest, extractor.holds_published(path) is True
    own = extractor.weights_path(None)
    return path, digest, own is not None and digest == sha256_of(own)
