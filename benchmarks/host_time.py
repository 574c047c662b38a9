"""The cost of a replayed step to the host, with everything that a run does in it; beside another checkout of ganzoo.

    python benchmarks/host_time.py dcgan wgan-gp --device cuda --against ../ganzoo-d092c91
    python benchmarks/host_time.py dcgan --device cuda --together 1 2 5 10 --feeds resident streamed

Runs on digits are played as ``ganzoo bench --together`` plays them, until every kind of their steps is recorded; then
steps are timed, some at a time, between which the device is waited for. Each combination has a process of its own, and
they take turns. The time is CPU time of the process, its threads included. The other checkout plays by its own
``host_time_player.py``, or by this one's where it has none, and then has to have the modules that this one has.

It needs a CUDA GPU, or PyTorch's own code for one on a machine that has none, as ``ganzoo.testing.pretend_cuda``
brings it (with ``--finite``); there the driver's part of each call is missing, and so a step costs less than it does.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from measuring import ROOT, parsed, parser, ratios, report, spread, tell

PLAYER = "host_time_player.py"
RECIPES = ["dcgan", "wgan-gp", "sngan-resnet", "stylegan2", "gan"]
COLUMNS = ("recipe", "feed", "together", "us_for_a_step_of_all", "us_there", "times_as_fast")


@dataclass
class Player:
    """A process that plays one combination from one checkout."""

    process: subprocess.Popen
    seconds: list[float] = field(default_factory=list)

    def answer(self) -> dict[str, Any]:
        """Return what it says next.

        Raises:
            SystemExit: it has ended.
        """
        line = self.process.stdout.readline() if self.process.stdout else ""
        if not line:
            raise SystemExit(f"a process ended with exit code {self.process.wait()}; what it said is above")
        return json.loads(line)

    def round(self) -> None:
        """Have it play and time some steps."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self.seconds.append(self.answer()["seconds"])


def _installed(checkout: Path, folder: Path) -> None:
    """Write what an installation of that checkout would, so that its own plugins are found and no others."""
    if not (about := checkout / "pyproject.toml").is_file():
        return
    project = tomllib.loads(about.read_text(encoding="utf-8"))["project"]
    made = folder / f"{project['name'].replace('-', '_')}-0.dist-info"
    made.mkdir()
    (made / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: 0\n")
    groups = {"console_scripts": project.get("scripts", {}), **project.get("entry-points", {})}
    lines = [
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in of.items()) for group, of in groups.items()
    ]
    (made / "entry_points.txt").write_text("\n".join(lines))


def paths_of(checkout: Path, folder: Path) -> Path:
    """Return a folder from which that checkout's packages are imported, with the script that plays them."""
    folder.mkdir()
    _installed(checkout, folder)
    scripts = [place / "benchmarks" / PLAYER for place in (checkout.resolve(), ROOT)]
    (folder / PLAYER).symlink_to(next(script for script in scripts if script.is_file()))
    for package, place in {"ganzoo": "ganzoo", "ganzoo_plugins": "plugins", "ganzoo_configs": "configs"}.items():
        (folder / package).symlink_to(checkout.resolve() / place, target_is_directory=True)
    return folder


@contextmanager
def player(path: Path, name: str, feed: str, together: int, chosen: argparse.Namespace) -> Iterator[Player]:
    """Keep a process that is ready to be timed, until the block ends."""
    words = [str(path), name, feed, str(together), chosen.device, str(chosen.steps)]
    process = subprocess.Popen(
        [sys.executable, "-P", path / PLAYER, *words],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(path), *filter(None, [os.environ.get("PYTHONPATH")])])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    made = Player(process)
    try:
        made.answer()
        yield made
    finally:
        process.kill()
        process.wait()


def measure(name: str, feed: str, together: int, paths: list[Path], chosen: argparse.Namespace) -> dict[str, Any]:
    """One row."""
    with ExitStack() as processes:
        players = [processes.enter_context(player(path, name, feed, together, chosen)) for path in paths]
        for _ in range(chosen.rounds):
            for each in players:
                each.round()
    here, *there = [each.seconds for each in players]
    row = {
        "recipe": name,
        "feed": feed,
        "together": together,
        "us_for_a_step_of_all": spread([1e6 * seconds for seconds in here]),
    }
    for seconds in there:
        row |= {"us_there": spread([1e6 * each for each in seconds]), "times_as_fast": ratios(seconds, here)}
    tell(f"{name}, {feed}, {together} together: {row['us_for_a_step_of_all']['median']:.1f} us")
    return row


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """Measure, print, and write where asked."""
    made = parser(__doc__, rounds=7)
    made.add_argument("recipes", nargs="*", default=RECIPES)
    made.add_argument("--together", type=int, nargs="+", default=[1], help="how many seeds a process plays at once")
    made.add_argument("--feeds", nargs="+", choices=("resident", "streamed"), default=["resident"])
    made.add_argument("--steps", type=int, default=128, help="of all seeds in one round (default: 128)")
    made.add_argument("--against", type=Path, help="another checkout, which is timed by turns with this one")
    chosen = parsed(made, arguments)
    with tempfile.TemporaryDirectory() as folder:
        checkouts = [ROOT, *([chosen.against] if chosen.against else [])]
        paths = [paths_of(checkout, Path(folder) / str(i)) for i, checkout in enumerate(checkouts)]
        rows = [
            measure(name, feed, together, paths, chosen)
            for name in chosen.recipes
            for feed in chosen.feeds
            for together in chosen.together
        ]
    protocol = {"clock": "process CPU time", "rounds": chosen.rounds, "steps": chosen.steps}
    columns = COLUMNS if chosen.against else COLUMNS[:4]
    return report(
        "host_time", chosen, protocol=protocol, tables={"A replayed step": rows}, columns={"A replayed step": columns}
    )


if __name__ == "__main__":
    main()
