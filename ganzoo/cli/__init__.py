"""The command ``ganzoo``. A subcommand's module is imported when it is run, so that start-up stays fast."""

import errno
import gc
import importlib
import logging
import os
import signal
import sys
from pathlib import Path
from typing import IO, Any

import click
from click.shell_completion import CompletionItem

from .. import __version__
from ..errors import GanzooError, SetupError, suggest
from ..interrupts import Interrupted, heard_by, raise_interrupted
from ..messages import logged_to, to_stderr
from ..storage.room import cannot_write, is_full
from ..text import shown
from .command import echo, examples
from .streams import open_streams
from .zoo import plugin_option, taking_plugins

COMPLETING = "_GANZOO_COMPLETE"  # set by a shell's script that asks what may stand at the cursor
COMMANDS = {
    "bench": ("playing.bench", "command", "Train recipes over seeds, compare them, and write a report."),
    "train": ("playing.train", "command", "Train one recipe."),
    "suite": ("playing.suite", "command", "Run the benches that a suite's file lists."),
    "speedrun": ("playing.speedrun", "command", "Time a recipe to a track's goals, or list the tracks."),
    "data": ("data", "command", "Look at data, or write images anew at one size."),
    "profile": ("playing.profile", "command", "Show where the time of a training step goes."),
    "watch": ("results.watch", "command", "Follow a bench while it runs."),
    "report": ("results.report", "command", "Write the page of a bench again, or print its table."),
    "compare": ("results.compare", "command", "Join benches into one table, and rank their recipes."),
    "leaderboard": ("results.leaderboard", "command", "Gather all benches below some folders into tables."),
    "eval": ("results.evaluate", "command", "Compare any images with any others, or evaluate a run again."),
    "audit": ("results.audit", "command", "Check that runs have the numbers that they measured."),
    "verify": ("results.verify", "command", "Test recipes against the numbers that ship with them."),
    "sample": ("models.sample", "command", "Draw samples from a trained run: a picture, arrays, a folder."),
    "interpolate": ("models.interpolate", "command", "Draw images between latents of a trained run."),
    "project": ("models.project", "command", "Find the latent of an image."),
    "explore": ("models.explore", "command", "Look at what a trained generator draws, on a local page."),
    "export": ("models.export", "command", "Write a generator as a folder, program, ONNX or page."),
    "push": ("models.hub", "push_command", "Put a trained generator on the Hugging Face hub."),
    "pull": ("models.hub", "pull_command", "Fetch an exported generator from the hub."),
    "list": ("catalogue.listing", "list_command", "List the recipes, or the parts of a kind."),
    "show": ("catalogue.show", "command", "Show a recipe or a part."),
    "explain": ("catalogue.explain", "command", "Write a recipe's training step as plain PyTorch."),
    "plugins": ("catalogue.listing", "plugins_command", "List the plugins, and why one failed."),
    "doctor": ("installation.doctor", "command", "Look at this machine and every plugin; say what to mend."),
    "new": ("authoring.new", "command", "Write the beginning of a plugin, in a package or in one file."),
    "check": ("authoring.check", "command", "Check a plugin's parts against their interfaces."),
    "completion": ("completing.completion_script", "command", "Print the script that completes names in a shell."),
    "selftest": ("installation.selftest", "command", "Test this installation by numbers whose value is known."),
}


# Errors of the system that a path is the reason of: its name, and what this user may do there.
_OF_NAMES = (errno.ENAMETOOLONG, errno.ELOOP, errno.ENOTDIR, errno.EISDIR)
_OF_PATHS = (*_OF_NAMES, errno.EACCES, errno.EPERM, errno.EROFS)


class Refused(click.ClickException):
    """A ``GanzooError`` on its way to the user."""

    def __init__(self, error: GanzooError) -> None:
        super().__init__(str(error))
        self.exit_code = error.exit_code  # type: ignore[misc]  # click declares it of the class, and reads it of the error

    def show(self, file: IO[Any] | None = None) -> None:
        """Print a line on stderr for each thing that is wrong; that is nearly always one."""
        for line in self.message.splitlines():
            echo(f"Error: {line}", file=file, err=file is None)


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
        return taking_plugins(command)

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
        """Run the command; the user's errors end it in one line, and a signal with 128 and its number."""
        try:
            with logged_to(to_stderr, logging.WARNING):  # by the commands that show no progress
                return super().invoke(ctx)
        except GanzooError as error:
            raise Refused(error) from error
        except OSError as error:
            if is_full(error):
                raise Refused(SetupError(cannot_write(Path(error.filename or Path.cwd()), error))) from error
            if error.errno not in _OF_PATHS or error.filename is None:
                _refuse_of_a_stranger(error)
                raise
            kind = GanzooError if error.errno in _OF_NAMES else SetupError
            raise Refused(kind(f"{shown(os.fsdecode(error.filename))} cannot be used: {error.strerror}")) from error
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt as stop:
            echo("Interrupted.", err=True)
            ctx.exit(stop.exit_code if isinstance(stop, Interrupted) else 128 + signal.SIGINT)
        except (Exception, SystemExit) as error:
            _refuse_of_a_stranger(error)
            raise


def _refuse_of_a_stranger(error: BaseException) -> None:
    """Tell an exception from a third party's code in one line; leave one from other code alone."""
    from ..registry.guarding.strangers import of_a_stranger

    if (told := of_a_stranger(error)) is not None:
        raise Refused(told) from error


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=examples("ganzoo bench dcgan wgan-gp", "ganzoo show dcgan"),
)
@click.version_option(__version__, prog_name="ganzoo")
@click.option("--no-plugins", is_flag=True, help="Leave the plugins of third parties out.")
@click.option(
    "--disable-plugin",
    metavar="NAME",
    multiple=True,
    help="Leave out this plugin of a third party, or all of this distribution. May be repeated.",
)
def cli(no_plugins: bool, disable_plugin: tuple[str, ...]) -> None:
    """Train and compare GANs: recipes, interchangeable parts, and a fair benchmark.

    Exit codes: 0 done, 1 a run failed, 2 bad input, 3 this machine lacks something,
    129, 130, 143 stopped by SIGHUP, SIGINT, SIGTERM.
    """


cli.params.append(plugin_option())


def main() -> None:
    """Run the command line; the console entry point."""
    open_streams()
    if COMPLETING in os.environ:
        from .completing.shells import take_over

        gc.disable()  # a process that ends at once, and takes a sixth of its time to look for garbage in vain
        os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # which are searched for among all distributions
        take_over()
    try:
        with heard_by(raise_interrupted):
            try:
                cli(prog_name="ganzoo")
            finally:
                sys.stdout.flush()
    except GanzooError as error:  # of standard output, when the last of it is written
        Refused(error).show()
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(1)
    except Interrupted as stop:
        sys.exit(stop.exit_code)
