"""The help of every command fits a terminal of 80 columns."""

from collections.abc import Iterator

import click

from ganzoo.cli import COMMANDS, cli

COLUMNS = 80


def helps(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    """The help of a command and of those below it, with its whole name."""
    yield context.command_path, command.get_help(context)
    for name in command.list_commands(context) if isinstance(command, click.Group) else ():
        below = command.get_command(context, name)
        assert below is not None
        yield from helps(below, click.Context(below, info_name=name, parent=context, terminal_width=COLUMNS))


def test_no_line_is_wider_than_80_columns_and_no_summary_is_cut():
    told = dict(helps(cli, click.Context(cli, info_name="ganzoo", terminal_width=COLUMNS)))
    assert len(told) == 1 + len(COMMANDS) + 2  # and the two of `ganzoo data`
    lines = [(name, line) for name, text in told.items() for line in text.splitlines() if not line.startswith("Usage:")]
    assert [(name, line) for name, line in lines if len(line) > COLUMNS or line.endswith("...")] == []
