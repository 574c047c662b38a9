"""``ganzoo selftest``."""

import logging
import sys
import tempfile
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...messages import logged_to, to_stderr
from ...text import printable
from ..command import echo, echo_json, examples
from ..zoo import open_zoo

if TYPE_CHECKING:
    from torch import Tensor


_HONEST = ("digits-dcgan", "digits-cgan-pd")  # generators that ship; cheats begin with samples of the first


def _honest() -> dict[str, "Callable[[int], Tensor]"]:
    """Return what draws samples of the honest generators, with labels as frequent as in their data."""
    from ...models import load

    def drawing(name: str) -> "Callable[[int], Tensor]":
        def draw(n: int) -> "Tensor":
            model = load(name, device="cpu")
            y = model.training_labels(n) if model.classes else None
            drawn: Tensor = model.sample(n, y=y, noise="drawn", batch=500).data
            return drawn

        return draw

    return {name: drawing(name) for name in _HONEST}


@click.command("selftest", epilog=examples("ganzoo selftest --device cpu", "ganzoo selftest --cheats"))
@click.option(
    "--device",
    default="auto",
    show_default=True,
    metavar="DEVICE",
    help="auto, cpu, mps, cuda or cuda:N. cuda never falls back to the CPU.",
)
@click.option(
    "--cheats",
    is_flag=True,
    help="Plant cheats and mistakes instead, and see that verdicts find each of them, and no honest generator guilty; "
    "takes some fifteen seconds.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
def command(device: str, cheats: bool, as_json: bool) -> None:
    """Test this installation: compute numbers whose right value is known, as a bench computes them.

    Distances of real images to themselves and of Gaussians, duplicated and missing samples, the gradient penalty of a
    linear discriminator, networks and augmentations that favour no side, a game played twice. With --cheats it plants
    generators that copy, drop classes, are picked or made soft, and sees whether a bench would say so. It needs no
    network and no downloaded weights. Exit codes: 0 all tests passed, 1 some failed.
    """
    from ...bench.runs.environment import devices
    from ...selftest import CHECKS, run
    from ...selftest.cheats import CHEATS, run_cheats
    from ...storage.cache import Cache

    registry = open_zoo().registry
    place = devices("cpu" if cheats and device == "auto" else device)[0]
    if cheats and place != "cpu":
        raise click.UsageError("--cheats judges on the CPU; give --device cpu, or leave --device out")
    width = max(map(len, (cheat.name for cheat in CHEATS) if cheats else CHECKS))
    answers = []
    stdout = sys.stdout
    # A library may print meanwhile, and that is not the report.
    with (
        tempfile.TemporaryDirectory(prefix="ganzoo-selftest-") as folder,
        redirect_stdout(sys.stderr),
        logged_to(to_stderr, logging.WARNING),
    ):
        cache = Cache(Path(folder))
        for answer in run_cheats(registry, cache, _honest()) if cheats else run(registry, cache, place):
            answers.append(answer)
            if not as_json:
                verdict = "ok" if answer.ok else "FAILED"
                echo(f"{answer.name:<{width}}  {verdict:<6}  {printable(answer.text)}", file=stdout)
    failed = sum(not answer.ok for answer in answers)
    seconds = sum(answer.seconds for answer in answers)
    if as_json:
        from ...bench.results.printed.checks import SelfTested

        tests = [asdict(answer) for answer in answers]
        report = {"schema": 1, "device": str(place), "ok": not failed, "seconds": seconds, "tests": tests}
        echo_json(SelfTested.parse(report, "the selftest"))
    else:
        echo(f"{len(answers)} tests on {place} in {seconds:.0f} s: {len(answers) - failed} ok, {failed} failed")
    sys.exit(1 if failed else 0)
