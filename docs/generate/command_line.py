"""The reference of the command line, from the commands themselves."""

import inspect
import re
from collections.abc import Iterator, Sequence
from typing import Any

import click

from ganzoo.cli import cli
from ganzoo.cli.value_types import limits

from .markdown import block, code, escaped, prose, table
from .page import page

PATH = "docs/reference/command-line.md"
_OPTION = re.compile(r"(?<![\w-])(--[a-z][a-z-]*)")
_DEFAULT = re.compile(r"\s*\[default: (.+?)\]")


def command_line_page() -> str:
    """Give the page: the options of ``ganzoo`` itself, then each command with its arguments, options and examples."""
    context = click.Context(cli, info_name="ganzoo")
    commands = [(name, cli.get_command(context, name)) for name in cli.list_commands(context)]
    shown = [one for name, command in commands if command is not None for one in _with_inner(f"ganzoo {name}", command)]
    listed = [f"- [`{name}`](#{name.replace(' ', '-')}): {_line(command)}" for name, command in shown]
    parts = [*_command("ganzoo", cli), "\n".join(listed)]
    for name, command in shown:
        parts += [f"## {name}", *_command(name, command)]
    return page("Command line", parts)


def _with_inner(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    """Give a command that is not hidden and, where it has commands of its own, those behind it."""
    if not command.hidden:
        yield name, command
        for inner, one in command.commands.items() if isinstance(command, click.Group) else ():
            yield from _with_inner(f"{name} {inner}", one)


def _line(command: click.Command) -> str:
    return text_of(command.get_short_help_str(limit=200))


def _command(name: str, command: click.Command) -> list[str]:
    context = click.Context(command, info_name=name)
    usage = " ".join([name, *command.collect_usage_pieces(context)])
    return [block("text", usage), *help_of(command.help or ""), *_options(command), *help_of(command.epilog or "")]


def help_of(text: str) -> Iterator[str]:
    """Give a command's help as Markdown; a paragraph that click would not rewrap is a block."""
    for paragraph in re.split(r"\n\s*\n", inspect.cleandoc(text.partition("\f")[0])):
        if paragraph.startswith("\b"):
            yield from _lines(inspect.cleandoc(paragraph.removeprefix("\b").strip("\n")))
        else:
            yield text_of(paragraph)


def _lines(text: str) -> Iterator[str]:
    """Give lines as a block: of a shell, behind their title, where they are commands of ``ganzoo`` and comments."""
    title, _, rest = text.partition("\n")
    titled = title.endswith(":") and rest
    lines = [line.strip().removeprefix("$ ") for line in (rest if titled else text).splitlines()]
    if all(line.startswith(("ganzoo ", "#")) for line in lines):
        yield from [text_of(title)] if titled else []
        yield block("sh", "\n".join(lines))
    else:
        yield block("text", text)


def text_of(text: str) -> str:
    """Give the text of a help as Markdown, with the options that it names in code."""
    return prose(text, lambda part: "".join(map(_word, _OPTION.split(part))))


def _word(part: str) -> str:
    return code(part) if _OPTION.fullmatch(part) else escaped(part)


def _options(command: click.Command) -> list[str]:
    options = [one for one in command.params if isinstance(one, click.Option) and not one.hidden]
    groups: dict[str, list[click.Option]] = {}
    for option in options:
        groups.setdefault(getattr(option, "group", None) or "", []).append(option)
    found = []
    for title, members in groups.items():
        found += [f"**{title}**"] if title else []
        found.append(table(("option", "meaning"), [_row(option) for option in members]))
    return found


def _row(option: click.Option) -> Sequence[str]:
    told, default = option.help or "", ""
    if match := _DEFAULT.search(told):
        told, default = told.replace(match[0], ""), prose(match[1])
    if isinstance(option.show_default, str):
        default = prose(option.show_default)
    info = option.to_info_dict()
    if not default and info["default"] is not None and not option.is_flag and info["default"] != ():
        default = code(str(info["default"]))
    default = f"Default: {default}." if default else ""
    return _names(option), " ".join(filter(None, (text_of(told), _range(info["type"]), default)))


def _names(option: click.Option) -> str:
    taken = "" if option.is_flag else f" {_metavar(option)}"
    names = [*option.opts, *option.secondary_opts]
    return ", ".join(code(name + (taken if name is names[-1] else "")) for name in names)


def _metavar(option: click.Option) -> str:
    if option.metavar:
        return option.metavar
    if isinstance(option.type, click.Choice):
        return "|".join(map(str, option.type.choices))
    return option.type.name.upper()


def _range(kind: dict[str, Any]) -> str:
    """Say between which limits a number must be, where it has some."""
    low_open, high_open = kind.get("min_open", False), kind.get("max_open", False)
    words = limits(kind.get("min"), kind.get("max"), low_open, high_open)
    return f"The value is {words}." if words else ""
