"""The hub itself: which files a revision has, and their download into the cache of ``huggingface_hub``."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ...errors import DataError, SetupError, class_and_first_line
from ...text import shown
from .address import Address

EXTRA = 'pip install "ganzoo-core[hub-data]"'
CONVERTED = "refs/convert/parquet"
"""The branch in which the hub keeps each public data set as Parquet."""


def required(module: str) -> Any:
    """Import a package of the extra.

    Raises:
        SetupError: it is not installed.
    """
    try:
        if module == "huggingface_hub":
            import huggingface_hub

            return huggingface_hub
        import pyarrow.parquet

        return pyarrow.parquet
    except ImportError as error:
        raise SetupError(f"hf:// needs the package {module.partition('.')[0]}: {EXTRA}") from error


@contextmanager
def _answers(address: Address) -> Iterator[None]:
    """Tell in one sentence why the hub does not answer."""
    named = shown(address.named())
    try:
        yield
    except (DataError, SetupError):
        raise
    except Exception as error:  # of the network and the hub, in many classes that differ from version to version
        kind = type(error).__name__
        if kind in ("RepositoryNotFoundError", "RevisionNotFoundError", "HFValidationError"):
            at = f" at the revision {shown(address.revision)}" if address.revision else ""
            raise DataError(
                f"the hub has no data set {named}{at}, or not for you; give another name, or set HF_TOKEN for one that "
                "is private"
            ) from error
        if kind == "GatedRepoError":
            raise SetupError(f"{named} is gated: accept its terms on the hub, and set HF_TOKEN") from error
        raise SetupError(
            f"{named} cannot be read from the hub ({class_and_first_line(error, 200)}); try again with a connection, "
            "or name a folder of its files with --data"
        ) from error


def revision_of(address: Address) -> tuple[str, list[str]]:
    """Return the commit that an address means now, and the paths of its files.

    Without a revision that is the newest one in Parquet, of the hub's own making or, where there is none, of the
    repository itself.

    Raises:
        DataError: there is no such data set or revision.
        SetupError: the hub does not answer, or ``huggingface_hub`` is missing.
    """
    hub = required("huggingface_hub")
    api = hub.HfApi(endpoint=os.environ.get("HF_ENDPOINT"))
    with _answers(address):
        if not address.revision:
            try:
                return _listed(api, address, CONVERTED)
            except Exception as error:
                if type(error).__name__ != "RevisionNotFoundError":
                    raise
        return _listed(api, address, address.revision or None)


def _listed(api: Any, address: Address, revision: str | None) -> tuple[str, list[str]]:
    found = api.dataset_info(address.repo, revision=revision)
    return str(found.sha), [str(file.rfilename) for file in found.siblings or ()]


def downloaded(address: Address, commit: str, files: Sequence[str]) -> list[Path]:
    """Download files of a commit, those that are not there yet, and return where they lie.

    Raises:
        SetupError: the hub does not answer, or the disk is full.
    """
    hub = required("huggingface_hub")
    with _answers(address):
        return [
            Path(
                hub.hf_hub_download(
                    address.repo,
                    file,
                    repo_type="dataset",
                    revision=commit,
                    endpoint=os.environ.get("HF_ENDPOINT"),
                    cache_dir=os.environ.get("HF_HUB_CACHE"),
                )
            )
            for file in files
        ]
