"""The zoo as a command sees it."""

from pathlib import Path
from typing import Any

import click

from ..bench.results.terms.setting import PLAYED
from ..registry.discovery import Zoo, load_zoo
from ..registry.sources.files import joined, read_file
from ..registry.sources.installed import Found
from ..text import printable
from .command import GroupedCommand, Option, echo
from .value_types import FilePath

FILES = "ganzoo.plugin_files"  # paths that the command line names so far


def third_party() -> bool:
    """Return whether this command may load the plugins of third parties; ``ganzoo --no-plugins`` forbids it."""
    return not _given("no_plugins", False)


def disabled() -> tuple[str, ...]:
    """Return the names of the plugins that ``ganzoo --disable-plugin`` leaves out."""
    names: tuple[str, ...] = _given("disable_plugin", ())
    return names


def files() -> list[Found]:
    """Return the plugin files that ``--plugin`` names, before or after the command's name.

    Raises:
        PluginError: one cannot be read, or two have one name.
    """
    context = click.get_current_context(silent=True)
    paths: list[Path] = context.meta.get(FILES, []) if context is not None else []
    return joined(map(read_file, paths))


def is_path(plugin: str) -> bool:
    """Tell whether an argument is the path of a plugin file, and not the name of a plugin."""
    return plugin.endswith(".py")


def add_file(path: Path) -> str:
    """Let the command have a plugin file as ``--plugin`` does; gives the plugin's name."""
    click.get_current_context().meta.setdefault(FILES, []).append(path)
    return path.name


def plugin_option(group: str = "") -> Option:
    """Return ``--plugin``, which the program and each of its commands has."""

    def note(context: click.Context, parameter: click.Parameter, value: tuple[Path, ...]) -> None:
        context.meta.setdefault(FILES, []).extend(value)

    return Option(
        ["--plugin", "plugin_files"],
        group=group,
        metavar="FILE",
        multiple=True,
        type=FilePath(),
        is_eager=True,
        expose_value=False,
        callback=note,
        help="A plugin in one Python file, such as ./my_loss.py. May be repeated.",
    )


def taking_plugins(command: click.Command) -> click.Command:
    """Give a command the option ``--plugin``, and each command below it; gives the command itself."""
    if isinstance(command, click.Group):
        for below in command.commands.values():
            taking_plugins(below)
    if not any("--plugin" in parameter.opts for parameter in command.params):
        command.params.append(plugin_option(PLAYED if isinstance(command, GroupedCommand) else ""))
    return command


def _given(name: str, without: Any) -> Any:
    context = click.get_current_context(silent=True)
    return without if context is None else context.find_root().params.get(name, without)


def zoo_as_asked() -> Zoo:
    """Load the zoo without those plugins that the command's options leave out, and say nothing."""
    return load_zoo(third_party=third_party(), disabled=disabled(), files=files())


def open_zoo() -> Zoo:
    """Load the zoo, and say on stderr which plugins failed or change the state of a process, one line each."""

    def say(line: str) -> None:
        echo(printable(line), err=True)

    zoo = load_zoo(third_party=third_party(), disabled=disabled(), files=files(), say=say)
    for line in zoo.warnings:
        say(f"Warning: {line}")
    return zoo
