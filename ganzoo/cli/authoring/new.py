"""``ganzoo new``."""

import shlex
from pathlib import Path

import click

from ...errors import PluginError, UnknownName, suggest
from ...registry.registry import KINDS, kind_called
from ...storage.atomic import write_file
from ...text import shown
from ..command import echo, examples
from ..completing.completion import kind_names
from ..value_types import FilePath
from ..zoo import zoo_as_asked


@click.command("new", epilog=examples("ganzoo new loss my-loss", "ganzoo new loss my-loss --file"))
@click.argument("kind", shell_complete=kind_names)
@click.argument("name")
@click.option(
    "--file", "single", is_flag=True, help="One file for --plugin, and no package; of a recipe its YAML file."
)
@click.option("--out", type=FilePath(), metavar="DIR", help="The folder that it is written into.  [default: this one]")
def command(kind: str, name: str, single: bool, out: Path | None) -> None:
    """Write the beginning of a plugin that adds the part NAME: a package with tests, which pass at once.

    KIND is generator, discriminator, loss, regularizer, recipe, dataset, extractor, metric, tracker, executor or
    modality. NAME is lower-case words joined by `-`. Nothing that exists is written over.
    """
    from .rendering import package, require_name, single_file, used

    called = kind_called(kind)
    if called is None:
        raise UnknownName(f"no kind of parts is called {kind!r}; {suggest(kind, KINDS)}")
    kind = called
    require_name(kind, name)
    for entry in zoo_as_asked().registry.all(kind):
        if entry.name == name:
            raise PluginError(f"{kind} {name!r} is already that of {entry.origin}; take another name")
    below = out or Path()
    made = single_file(kind, name) if single else package(kind, name)
    folder = below if single else below / name
    taken = [folder / path for path in made] if single else [folder]
    for path in taken:
        if path.exists() or path.is_symlink():
            raise PluginError(f"{shown(path)} exists already; take another name, or another folder with --out")
    for relative, text in made.items():
        write_file(folder / relative, text)
        echo(str(folder / relative))
    echo()
    if not single:
        echo(f"cd {shlex.quote(str(folder))}")
        echo("pip install -e '.[test]'")
        echo("pytest")
        echo(f"ganzoo check {name}")
        echo(used(kind, name))
        return
    beginning = str(folder / next(iter(made)))
    quoted = shlex.quote(beginning if "/" in beginning else f"./{beginning}")
    if kind == "recipe":
        echo(used(kind, quoted))
    else:
        echo(f"ganzoo check {quoted}")
        echo(f"{used(kind, name)} --plugin {quoted}")
