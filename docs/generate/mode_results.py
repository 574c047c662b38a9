"""The pages of mode coverage: each table of benchmarks/modes.py that is committed, each number with its budget."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .markdown import code, escaped, table
from .page import Pages, link, page, picture

EXPLAINED = (
    "[Mode coverage](../guides/mode-coverage.md) explains the columns and the short protocol. Each cell names the "
    "budget that it comes from."
)
HIDDEN = ("recipe", "kimg", "values", "not done")


def mode_pages(root: Path) -> Pages:
    """Give a page for each ``modes-*.json`` below benchmarks/results."""
    found = {}
    for path in sorted((root / "benchmarks" / "results").glob("*/modes-*.json")):
        device = "" if path.parent.name == "cpu" else f"-{path.parent.name}"
        name = f"docs/results/{path.stem}{device}.md"
        found[name] = _page(path, name, root)
    return found


def _page(path: Path, here: str, root: Path) -> str:
    record = json.loads(path.read_text(encoding="utf-8"))
    (title, rows), ran = next(iter(record["tables"].items())), record["environment"]
    shown = [key for key in rows[0] if key not in HIDDEN]
    cells = [[code(row["recipe"]), *(escaped(row.get(key) or "") for key in shown)] for row in rows]
    protocol = link("the protocol and all numbers", path.with_suffix(".md").relative_to(root).as_posix(), here)
    seeds, commit = record["protocol"]["seeds"], (ran.get("commit") or "unknown")[:12]
    terms = f"{seeds} seeds on {ran['device']}, torch {ran['torch']}, from commit {commit}"
    pictures = _pictures(path.with_suffix(""), rows, here, root)
    head = ["recipe", *map(escaped, shown)]
    return page(escaped(title), [EXPLAINED, table(head, cells), *pictures, f"{escaped(terms)}: {protocol}."])


def _pictures(folder: Path, rows: Sequence[Mapping[str, Any]], here: str, root: Path) -> list[str]:
    """Show the points of the first and the last recipe of a table, where their pictures are kept."""
    found = [(row["recipe"], folder / f"{row['recipe']}.png") for row in (rows[0], rows[-1])]
    return [
        f"{escaped(name)}, seed 0:\n\n{picture(f'what {name} generates, seed 0', path, root, here)}"
        for name, path in found
        if path.is_file()
    ]
