"""Commands whose help lists the options in groups, and that suggest the near option for one that is not there."""

import json
from collections.abc import Callable, Mapping
from typing import IO, TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from ..bench.results.terms.setting import GROUPS, OUTPUT
from ..text import printable_block

if TYPE_CHECKING:
    from ..bench.results.written import Written

F = TypeVar("F", bound=Callable[..., Any])
OTHERS = "Options"  # of those that are in no group


class Option(click.Option):
    """An option with a place in the command's help.

    Attributes:
        group: the title of the part of ``--help`` that it is listed in; empty for ``Options``.
    """

    def __init__(self, *words: Any, group: str = "", **options: Any) -> None:
        super().__init__(*words, **options)
        self.group = group

    def to_info_dict(self) -> dict[str, Any]:
        """Give what click knows of the option, and its group."""
        return {**super().to_info_dict(), "group": self.group}


def echo(text: str = "", *, err: bool = False, nl: bool = True, file: IO[str] | None = None) -> None:
    """Print text, with what a terminal would obey rather than show written out.

    All that a command says goes through this, but for JSON, which escapes by itself: names, reasons and settings come
    from files and plugins that others made.

    Args:
        text: one line or several.
        err: print it on stderr, and not on stdout.
        nl: end with a line feed.
        file: where it goes instead.
    """
    end = "\n" if nl or text.endswith("\n") else ""
    click.echo(printable_block(text) + end, file=file, err=err, nl=False)


def echo_json(told: "Written") -> None:
    """Print an object on stdout as JSON."""
    click.echo(json.dumps(told.to_json(), indent=2, allow_nan=False))


class GroupedCommand(click.Command):
    """A command that shows its options in the groups of ``ganzoo.bench.results.terms.setting``, in their order."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a section for each group that has an option."""
        rows: dict[str, list[tuple[str, str]]] = {title: [] for title in (*GROUPS, OTHERS)}
        for parameter in self.get_params(ctx):
            row = parameter.get_help_record(ctx) if isinstance(parameter, click.Option) else None
            if row is not None:
                rows[parameter.group if isinstance(parameter, Option) and parameter.group else OTHERS].append(row)
        for title, listed in rows.items():
            if listed:
                with formatter.section(title):
                    formatter.write_dl(listed)


def examples(*lines: str) -> str:
    """Give the end of a command's help: these commands, each on a line of its own."""
    return "\b\n" + "\n".join([f"Example{'s' * (len(lines) > 1)}:", *(f"  $ {line}" for line in lines)])


def option(*flags: str, group: str = "", **options: Any) -> Callable[[F], F]:
    """Add an option of a group to a command; the rest is as in ``click.option``."""
    return click.option(*flags, cls=Option, group=group, **options)


as_json = option(
    "--json", "as_json", is_flag=True, group=OUTPUT, help="Print the results as JSON on stdout, and no table."
)
quiet = option("--quiet", is_flag=True, group=OUTPUT, help="Show no progress.")


def given(context: click.Context) -> Mapping[str, Any]:
    """Give the options that are on the command line itself, by the names of their parameters."""
    return {
        name: value
        for name, value in context.params.items()
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT
    }
