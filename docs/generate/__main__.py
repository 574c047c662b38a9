"""``python -m docs.generate``, run from the root of the repository."""

import argparse
import sys
from pathlib import Path

from .pages import every_page
from .write import problems, write

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Write the generated pages, or check them, and give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m docs.generate", description="Write the generated pages of docs/.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit code 1 if a page is stale")
    chosen = parser.parse_args(arguments)
    pages = every_page(root)
    if not chosen.check:
        write(pages, root)
        return 0
    found = list(problems(pages, root))
    for sentence in found:
        print(sentence, file=sys.stderr)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
