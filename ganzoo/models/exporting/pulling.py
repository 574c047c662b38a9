"""Generators that are fetched from the hub. Only JSON, safetensors, the card and its picture are asked for."""

from __future__ import annotations

import shutil
from pathlib import Path

from ...errors import DataError
from ...registry.discovery import Zoo
from ...storage.atomic import commit_folder
from ..trained import Trained
from .config import CONFIG, FILES, WEIGHTS
from .exported import is_exported, open_exported
from .folder import require_absent
from .hub import PREFIX, Repository, explained, require_library


def is_of_hub(source: str) -> bool:
    """Say whether a text names a repository of the hub."""
    return source.startswith(PREFIX)


def open_of_hub(source: str, device: str | None, zoo: Zoo | None) -> Trained:
    """Open a generator of the hub, from the hub's cache where that has it; see ``open_exported``.

    Raises:
        GanzooError: it is no repository of a generator, or cannot be fetched or opened.
    """
    folder = fetched(Repository.parse(source), (CONFIG, WEIGHTS))
    return open_exported(str(folder), device, zoo)


def pull(name: str, out: str | Path | None = None, *, revision: str | None = None) -> Path:
    """Fetch an exported generator from the hub into a folder.

    Args:
        name: ``user/name``, with ``@revision`` or without.
        out: the folder, which must not be there; None for one with the repository's name in the working folder.
        revision: branch, tag or commit; None for what the name says, or for the newest.

    Returns:
        The folder.

    Raises:
        GanzooError: there is something at the path, or it is no repository of a generator.
        SetupError: the hub cannot be reached, or does not let this user.
    """
    repository = Repository.parse(name)
    if revision is not None:
        repository = Repository.parse(f"{repository.name}@{revision}")
    to = Path(repository.name.partition("/")[2] if out is None else out)
    require_absent(to)
    folder = fetched(repository, FILES)

    def copy(new: Path) -> None:
        for file in FILES:
            if (folder / file).is_file():
                shutil.copyfile(folder / file, new / file)

    commit_folder(to, copy)
    return to


def fetched(repository: Repository, files: tuple[str, ...]) -> Path:
    """Fetch files of one commit into the hub's cache, and give their folder.

    Args:
        repository: that has them.
        files: their names; the configuration is the first, and the weights must be there, too.

    Raises:
        DataError: it is no exported generator.
        SetupError: the hub cannot be reached, or does not let this user.
    """
    library = require_library()
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

    with explained(repository, "read"):
        path = Path(library.hf_hub_download(repository.name, files[0], revision=repository.revision))
        folder = path.parent
        if not is_exported(str(folder)):
            raise DataError(f"{repository} is no exported generator of ganzoo: its {CONFIG} is another one's")
        for file in files[1:]:
            try:
                # The cache names the folder by the commit, of which all files are.
                library.hf_hub_download(repository.name, file, revision=folder.name)
            except (EntryNotFoundError, LocalEntryNotFoundError):
                if file == WEIGHTS:
                    raise
    return folder
