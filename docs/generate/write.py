"""Pages on disk: writing them, and finding those that are not what they should be."""

from collections.abc import Iterator
from pathlib import Path

from .page import MARK, OWNED, Pages

COMMAND = "python -m docs.generate"


def problems(pages: Pages, root: Path) -> Iterator[str]:
    """Give one sentence for each page that is missing, stale, or of something that exists no more."""
    for name, text in sorted(pages.items()):
        path = root / name
        if not path.is_file():
            yield f"{name} is missing; run {COMMAND}"
        elif path.read_text(encoding="utf-8") != text:
            yield f"{name} is stale; run {COMMAND}"
    for path in _strays(pages, root):
        name = path.relative_to(root).as_posix()
        if MARK in path.read_text(encoding="utf-8"):
            yield f"{name} is generated from nothing that still exists; run {COMMAND}, which removes it"
        else:
            yield f"{name} is not generated, and its folder holds generated pages only; move it to another one"


def write(pages: Pages, root: Path) -> list[str]:
    """Write the pages that changed, remove generated ones that nothing asks for, and name the paths of both."""
    touched = []
    for name, text in sorted(pages.items()):
        path = root / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        touched.append(name)
    for path in _strays(pages, root):
        if MARK in path.read_text(encoding="utf-8"):
            path.unlink()
            touched.append(path.relative_to(root).as_posix())
    return touched


def _strays(pages: Pages, root: Path) -> list[Path]:
    found = [path for folder in OWNED for path in sorted((root / folder).rglob("*.md"))]
    return [path for path in found if path.relative_to(root).as_posix() not in pages]
