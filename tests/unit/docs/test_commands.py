"""Every command that the documentation shows is one: of ganzoo with its options, of scripts that are there."""

import re

import click
import pytest
from documents import Block, blocks, inline_code, pages
from shell_blocks import check, commands, ganzoo_commands, parsed
from shown_plugin import registered, with_plugins

from ganzoo.cli import COMMANDS, cli
from ganzoo.recipes.building.build import check_recipe
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo

PAGES = pages()
SHOWN = [block for page in PAGES for block in blocks(page, "sh", "text")]
EXAMPLES = [name for page in with_plugins() for _, name in registered(page)]  # not installed here
WRITTEN = ("my-loss", "my_loss", "other-loss", "my-recipe.yaml")  # files and parts of the pages on --plugin and on new
OURS = re.compile("|".join(map(re.escape, [*EXAMPLES, "arctan", "mine.yaml", *WRITTEN])))


def sh(text):
    return Block("page.md", 1, "sh", text)


@pytest.mark.parametrize("block", [block for block in SHOWN if commands(block)], ids=str)
def test_every_command_is_taken(block):
    for words in commands(block):
        check(words)


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("ganzoo bench dcgan --no-such-option", "--no-such-option"),
        ("pip install . && ganzoo bnch dcgan", "bnch"),
        ("python benchmarks/gone.py", "gone.py"),
        ("python benchmarks/modes.py ring --no-such-option", "--no-such-option"),
        ("python -m benchmarks.gpu --no-such-option", "--no-such-option"),
        ("pip install '.[gone]'", "gone"),
        ("pytest tests/gone.py", "gone.py"),
        (".ci/gone", "gone"),
        ("somebodys-program", "somebodys-program"),
    ],
)
def test_a_command_that_is_not_there_is_noticed(line, error):
    with pytest.raises((AssertionError, click.ClickException), match=error):
        for words in commands(sh(line)):
            check(words)


def test_commands_that_only_print_are_taken():
    for words in commands(sh("ganzoo --version; ganzoo bench --help; ganzoo")):
        check(words)


def test_commands_are_read_as_a_shell_reads_them():
    text = "A=1 ganzoo list && ganzoo show x > y  # z\nexport A=1\ntrue | ganzoo --version\npython x.py \\\n  --out y\n"
    assert commands(sh(text)) == [
        ["ganzoo", "list"],
        ["ganzoo", "show", "x"],
        ["true"],
        ["ganzoo", "--version"],
        ["python", "x.py", "--out", "y"],
    ]
    assert commands(Block("page.md", 1, "text", "$ ganzoo list\nganzoo show x\n")) == [["ganzoo", "list"]]


def test_every_variant_that_is_shown_is_one():
    registry = load_zoo(third_party=False).registry
    tried = 0
    for block in SHOWN:
        for words in ganzoo_commands(block):
            context = parsed(words)
            overrides = context.params.get("overrides") or ()
            for spec in context.params.get("recipes") or ():
                if not OURS.search(" ".join((spec, *overrides))):
                    check_recipe(resolve(registry, spec, overrides), registry)
                    tried += ":" in spec
    assert tried >= 6


def test_every_subcommand_is_shown():
    shown = {next(w for w in words if not w.startswith("-")) for block in SHOWN for words in ganzoo_commands(block)}
    assert shown == set(COMMANDS)


@pytest.fixture(scope="module")
def options():
    """All options of all commands of ganzoo."""
    context = cli.make_context("ganzoo", ["list"])
    known = {"-o", "--version", "--help"}
    commands = [cli.get_command(context, name) for name in COMMANDS]
    inner = [one for command in commands if isinstance(command, click.Group) for one in command.commands.values()]
    for command in [cli, *commands, *inner]:
        for parameter in command.params:
            known |= {*parameter.opts, *parameter.secondary_opts}
    return known


PROSE = [page for page in PAGES if page.startswith("docs/") and page != "docs/README.md"] + ["README.md"]


@pytest.mark.parametrize("page", PROSE)
def test_every_option_in_the_text_is_one(page, options):
    named = {code.split()[0].partition("=")[0] for code in inline_code(page) if code.startswith("--")}
    assert named - options == set()


@pytest.mark.parametrize("page", PROSE)
def test_every_name_of_a_command_in_the_text_is_one(page):
    named = {match[1] for code in inline_code(page) if (match := re.match(r"ganzoo ([a-z]+)", code))}
    assert named - set(COMMANDS) == set()
