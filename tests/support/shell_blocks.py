"""The commands of shell blocks, in words, and what is checked of each program without running it."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Callable, Iterator

import click
from documents import Block
from repository import ROOT

from ganzoo.cli import cli

_ENDS = ("&&", ">", "|", ";", ">>")
_ANSWERED = ("--help", "-h", "--version")  # with these, click prints and leaves
_PYTHON = re.compile(r"python(3(\.\d+)?)?$")


def lines(block: Block) -> Iterator[str]:
    """The command lines of a block: all of a shell's, those behind ``$`` of a terminal's."""
    text = block.text.replace("\\\n", " ")
    for line in text.splitlines():
        if block.language == "sh":
            yield line
        elif line.startswith("$ "):
            yield line[2:]


def commands(block: Block) -> list[list[str]]:
    """Each command of a block in words, without variables, comments and redirections."""
    found = []
    for line in lines(block):
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)  # `;` ends a word that it follows, too
        lexer.whitespace_split = True
        words = list(lexer)
        while words:
            end = next((i for i, word in enumerate(words) if word in _ENDS), len(words))
            command, rest = words[:end], words[end:]
            while command and re.match(r"\w+=", command[0]):
                command = command[1:]
            if command and command[0] == "export":
                command = []
            if command:
                found.append(command)
            words = rest[1:] if rest[:1] in (["&&"], ["|"], [";"]) else []
    return found


def ganzoo_commands(block: Block) -> list[list[str]]:
    """The words behind ``ganzoo`` of each command of a block that names a subcommand and does more than help."""
    found = [words[1:] for words in commands(block) if words[0] == "ganzoo"]
    return [words for words in found if words and words[-1] not in _ANSWERED]


def parsed(words: list[str]) -> click.Context:
    """The context of a subcommand with its arguments and options taken in, and nothing run."""
    context = cli.make_context("ganzoo", list(words))
    name = next(word for word in words if not word.startswith("-"))
    command = cli.get_command(context, name)
    assert command is not None, f"there is no command {name!r}"
    rest = list(words[words.index(name) + 1 :])
    if isinstance(command, click.Group) and rest:  # such as `data show`
        context = command.make_context(name, rest, parent=context)
        inner = command.get_command(context, rest[0])
        assert inner is not None, f"there is no command {name} {rest[0]}"
        return inner.make_context(rest[0], rest[1:], parent=context)
    return command.make_context(name, rest, parent=context)


def check(words: list[str]) -> None:
    """Check a command as far as can be without running it.

    Raises:
        AssertionError: it names what is not there, or its program is not known.
        click.ClickException: ganzoo does not take it.
    """
    if words[0].startswith(".ci/"):
        assert (ROOT / words[0]).is_file(), f"there is no {words[0]}"
        return
    program = "python" if _PYTHON.match(words[0]) else words[0]
    assert program in _CHECKS, f"no test knows how to check the program {words[0]!r}"
    _CHECKS[program](words[1:])


def _check_ganzoo(words: list[str]) -> None:
    try:
        if words:
            parsed(words)
    except click.exceptions.Exit as done:  # after --help or --version
        assert done.exit_code == 0 and words[-1] in _ANSWERED


def _check_python(words: list[str]) -> None:
    if words[0] == "-m":
        name = words[1]
        if name in ("pip", "pytest", "build", "venv"):
            return _check_pip(words[2:]) if name == "pip" else None
        path = ROOT.joinpath(*name.split("."))
        source = next((p for p in (path.with_suffix(".py"), path / "__main__.py") if p.is_file()), None)
        assert source is not None, f"there is no module {name}"
        text = (
            "".join(p.read_text() for p in source.parent.glob("*.py"))
            if source.stem == "__main__"
            else source.read_text()
        )
        if name.endswith("pretend_cuda"):  # its own options, then another command
            rest = [word for word in words[2:] if word not in ("--finite", "--devices", "2")]
            return check(rest)
        options = words[2:]
    else:
        source = ROOT / words[0]
        assert source.is_file(), f"there is no script {words[0]}"
        text, options = source.read_text(), words[1:]
    for option in options:
        if option.startswith("--"):
            assert f'"{option.partition("=")[0]}"' in text, f"{source.name} takes no option {option}"
    return None


def _check_pip(words: list[str]) -> None:
    assert words[0] in ("install", "wheel", "download"), words
    about = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for word in words[1:]:
        if extras := re.fullmatch(r"\.\[(.+)\]", word):
            unknown = set(extras[1].split(",")) - {*about["optional-dependencies"], *_example_extras()}
            assert not unknown, f"there is no extra {unknown}"


def _example_extras() -> set[str]:
    text = (ROOT / "tests" / "example_plugin" / "pyproject.toml").read_text()
    return set(tomllib.loads(text)["project"]["optional-dependencies"])


def _check_pytest(words: list[str]) -> None:
    for word in words:
        if word.endswith(".py") or "/" in word:
            assert (ROOT / word.partition("::")[0]).exists(), f"there is no {word}"


def _checked_elsewhere(words: list[str]) -> None:
    """Nothing: the program is not ours, and what it is given names nothing of ours."""


_CHECKS: dict[str, Callable[[list[str]], None]] = {
    "ganzoo": _check_ganzoo,
    "python": _check_python,
    "pip": _check_pip,
    "pytest": _check_pytest,
    **dict.fromkeys(
        ("eval", "tensorboard", "twine", "git", "cd", "ruff", "mypy", "pre-commit", "source", "."), _checked_elsewhere
    ),
}
