"""``ganzoo audit``."""

import sys
from pathlib import Path

import click

from ...messages import logged_to, to_stderr
from ..command import echo, echo_json, examples
from ..value_types import FilePath
from ..zoo import open_zoo


@click.command("audit", epilog=examples("ganzoo audit runs/first", "ganzoo audit runs --no-eval"))
@click.argument("folder", type=FilePath())
@click.option("--no-eval", is_flag=True, help="Read files alone, and evaluate no generator again: seconds.")
@click.option(
    "--device", metavar="DEVICE", help="auto, cpu, mps, cuda or cuda:N, to evaluate on.  [default: each run's own]"
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
def command(folder: Path, no_eval: bool, device: str | None, as_json: bool) -> None:
    """Check that runs left what they say, and that their generators still have the numbers in the table.

    FOLDER is that of a run, of a bench or of a suite, or one that holds some, such as runs. Of each run: the digests of
    its result, its record and its final generator; its row in the bench, its settings, and its numbers against its
    record and its last checkpoint; and the metrics of the final generator, computed again, on the same CPU and versions
    to the last digit.

    Exits with 1 if a run does not hold. What could not be checked is told, and is no failure.
    """
    from ...bench.audit.audit import audit, exit_code
    from ...bench.runs.environment import devices
    from ...storage.cache import Cache

    where = devices(device)[0] if device else None
    with logged_to(to_stderr):
        audits = audit(folder, open_zoo(), Cache.open(), evaluate=not no_eval, device=where)
    if as_json:
        from ...bench.results.printed.checks import Audited

        told = {"schema": 1, "folder": str(folder), "runs": [one.to_json() for one in audits]}
        echo_json(Audited.parse(told, "the audit"))
    else:
        from ..table import table

        rows = [[_shown(one.folder, folder), one.verdict, one.said] for one in audits]
        echo(table(rows, ("run", "verdict", "what was checked"), whole=True, wrapped=True))
    sys.exit(exit_code(audits))


def _shown(run: Path, folder: Path) -> str:
    named = run.relative_to(folder) if run.is_relative_to(folder) else run
    return str(run if named == Path() else named)
