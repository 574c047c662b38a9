"""Generators that are put on the hub."""

from __future__ import annotations

import tempfile
from pathlib import Path

from ...errors import GanzooError
from ..trained import Trained
from .config import FILES
from .exported import is_exported
from .folder import write_hub
from .hub import Repository, explained, require_library


def push(trained: Trained, name: str, *, private: bool = False, license: str = "") -> str:
    """Put a generator on the hub, in one commit; the repository is made if it is not there.

    Args:
        trained: the generator.
        name: of the repository, ``user/name``.
        private: make it one that only its owner sees.
        license: of the generator, such as ``apache-2.0``.

    Returns:
        The address that ``ganzoo.load`` opens.

    Raises:
        GanzooError: it is no name of a repository.
        SetupError: the hub cannot be reached, or does not let this user.
    """
    repository = _new(name)
    require_library()
    with tempfile.TemporaryDirectory(prefix="ganzoo-push-") as above:
        folder = Path(above) / "generator"
        write_hub(trained, folder, license=license, address=str(repository))
        return _sent(folder, repository, private)


def push_folder(folder: Path, name: str, *, private: bool = False) -> str:
    """Put an exported folder on the hub as it is; see ``push``.

    Raises:
        GanzooError: the folder is none that ``export`` wrote.
        SetupError: the hub cannot be reached, or does not let this user.
    """
    repository = _new(name)
    if not is_exported(str(folder)):
        raise GanzooError(f"{folder} is no exported generator: write one with ganzoo export RUN --out {folder}")
    require_library()
    return _sent(folder, repository, private)


def _new(name: str) -> Repository:
    repository = Repository.parse(name)
    if repository.revision is not None:
        raise GanzooError(f"a push makes a new commit of {repository.name}: name no revision")
    return repository


def _sent(folder: Path, repository: Repository, private: bool) -> str:
    library = require_library()
    paths = [path for path in (folder / file for file in FILES) if path.is_file()]
    paths += sorted((folder / "plugins").glob("*.py"))
    operations = [
        library.CommitOperationAdd(path_in_repo=path.relative_to(folder).as_posix(), path_or_fileobj=path.read_bytes())
        for path in paths
    ]
    hub = library.HfApi(library_name="ganzoo")
    with explained(repository, "written"):
        hub.create_repo(repository.name, private=private, exist_ok=True)
        hub.create_commit(repository.name, operations, commit_message="Generator exported by ganzoo")
    return str(repository)
