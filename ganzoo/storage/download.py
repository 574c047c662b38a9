"""Published files over https, checked against their pinned digest; an interrupted download goes on where it stopped."""

from __future__ import annotations

import hashlib
import http.client
import logging
import re
import shutil
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from filelock import FileLock

from .. import __version__
from ..errors import PluginError, SetupError
from ..messages import redraws
from .cache import Cache
from .room import cannot_write

_log = logging.getLogger(__name__)

if TYPE_CHECKING:
    # For annotations only: the interfaces load torch.
    from ..interfaces.data import File

DOWNLOADS = "downloads"  # the kind under which the cache holds them, by the name of the part that reads them
_LEAST_DIGITS = 8
_TIMEOUT = 30.0
_ATTEMPTS = 3
_CHUNK = 256 * 1024
_PAGE = re.IGNORECASE | re.DOTALL
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def digest_text(file: File) -> str:
    """Return the pinned digest in words."""
    if len(file.sha256) == hashlib.sha256().digest_size * 2:
        return f"sha256 {file.sha256}"
    return f"its sha256 begins with {file.sha256}" if file.sha256 else f"md5 {file.md5}, {file.size:,} bytes"


def matches(path: Path, file: File) -> bool:
    """Return whether a file is the published one, as far as what was published of it tells."""
    if file.size and path.stat().st_size != file.size:
        return False
    with path.open("rb") as stream:
        if file.sha256:
            return hashlib.file_digest(stream, "sha256").hexdigest().startswith(file.sha256)
        md5 = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
        return not file.md5 or md5 == file.md5


def kept(file: File, owner: str, cache: Cache) -> Path | None:
    """Return where the cache holds a download of ``owner``; None also where it has changed since it came."""
    folder = cache.find(DOWNLOADS, owner)
    path = None if folder is None else folder / file.name
    try:
        return path if path and path.is_file() and matches(path, file) else None
    except OSError:
        return None


class _StoppedError(Exception):
    """The connection broke off; what came so far is kept."""


class _AnotherAnswerError(Exception):
    """An answer is no part of the file; its message goes on after ``what came from <address>``."""


class _Redirects(urllib.request.HTTPRedirectHandler):
    def __init__(self, allowed: Callable[[str], bool]) -> None:
        self._allowed = allowed

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: object, newurl: str
    ) -> urllib.request.Request | None:
        if not self._allowed(newurl):
            fp.close()
            raise urllib.error.URLError(f"it redirects to {newurl}, which is not https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]


@contextmanager
def _bar(file: File) -> Iterator[Callable[[int], None]]:
    if not redraws(sys.stderr):
        yield lambda done: None
        return
    # Late, since it is slow to import and seldom needed.
    from rich.markup import escape
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    from ..console import SafeConsole

    columns = ("{task.description}", BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=SafeConsole(stderr=True), transient=True) as progress:
        task = progress.add_task(escape(file.name), total=file.size or None)
        yield lambda done: progress.update(task, completed=done)


def _receive(opener: urllib.request.OpenerDirector, file: File, part: Path, report: Callable[[int], None]) -> None:
    have = part.stat().st_size if part.exists() else 0
    if file.size and have >= file.size:
        if have == file.size:
            return
        part.unlink()
        have = 0
    if have and _is_page(_beginning(part)):
        part.unlink()  # left by a download through a network that answered in the site's place
        have = 0
    headers = {"User-Agent": f"ganzoo/{__version__}"} | ({"Range": f"bytes={have}-"} if have else {})
    with opener.open(urllib.request.Request(file.url, headers=headers), timeout=_TIMEOUT) as answer:
        start = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
        if not (answer.status == 206 and start and int(start[1]) == have):
            # The server sends all of it again.
            have = 0
        length = answer.headers.get("Content-Length", "")
        announced = have + int(length) if length.isdecimal() else 0
        chunk = _next(answer)
        if not have and _is_page(chunk):
            raise _AnotherAnswerError("is a web page, such as a network shows that asks for a login first")
        if file.size and announced not in (0, file.size):
            raise _AnotherAnswerError(f"is {announced:,} bytes long, where {file.size:,} are published")
        expected = file.size or announced
        with part.open("ab" if have else "wb") as out:
            while chunk:
                try:
                    out.write(chunk)
                except OSError as error:
                    raise SetupError(cannot_write(part, error, max(0, expected - have))) from error
                have += len(chunk)
                report(have)
                if expected and have > expected:
                    # More than was published can only be something else; the digest will say so.
                    return
                chunk = _next(answer)
    if have < expected:
        raise _StoppedError(f"the server closed the connection after {have:,} of {expected:,} bytes")


def _next(answer: IO[bytes]) -> bytes:
    try:
        return answer.read(_CHUNK)
    except (OSError, http.client.HTTPException) as error:
        raise _StoppedError(str(error) or type(error).__name__) from error


def _beginning(part: Path) -> bytes:
    with part.open("rb") as file:
        return file.read(1024)


def _is_page(beginning: bytes) -> bool:
    return (
        re.match(rb"(\xef\xbb\xbf)?(\s|<!--.*?-->|<\?xml.*?\?>)*<(!doctype html|html|head|body)\b", beginning, _PAGE)
        is not None
    )


@contextmanager
def _lock(path: Path, part: Path) -> Iterator[None]:
    with FileLock(path):
        try:
            yield
        finally:
            # Left behind only beside a part, so that nothing strange stays in a user's folder.
            if not part.exists():
                with suppress(OSError):
                    path.unlink()


def fetch(file: File, folder: Path, *, instead: str, plain_loopback: bool = False) -> Path:
    """Download ``file`` into ``folder`` and return its path; one of its name with other contents gives way.

    Args:
        file: what, with its address and digest.
        folder: made if need be.
        instead: what to do with a file that was got by hand, and what works without it; goes on after
            ``get it from <address> and``.
        plain_loopback: accept http to this very machine, for tests.

    Raises:
        PluginError: the plugin gives no https address or no digest.
        SetupError: no connection, a bad answer, a wrong digest, or no space; the message says how to do it by hand.
    """

    def allowed(url: str) -> bool:
        address = urllib.parse.urlsplit(url)
        return address.scheme == "https" or (
            plain_loopback and address.scheme == "http" and address.hostname in _LOOPBACK
        )

    if not allowed(file.url) or not (len(file.sha256) >= _LEAST_DIGITS or (not file.sha256 and file.md5 and file.size)):
        raise PluginError(
            f"{file.name!r} has no https address with a sha256 of at least {_LEAST_DIGITS} digits (or an md5 and a "
            "size), so it is not fetched"
        )
    if file.name in ("", "..") or Path(file.name).name != file.name or "\0" in file.name:
        raise PluginError(f"{file.name!r} is not the plain name of a file")
    path = folder / file.name
    part = folder / f"{file.name}.part"
    handlers: list[urllib.request.BaseHandler] = [_Redirects(allowed)]
    if plain_loopback:
        handlers.append(urllib.request.ProxyHandler({}))
    opener = urllib.request.build_opener(*handlers)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Two benches that start together share one download.
        with _lock(folder / f".{file.name}.lock", part):
            if not (path.is_file() and matches(path, file)):
                size = f" ({file.size / 1e6:,.1f} MB)" if file.size else ""
                missing = file.size - (part.stat().st_size if part.exists() else 0)
                if (free := shutil.disk_usage(folder).free) < missing:
                    raise SetupError(f"{file.name!r} takes {missing:,} bytes, and {folder} has {free:,} free")
                _log.info(f"downloading {file.name}{size} from {urllib.parse.urlsplit(file.url).hostname}")
                _download(opener, file, part, f"get it from {file.url} ({digest_text(file)}) and {instead}")
                if not matches(part, file):
                    part.unlink()
                    raise SetupError(
                        f"what came from {file.url} is not {file.name!r} as published ({digest_text(file)}) and "
                        f"was removed; try again, or get it elsewhere and {instead}"
                    )
                part.replace(path)
    except OSError as error:
        raise SetupError(f"cannot write {file.name!r} into {folder}: {error.strerror or error}") from error
    return path


def _download(opener: urllib.request.OpenerDirector, file: File, part: Path, by_hand: str) -> None:
    stopped: _StoppedError | None = None
    with _bar(file) as report:
        for _ in range(_ATTEMPTS):
            try:
                _receive(opener, file, part, report)
                return
            except _StoppedError as error:
                stopped = error
            except _AnotherAnswerError as error:
                part.unlink(missing_ok=True)
                raise SetupError(
                    f"what came from {file.url} in place of {file.name!r} {error}, and was thrown away; {by_hand}"
                ) from error
            except urllib.error.HTTPError as error:
                error.close()
                if error.code == 416 and part.exists():
                    # The part that is here reaches beyond the file's end, so it is no beginning of it.
                    part.unlink()
                    stopped = _StoppedError("the server could not go on where the last download stopped")
                    continue
                raise SetupError(
                    f"cannot download {file.name!r}, the server answered {error.code}: {by_hand}"
                ) from error
            except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
                reason = error.reason if isinstance(error, urllib.error.URLError) else error
                said = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
                raise SetupError(f"cannot download {file.name!r} ({said}): {by_hand}") from error
    raise SetupError(
        f"the download of {file.name!r} stopped ({stopped}); repeat the command to go on from there, or {by_hand}"
    ) from stopped
