"""Finding the weights file of an extractor, and knowing it by its contents."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from ganzoo.errors import SetupError
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
) -> tuple[Path, str, bool]:
    """Find an extractor's weights file; gives it, its sha256, and whether these are its own (published) weights.

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
        SetupError: there is no such file, or the one there is not the published one.
    """
    file = extractor.weights
    path = extractor.weights_path(given)
    if given is not None:
        if not path.is_file():
            raise SetupError(f"the extractor's weights file {path} does not exist")
        digest = sha256_of(path)
        if file:
            return path, digest, bool(file.sha256 or file.md5) and download.matches(path, file)
        return path, digest, digest == sha256_of(extractor.weights_path(None))
    if path.is_file():
        digest = sha256_of(path)
        if file and not download.matches(path, file):
            raise SetupError(
                f"{path} is damaged, its sha256 begins with {digest[:8]} and it is not {file.name} as published "
                f"({download.digest_text(file)}): delete it or replace it by {file.url}"
            )
        return path, digest, True
    if file is None:
        raise SetupError(f"{path}, which ships with the extractor {name}, is missing: install its package again")

    found = download.kept(file, name, cache)
    if found is None:
        by_hand = f"put it at {path} for the extractor {name}, or name it with --extractor-weights{instead}"
        if not file.url:
            raise SetupError(f"{file.name} is missing and has no address to fetch it from: {by_hand}")
        found = fetch(file, cache.root / download.DOWNLOADS / name, instead=by_hand)
    return found, sha256_of(found), True
