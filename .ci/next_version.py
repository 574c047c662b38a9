"""Set the version in each file that has it: ``python .ci/next_version.py VERSION [DATE]``, in the repository's root.

A wrong version, files that disagree, and a changelog without a change end in one sentence and exit code 2, and then
nothing was written; without a date, nothing is written anyway. ``.ci/release`` calls it.
"""

import datetime
import re
import sys
from pathlib import Path

from packaging.version import Version

# Files, with what is before and after the version, or the day or year of its release.
PLACES = {
    "pyproject.toml": {"version": r'^(version = ")[^"]*(")$'},
    "ganzoo/__init__.py": {"version": r'^(__version__ = ")[^"]*(")$'},
    "CITATION.cff": {"version": r"^(version: )\S+()$", "date": r"^(date-released: )\S+()$"},
    "README.md": {"version": r"(version = \{)[^}]*(\})", "year": r"(year = \{)[^}]*(\})"},
}
CHANGELOG = "CHANGELOG.md"
FORM = re.compile(r"\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?")
UNRELEASED = "## [Unreleased]\n"


class RefusedError(Exception):
    """One sentence on what stands against the release."""


def present(root: Path) -> str:
    """Give the version that all files have.

    Raises:
        RefusedError: one of them lacks it, or has another.
    """
    found = {name: _found(root, name, patterns["version"]) for name, patterns in PLACES.items()}
    if len(set(found.values())) > 1:
        raise RefusedError(f"files have different versions ({found}); set them to that of the last release")
    return found["pyproject.toml"]


def rewritten(root: Path, version: str, date: datetime.date) -> dict[str, str]:
    """Give the new text of each file, by its path.

    The present version may be given again while it is not released, and the changelog has no change above its heading:
    its date is renewed.

    Raises:
        RefusedError: the version is none or not greater than the present one, or there is no change to release.
    """
    if not FORM.fullmatch(version) or str(Version(version)) != version:
        raise RefusedError(f"{version!r} is no version; write three numbers, such as 0.2.0, or 0.2.0rc1")
    now = present(root)
    if Version(version) < Version(now) or (version == now and not _announced(root, version)):
        raise RefusedError(
            f"{version} is not greater than {now}, the present version; or, if {now} is not released yet, move \
the changes under Unreleased below its heading in {CHANGELOG}"
        )
    values = {"version": version, "date": date.isoformat(), "year": str(date.year)}
    texts = {}
    for name, patterns in PLACES.items():
        text = (root / name).read_text(encoding="utf-8")
        for key, pattern in patterns.items():
            _found(root, name, pattern)
            text = re.sub(pattern, rf"\g<1>{values[key]}\g<2>", text, flags=re.MULTILINE)
        texts[name] = text
    return texts | {CHANGELOG: _released(root, version, date)}


def _found(root: Path, name: str, pattern: str) -> str:
    found = list(re.finditer(pattern, (root / name).read_text(encoding="utf-8"), re.MULTILINE))
    if len(found) != 1:
        raise RefusedError(f"{name} has {len(found)} places of the form {pattern}, and it takes one")
    return found[0][0].removeprefix(found[0][1]).removesuffix(found[0][2])


def _heading(version: str) -> str:
    return rf"^(## \[{re.escape(version)}\] - )\S+$"


def _announced(root: Path, version: str) -> bool:
    """Tell whether the changelog has a heading of this version, and no change above it."""
    text = (root / CHANGELOG).read_text(encoding="utf-8")
    found = re.search(_heading(version), text, re.MULTILINE)
    return found is not None and not re.search(r"^- ", text[: found.start()], re.MULTILINE)


def _released(root: Path, version: str, date: datetime.date) -> str:
    text = (root / CHANGELOG).read_text(encoding="utf-8")
    _, heading, rest = text.partition(UNRELEASED)
    if not heading:
        raise RefusedError(f"{CHANGELOG} has no heading '{UNRELEASED.strip()}'")
    if _announced(root, version):
        return re.sub(_heading(version), rf"\g<1>{date.isoformat()}", text, flags=re.MULTILINE)
    if not re.search(r"^- ", rest.partition("\n## [")[0], re.MULTILINE):
        raise RefusedError(f"{CHANGELOG} has nothing under Unreleased; write what this release changes")
    return text.replace(UNRELEASED, f"{UNRELEASED}\n## [{version}] - {date.isoformat()}\n", 1)


def main(arguments: list[str], root: Path) -> int:
    """Write the new texts where a date is given, and give the exit code."""
    version, *days = arguments
    today = datetime.datetime.now(datetime.UTC).date()
    try:
        texts = rewritten(root, version, datetime.date.fromisoformat(days[0]) if days else today)
    except RefusedError as refused:
        print(f"release: {refused}", file=sys.stderr)
        return 2
    if days:
        for name, text in texts.items():
            (root / name).write_text(text, encoding="utf-8")
        print(f"{version} is set in {', '.join(texts)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path.cwd()))
