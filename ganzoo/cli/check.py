"""``ganzoo check``."""

import json
import sys
from contextlib import redirect_stdout
from dataclasses import asdict

import click

from ..text import printable
from .command import examples
from .completion import plugins
from .zoo import open_zoo


@click.command("check", epilog=examples("ganzoo check losses"))
@click.argument("plugin", shell_complete=plugins)
@click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
def command(plugin: str, as_json: bool) -> None:
    """Check the parts of PLUGIN against their interfaces.

    Shapes and ranges, which player moves, seeds, checkpoints, waiting for a GPU, replayed steps, several ranks; and,
    where g++ and a CUDA build of torch are installed, CUDA graphs on a pretended GPU.

    PLUGIN is the name of an entry point (`ganzoo plugins`) or of an installed distribution. Exit codes: 0 all
    checks passed, 1 some failed or the plugin cannot be loaded, 2 there is no such plugin.
    """
    from ..testing import Finding, check_plugin, entries_of

    zoo = open_zoo()
    stdout = sys.stdout
    parts = [f"{entry.kind} {entry.name}" for entry in entries_of(zoo, plugin)] + [f"plugin {plugin}"]
    width = max(map(len, parts))

    def tell(finding: Finding) -> None:
        part = f"{finding.kind} {finding.name}"
        line = (
            f"{part:<{width}}  {finding.check:<12}  {'ok' if finding.ok else 'FAILED':<6}  {printable(finding.detail)}"
        )
        click.echo(line.rstrip(), file=stdout)

    # What a plugin prints while it is checked is not the report.
    with redirect_stdout(sys.stderr):
        found = check_plugin(zoo, plugin, (lambda finding: None) if as_json else tell)
    failed = sum(not finding.ok for finding in found)
    if as_json:
        report = {"plugin": plugin, "ok": not failed, "findings": [asdict(finding) for finding in found]}
        click.echo(json.dumps(report, indent=2))
    else:
        click.echo(f"{len(found)} checks: {len(found) - failed} ok, {failed} failed")
    sys.exit(1 if failed else 0)
