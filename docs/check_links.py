"""Request every external link of the documentation once, and say which lead nowhere.

    python docs/check_links.py

Needs a network, and is therefore run by hand and not by the tests. A link counts as broken if the server answers with
404 or 410, or if the host cannot be reached; other answers, such as those for robots, are only shown. The exit code
is 1 if a link is broken.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parents[1]
GONE = (404, 410)
SECONDS = 20.0
_URL = re.compile(r"https://[^\s<>()\[\]{}\"'`|]+")
_SKIPPED = {"build", "dist", "runs", "node_modules"}


def documents() -> list[Path]:
    """Give all Markdown files of the repository."""
    found = sorted(ROOT.rglob("*.md"))
    return [
        path for path in found if not any(part in _SKIPPED or part[0] == "." for part in path.relative_to(ROOT).parts)
    ]


def links() -> dict[str, set[str]]:
    """Give each external link with the files that have it."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in documents():
        for url in _URL.findall(path.read_text(encoding="utf-8")):
            found[url.rstrip(".,;:*")].add(path.relative_to(ROOT).as_posix())
    return found


def answer(url: str) -> tuple[bool, str]:
    """Request a link: give whether it is broken, and the answer in words."""
    request = Request(url, headers={"User-Agent": "Mozilla/5.0 (ganzoo docs/check_links.py)"})
    try:
        with urlopen(request, timeout=SECONDS) as response:
            return False, str(response.status)
    except HTTPError as error:
        return error.code in GONE, str(error.code)
    except (URLError, TimeoutError, OSError) as error:
        return True, str(error)


def main() -> int:
    """Print each link that did not answer with 200."""
    found = links()
    with ThreadPoolExecutor(8) as pool:
        answers = dict(zip(found, pool.map(answer, found), strict=True))
    broken = 0
    for url, (gone, words) in sorted(answers.items()):
        broken += gone
        if words != "200":
            print(f"{'BROKEN' if gone else 'noted '}  {words}  {url}  in {', '.join(sorted(found[url]))}")
    print(f"{len(found)} links, {broken} broken")
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main())
