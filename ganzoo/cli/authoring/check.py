"""``ganzoo check``."""

import sys
from contextlib import redirect_stdout
from dataclasses import asdict
from pathlib import Path

import click

from ...errors import UnknownName
from ...text import printable
from ..command import echo, echo_json, examples
from ..completing.completion import plugins_and_files
from ..zoo import add_file, is_path, open_zoo


@click.command("check", epilog=examples("ganzoo check losses", "ganzoo check ./my_loss.py"))
@click.argument("plugin", shell_complete=plugins_and_files)
@click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
def command(plugin: str, as_json: bool) -> None:
    """Check the parts of PLUGIN against their interfaces.

    Shapes and ranges, which player moves, seeds, checkpoints, waiting for a GPU, replayed steps, several ranks; and,
    where g++ and a CUDA build of torch are installed, CUDA graphs on a pretended GPU.

    PLUGIN is the name of an entry point (`ganzoo plugins`) or of an installed distribution, or the path of a plugin
    file, such as ./my_loss.py. Exit codes: 0 all checks passed, 1 some failed or the plugin cannot be loaded, 2 there
    is no such plugin, or the file is no plugin.
    """
    from ...testing import Finding, check_plugin, entries_of

    if is_path(plugin):
        plugin = add_file(Path(plugin))
    zoo = open_zoo()
    stdout = sys.stdout
    try:
        entries = entries_of(zoo, plugin)
    except UnknownName as error:
        raise _with_its_file(plugin, error) from error
    parts = [f"{entry.kind} {entry.name}" for entry in entries] + [f"plugin {plugin}"]
    width = max(map(len, parts))

    def tell(finding: Finding) -> None:
        part = f"{finding.kind} {finding.name}"
        line = (
            f"{part:<{width}}  {finding.check:<12}  {'ok' if finding.ok else 'FAILED':<6}  {printable(finding.detail)}"
        )
        echo(line.rstrip(), file=stdout)

    # A plugin may print while it is checked, and that is not the report.
    with redirect_stdout(sys.stderr):
        found = check_plugin(zoo, plugin, (lambda finding: None) if as_json else tell)
    failed = sum(not finding.ok for finding in found)
    if as_json:
        from ...bench.results.printed.checks import Checked

        findings = [asdict(finding) for finding in found]
        told = {"schema": 1, "plugin": plugin, "ok": not failed, "findings": findings}
        echo_json(Checked.parse(told, f"the check of {plugin}"))
    else:
        echo(f"{len(found)} checks: {len(found) - failed} ok, {failed} failed")
    sys.exit(1 if failed else 0)


def _with_its_file(plugin: str, error: UnknownName) -> UnknownName:
    """Return the error for a plugin that there is not; of the file that was meant, if there is one in this folder."""
    stem = plugin.partition(".py:")[0]
    for path in (Path(f"{stem}.py"), Path(f"{stem.replace('-', '_')}.py")):
        if path.is_file():
            return UnknownName(f"no plugin named {plugin!r}; of the file {path.name}: `ganzoo check {path}`")
    return error
