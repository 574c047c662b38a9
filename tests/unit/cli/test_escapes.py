"""Text of files that others made, on its way to a terminal and into pages."""

import io
import json
import re

import fabricated_bench as fabricated
import pytest
from click.testing import CliRunner

from ganzoo.cli import cli
from ganzoo.console import SafeConsole

EVIL = "\x1b]0;owned\x07\x1b[31m\x9b2J\u202e\ud800<script>alert(1)</script>[red]"
FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]")
# Keys whose values are read, and not only printed: all others may be any text.
READ = {"better", "status", "hash", "kimg", "folder", "grid", "schema", "started", "finished", "text"}
COMMANDS = [
    ["compare", "bench"],
    ["compare", "--json", "bench"],
    ["compare", "bench", "bench/other"],
    ["report", "bench"],
    ["report", "bench", "bench/other", "--out", "joined"],
    *(["report", "--format", form, "bench"] for form in ("md", "csv", "json", "latex")),
    ["leaderboard", "."],
    ["leaderboard", "--format", "md", "."],
    ["leaderboard", "--format", "json", "."],
    ["watch", "--once", "bench"],
    ["audit", "--no-eval", "bench"],
]


def tainted(content, key=""):
    """The content of a file with every text that may be any."""
    if isinstance(content, dict):
        return {name + EVIL * (key in ("recipes", "plugins")): tainted(held, name) for name, held in content.items()}
    if isinstance(content, list):
        return [tainted(held, key) for held in content]
    return content + EVIL if isinstance(content, str) and key not in READ else content


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """A bench of which one run ended well, one diverged and one failed."""
    runs = [
        fabricated.run("dcgan", 0, {"fid": 10.0, "is": 7.9}),
        fabricated.run("dcgan", 1, {"fid": 11.0, "is": 7.8}, warnings=["a warning"]),
        fabricated.stopped("wgan-gp", 0, "failed", "no reason", looks=1),
        fabricated.stopped("wgan-gp", 1, "diverged", "no number", looks=1),
    ]
    folder = fabricated.write_bench(tmp_path / "bench", fabricated.results(runs, seeds=(0, 1)))
    content = tainted(json.loads((folder / "results.json").read_text()))
    for place in (folder, folder / "other"):
        place.mkdir(exist_ok=True)
        (place / "results.json").write_text(json.dumps(content))
        terms = {name: held for name, held in content.items() if name not in ("runs", "finished")}
        (place / "bench.json").write_text(json.dumps(terms))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return folder


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_strangers_results_reach_no_terminal(bench, words):
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == (words[0] == "audit"), done.exception or done.output  # the runs' own folders are not there
    for said in (done.stdout, done.stderr):
        assert FORBIDDEN.search(said) is None, ascii(said)
    written = words[0] == "audit" or (words[0] == "report" and "--format" not in words)  # of these, folders are told
    assert ("owned" in done.output) is not written  # it is shown, and not left out


@pytest.mark.parametrize("words", [["report", "bench"], ["report", "bench/other"]])
def test_a_strangers_results_do_nothing_in_a_page(bench, words):
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 0, done.output
    page = (bench.parent / words[1] / "report.html").read_text(encoding="utf-8")
    assert FORBIDDEN.search(page.replace("\t", "")) is None
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page


def test_a_folders_name_reaches_no_terminal(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = "\x1b[31mred\udcff"
    folder = fabricated.write_bench(tmp_path / name, fabricated.results(fabricated.two_recipes()))
    for words, code in (
        (["watch", "--once", name], 0),
        (["report", name], 0),
        (["audit", name], 1),
        (["compare", name + "x"], 2),
        (["sample", name], 2),
        (["leaderboard", "."], 0),
    ):
        done = CliRunner().invoke(cli, words)
        assert done.exit_code == code, done.exception
        assert FORBIDDEN.search(done.output) is None
        assert "\\x1b[31mred\\udcff" in done.output or words[0] in ("audit", "leaderboard"), words
    assert (folder / "report.html").is_file()


@pytest.mark.parametrize("terminal", [True, False])
def test_a_console_writes_out_what_a_terminal_would_obey(terminal):
    """Colours that rich was asked for are obeyed; those in the text are not."""
    from rich.table import Table
    from rich.text import Text

    out = io.StringIO()
    console = SafeConsole(file=out, force_terminal=terminal, width=100, color_system="standard" if terminal else None)
    table = Table(f"head{EVIL}")
    table.add_row(Text(f"cell{EVIL}", "red"))
    console.print(table)
    console.print(f"line{EVIL}")
    text = re.sub(r"\x1b\[[\d;]*m", "", out.getvalue()) if terminal else out.getvalue()
    assert FORBIDDEN.search(text) is None
    assert text.count("\\x1b]0;owned") == 3 and "</script>[red]" in text
    assert ("\x1b[31m" in out.getvalue()) is terminal
