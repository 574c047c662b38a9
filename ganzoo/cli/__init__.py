"""The command ``ganzoo``. A subcommand's module is imported when it is run, so that start-up stays fast."""

import importlib
import io
import sys
from typing import IO, Any

import click
from click.shell_completion import CompletionItem

from .. import __version__
from ..errors import GanzooError, suggest
from ..text import printable_block
from .command import examples

COMMANDS = {
    "bench": ("bench", "command", "Train recipes, compare them, and report FID and IS."),
    "train": ("train", "command", "Train one recipe."),
    "suite": ("suite", "command", "Play the benches of a suite's file, one for each data set."),
    "profile": ("profile", "command", "Show what the time of a training step is spent on."),
    "watch": ("watch", "command", "Follow a bench that is being played."),
    "report": ("report", "command", "Make the page of a bench anew, or print its table."),
    "compare": ("compare", "command", "Join benches into one table, and rank what is in them."),
    "leaderboard": ("leaderboard", "command", "Gather all benches into tables."),
    "eval": ("evaluate", "command", "Compute the metrics of a trained run again."),
    "verify": ("verify", "command", "Test recipes against the numbers that ship with them."),
    "sample": ("sample", "command", "Draw images from a trained run."),
    "list": ("listing", "list_command", "List the recipes, or the parts of a kind."),
    "show": ("listing", "show_command", "Show a recipe or a part."),
    "plugins": ("listing", "plugins_command", "List the plugins, and why one failed."),
    "check": ("check", "command", "Check a plugin's parts against their interfaces."),
    "selftest": ("selftest", "command", "Compute numbers whose right value is known."),
}


class Refused(click.ClickException):
    """A ``GanzooError`` on its way to the user."""

    def __init__(self, error: GanzooError) -> None:
        super().__init__(str(error))
        self.exit_code = error.exit_code  # type: ignore[misc]  # click declares it of the class, and reads it of the error

    def show(self, file: IO[Any] | None = None) -> None:
        """Print a line on stderr for each thing that is wrong; that is nearly always one."""
        for line in printable_block(self.message).splitlines():
            click.echo(f"Error: {line}", file=file, err=file is None)


class LazyGroup(click.Group):
    """A group that has its commands' names and one-line helps, and imports a command only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names, in the order in which a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(f"{__name__}.{module}"), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the first word names; for a word that names none, suggest the near one."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS and not ctx.resilient_parsing:
            ctx.fail(f"No such command {args[0]!r}; {suggest(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the section of ``--help`` that lists the commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in COMMANDS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete a command's name."""
        found = [CompletionItem(name, help=row[2]) for name, row in COMMANDS.items() if name.startswith(incomplete)]
        return found + click.Command.shell_complete(self, ctx, incomplete)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; the user's errors end it in one line, and an interrupt with 130."""
        try:
            return super().invoke(ctx)
        except GanzooError as error:
            raise Refused(error) from error
        except KeyboardInterrupt:
            click.echo("Interrupted.", err=True)
            ctx.exit(130)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=examples("ganzoo bench dcgan wgan-gp", "ganzoo show dcgan"),
)
@click.version_option(__version__, prog_name="ganzoo")
@click.option("--no-plugins", is_flag=True, help="Leave the plugins of third parties out.")
def cli(no_plugins: bool) -> None:
    """Train and compare GANs: recipes, interchangeable parts, and a fair benchmark.

    Exit codes: 0 done, 1 a run failed, 2 bad input, 3 this machine lacks something,
    129, 130, 143 stopped by SIGHUP, SIGINT, SIGTERM.
    """


def main() -> None:
    """Run the command line; the console entry point."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that knows only ASCII is no reason to stop
    cli(prog_name="ganzoo")
