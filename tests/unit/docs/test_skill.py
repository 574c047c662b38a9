"""The commands of the page for automated assistants do what it says, in the order in which it shows them."""

import shlex

import pytest
from click.testing import CliRunner
from documents import blocks

from ganzoo.cli import cli

LONG = ("check", "train", "bench", "report")  # test_commands.py has their options; the others are run


def shown() -> list[list[str]]:
    lines = [line for block in blocks("docs/SKILL.md", "sh") for line in block.text.splitlines()]
    return [shlex.split(line)[1:] for line in lines]


def test_the_commands_before_training_work(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tried = [words for words in shown() if words[0] not in LONG]
    assert [words[0] for words in tried] == ["list", "list", "show", "show", "show", "explain", "new"]
    for words in tried:
        result = CliRunner().invoke(cli, words)
        assert result.exit_code == 0, (words, result.output)
    assert (tmp_path / "my_loss.py").is_file()


@pytest.mark.parametrize("command", LONG)
def test_what_takes_long_is_shown(command):
    assert any(words[0] == command for words in shown())
