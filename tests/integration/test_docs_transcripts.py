"""What the documentation shows of a terminal is what the command prints; what it shows of a folder lies there."""

import fnmatch
import re

import pytest
from documents import blocks, pages, read
from repository import ROOT
from shell_blocks import commands
from small_benches import ganzoo, ganzoo_here

SHOWN = [block for page in pages(generated=False) for block in blocks(page, "text")]
TRANSCRIPTS = [block for block in SHOWN if block.text.startswith("$ ") and not block.marked]
TREES = [block for block in SHOWN if re.match(r"[\w./<>-]+/\n", block.text)]
TABLES = [block for block in SHOWN if "─" in block.text and not block.marked]


def test_every_text_is_of_a_known_kind():
    """A marked one is written by ``benchmarks/readme_tables.py``, and checked there."""
    unknown = [block for block in SHOWN if block not in TRANSCRIPTS + TREES + TABLES and not block.marked]
    assert [str(block) for block in unknown] == []
    assert TRANSCRIPTS and TREES and TABLES


def matches(shown, printed):
    """Lines as shown, where ``...`` stands for any number of lines."""
    pattern = r"\n".join(r"(?:.*\n)*?.*" if line == "..." else re.escape(line) for line in shown)
    return re.fullmatch(pattern, "\n".join(line.rstrip() for line in printed.rstrip().splitlines())) is not None


@pytest.mark.parametrize("block", TRANSCRIPTS, ids=str)
def test_a_transcript_is_what_is_printed(block, tmp_path):
    ((program, *words),) = commands(block)
    assert program == "ganzoo"
    done = ganzoo(*words, cwd=tmp_path)
    assert matches(block.text.splitlines()[1:], done.stdout), done.stdout


def test_dots_stand_for_lines_and_nothing_else_does():
    assert matches(["a", "...", "d"], "a\nb\nc\nd\n")
    assert not matches(["a", "...", "d"], "a\nb\nc\n")
    assert not matches(["a.c"], "abc\n")


@pytest.mark.parametrize("block", TABLES, ids=str)
def test_a_table_is_the_readmes(block):
    assert block.text in read("README.md")


def names(tree):
    """The paths of a drawn folder without its own name, and without what is said of them."""
    found, folder = [], ""
    for line in tree.splitlines()[1:]:
        if match := re.match(r"( +)(\S+?)(/?)(?:\s\s.*)?$", line):
            depth, name = len(match[1]), match[2]
            if depth > 4:
                continue  # the rest of a sentence
            path = name if depth == 2 else f"{folder}/{name}"
            folder = name if depth == 2 and match[3] else folder
            found.append(path)
    return found


@pytest.mark.parametrize("block", TREES, ids=str)
def test_a_folder_holds_what_is_drawn(block, tmp_path):
    words = "bench dcgan wgan-gp --seeds 1 --budget 1kimg --samples 500 --evaluations 1 --device cpu --threads 1"
    small = ("-o", "generator.width=4", "-o", "discriminator.width=4", "-o", "schedule.batch=16")
    ganzoo_here(*words.split(), *small, "--quiet", "--replicates", "0", cwd=tmp_path)
    (folder,) = (tmp_path / "runs").iterdir()
    assert fnmatch.fnmatch(f"runs/{folder.name}/", re.sub(r"<\w+>", "*", block.text.splitlines()[0]))
    shown = names(block.text)
    assert {"report.html", "dcgan/seed0/result.json", "dcgan/seed0/samples"} <= set(shown)
    for name in shown:
        assert (folder / name).exists(), name
    run = {path.name for path in (folder / "dcgan" / "seed0").iterdir() if path.name[0] != "."}
    assert run == {name.split("/")[-1] for name in shown if name.startswith("dcgan/seed0/")}


def test_the_root_of_the_documents_is_the_repository():
    assert (ROOT / "pyproject.toml").is_file()
