"""Repositories of the hub: their names, and its errors in one sentence each."""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ...errors import DataError, GanzooError, SetupError, first_line
from ...text import shown

PREFIX = "hf://"
_CLIENTS = ("httpx", "httpx2", "httpcore", "httpcore2", "requests", "urllib3")
_PART = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?"
_NAME = re.compile(rf"({_PART}/{_PART})(?:@([\w][\w./-]{{0,199}}))?", re.ASCII)


@dataclass(frozen=True)
class Repository:
    """A repository of models.

    Attributes:
        name: such as ``user/name``.
        revision: branch, tag or commit; None for the newest.
    """

    name: str
    revision: str | None = None

    @classmethod
    def parse(cls, text: str) -> Repository:
        """Read ``user/name`` or ``user/name@revision``, with ``hf://`` before it or without.

        Raises:
            GanzooError: it is none of these.
        """
        match = _NAME.fullmatch(text.removeprefix(PREFIX)) if isinstance(text, str) else None
        if match is None or ".." in text or match[1].startswith("datasets/"):
            raise GanzooError(
                f"{shown(str(text))} names no repository of a generator: write user/name, or hf://user/name"
            )
        return cls(match[1], match[2])

    def __str__(self) -> str:
        return f"{PREFIX}{self.name}" + (f"@{self.revision}" if self.revision else "")


def require_library() -> Any:
    """Import huggingface_hub, and give it.

    Raises:
        SetupError: it is not installed.
    """
    if importlib.util.find_spec("huggingface_hub") is None:
        raise SetupError('the hub needs the package huggingface_hub: pip install "ganzoo-core[hub]"')
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    import huggingface_hub

    return huggingface_hub


@contextmanager
def explained(repository: Repository, verb: str) -> Iterator[None]:
    """Say in one sentence what went wrong with a repository, and what solves it.

    Args:
        repository: that is asked.
        verb: what is done, such as ``read``.

    Raises:
        DataError: it does not exist, or not this revision or file of it.
        SetupError: the hub cannot be reached, or does not let this user.
    """
    from huggingface_hub import errors

    try:
        yield
    except GanzooError:
        raise
    except errors.GatedRepoError as error:
        raise SetupError(
            f"{repository} is gated: ask for access on its page, then sign in with `hf auth login`"
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise DataError(
            f"there is no {repository}, or it is private and needs a token: check the name, or sign in with "
            "`hf auth login`"
        ) from error
    except errors.RevisionNotFoundError as error:
        raise DataError(f"{repository.name} has no revision {shown(repository.revision or 'main')}") from error
    except errors.LocalEntryNotFoundError as error:
        offline = os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE")
        why = "HF_HUB_OFFLINE is set" if offline else "the hub cannot be reached"
        raise SetupError(f"{repository} cannot be {verb}: {why}, and it is not in the cache of the hub") from error
    except errors.EntryNotFoundError as error:
        raise DataError(
            f"{repository} is no exported generator of ganzoo: it lacks config.json or model.safetensors"
        ) from error
    except errors.LocalTokenNotFoundError as error:
        raise SetupError(_no_token(repository, verb)) from error
    except errors.HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else None
        if status == 401:
            raise SetupError(_no_token(repository, verb)) from error
        if status == 403:
            raise SetupError(
                f"{repository} cannot be {verb}: your token may not; make one with the right to write, and "
                "`hf auth login`"
            ) from error
        raise SetupError(f"{repository} cannot be {verb}: the hub answers {first_line(error, 200)}") from error
    except (errors.OfflineModeIsEnabled, OSError) as error:
        raise SetupError(f"{repository} cannot be {verb}: {first_line(error, 200)}") from error
    except RuntimeError as error:  # of an upload, whose cause says why
        raise SetupError(f"{repository} cannot be {verb}: {first_line(error.__cause__ or error, 200)}") from error
    except Exception as error:  # of the library's HTTP client, which is another one in each of its versions
        if type(error).__module__.partition(".")[0] not in _CLIENTS:
            raise
        raise SetupError(
            f"{repository} cannot be {verb}: the hub cannot be reached: {first_line(error, 200)}"
        ) from error


def _no_token(repository: Repository, verb: str) -> str:
    return f"{repository} cannot be {verb} without a token: sign in with `hf auth login`, or set HF_TOKEN"
