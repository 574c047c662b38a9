"""The guides' code blocks."""

import re

from repository import ROOT

README = (ROOT / "README.md").read_text()


FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)


def blocks(language, text=README):
    return [match[2] for match in FENCE.finditer(text) if match[1] == language]


def files_below(heading):
    """The blocks of a section, up to the next heading, that begin with the name of a file; by that name."""
    section = README.split(f"\n{heading}\n", 1)[1].partition("\n##")[0]
    found = {}
    for block in blocks("toml", section) + blocks("python", section):
        if name := re.match(r"# ([\w./]+\.(?:toml|py))\n", block):
            found[name[1]] = block
    return found
