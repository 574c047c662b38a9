"""``ganzoo completion``: the script by which a shell completes the command line. Imports no torch."""

import click

from ..command import echo, examples
from .shells import SHELLS, Bash, Fish, Zsh

VARIABLE = "_GANZOO_COMPLETE"  # as ``ganzoo.cli`` has it; click's name for it


@click.command("completion", epilog=examples("ganzoo completion bash", "ganzoo completion fish"))
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the script that lets a SHELL complete commands, options, recipes, parts and plugins on the Tab key.

    For bash, write `eval "$(ganzoo completion bash)"` into ~/.bashrc; for zsh the same with zsh into ~/.zshrc; for
    fish, `ganzoo completion fish > ~/.config/fish/completions/ganzoo.fish`.
    """
    kind = {"bash": Bash, "zsh": Zsh, "fish": Fish}[shell]
    echo(kind(ctx.find_root().command, {}, "ganzoo", VARIABLE).source(), nl=False)
