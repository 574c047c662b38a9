"""Nobody is told to install the package that is called ganzoo on the index: it belongs to somebody else."""

import re

import pytest
from repository import ROOT

PIP = "pip install"
STRANGERS = re.compile(r"pip3?\s+install\b[^\n&|;`]*?[ \t'\"]ganzoo(?=$|[\s'\"`\[=<>~!,;)])", re.MULTILINE)


@pytest.mark.parametrize("words", ["ganzoo", "-U ganzoo", "'ganzoo[test]'", "ganzoo==0.1", "torch ganzoo"])
def test_the_strangers_package_is_noticed(words):
    assert STRANGERS.search(f"run {PIP} {words}\n")


@pytest.mark.parametrize("words", [". && ganzoo list", "ganzoo-core", "-e .\nganzoo list", "dist/ganzoo_core-0.1.whl"])
def test_ours_is_not_taken_for_it(words):
    assert not STRANGERS.search(f"run {PIP} {words}\n")


def test_nobody_is_told_to_install_the_strangers_package():
    kinds = {".md", ".py", ".toml", ".yaml", ".yml", ".txt", ".jinja2", ".cfg", ".cff", ".sh", ""}
    folders = ("ganzoo", "plugins", "configs", "benchmarks", "tests", "docs", ".ci", ".github")
    found = [path for path in ROOT.iterdir() if path.is_file()]
    found += [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
    texts = [path for path in found if path.suffix in kinds and "__pycache__" not in path.parts]
    assert ROOT / "README.md" in texts
    assert ROOT / "docs" / "index.md" in texts
    assert ROOT / "ganzoo" / "cli" / "playing" / "bench.py" in texts
    assert [str(path) for path in texts if STRANGERS.search(path.read_text(encoding="utf-8", errors="replace"))] == []
