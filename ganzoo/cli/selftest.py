"""``ganzoo selftest``."""

import logging
import sys
import tempfile
from contextlib import redirect_stdout
from dataclasses import asdict
from pathlib import Path

import click

from ..messages import logged_to, to_stderr
from ..text import printable
from .command import echo, echo_json, examples
from .zoo import open_zoo


@click.command("selftest", epilog=examples("ganzoo selftest --device cpu"))
@click.option(
    "--device",
    default="auto",
    show_default=True,
    metavar="DEVICE",
    help="auto, cpu, mps, cuda or cuda:N. cuda never falls back to the CPU.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
def command(device: str, as_json: bool) -> None:
    """Take numbers whose right value is known, on this machine and as a bench takes them.

    Distances of real images to themselves and of Gaussians, duplicated and missing samples, the gradient penalty of a
    linear discriminator, networks and augmentations that favour no side, a game played twice. It needs no network and
    no downloaded weights. Exit codes: 0 all tests passed, 1 some failed.
    """
    from ..bench.runs.environment import devices
    from ..selftest import CHECKS, run
    from ..storage.cache import Cache

    registry = open_zoo().registry
    place = devices(device)[0]
    width = max(map(len, CHECKS))
    answers = []
    stdout = sys.stdout
    # A library may print meanwhile, and that is not the report.
    with (
        tempfile.TemporaryDirectory(prefix="ganzoo-selftest-") as folder,
        redirect_stdout(sys.stderr),
        logged_to(to_stderr, logging.WARNING),
    ):
        for answer in run(registry, Cache(Path(folder)), place):
            answers.append(answer)
            if not as_json:
                verdict = "ok" if answer.ok else "FAILED"
                echo(f"{answer.name:<{width}}  {verdict:<6}  {printable(answer.text)}", file=stdout)
    failed = sum(not answer.ok for answer in answers)
    seconds = sum(answer.seconds for answer in answers)
    if as_json:
        from ..bench.results.printed.checks import SelfTested

        tests = [asdict(answer) for answer in answers]
        report = {"schema": 1, "device": str(place), "ok": not failed, "seconds": seconds, "tests": tests}
        echo_json(SelfTested.parse(report, "the selftest"))
    else:
        echo(f"{len(answers)} tests on {place} in {seconds:.0f} s: {len(answers) - failed} ok, {failed} failed")
    sys.exit(1 if failed else 0)
