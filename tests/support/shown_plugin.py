"""The plugin that a page of the documentation shows, as if it were installed."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import documents
import pytest
from installed_plugins import Site


def entry_point(files: dict[str, str]) -> tuple[str, str, str]:
    """Distribution, entry point and module: from the ``pyproject.toml``, or else from the package's name."""
    if "pyproject.toml" in files:
        about = tomllib.loads(files["pyproject.toml"])["project"]
        ((name, module),) = about["entry-points"]["ganzoo"].items()
        return about["name"], name, module
    (module,) = {name.partition("/")[0] for name in files}
    name = module.replace("_", "-")
    return name, name, module


@contextmanager
def installed(page: str, folder: Path) -> Iterator[str]:
    """Write a page's files into a folder that is on the path; gives the name of the entry point."""
    files = documents.files(page)
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    distribution, name, module = entry_point(files)
    Site(folder).install(distribution, "", entry_points=f"[ganzoo]\n{name} = {module}\n")
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.syspath_prepend(folder)
            yield name
    finally:
        for loaded in [loaded for loaded in sys.modules if loaded.partition(".")[0] == module]:
            del sys.modules[loaded]


def registered(page: str) -> list[tuple[str, str]]:
    """The plural of the kind, and the name, of each part that a page's plugin registers."""
    found = []
    for content in documents.files(page).values():
        for hook in re.split(r"^def register_", content, flags=re.MULTILINE)[1:]:
            kind = hook.partition("(")[0]
            found += [(kind, name) for name in re.findall(r"^    register\(\s*\"([^\"]+)\"", hook, re.MULTILINE)]
    return found


def with_plugins() -> list[str]:
    """The pages that show a plugin."""
    return [page for page in documents.pages() if documents.files(page)]
