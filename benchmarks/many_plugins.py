"""``ganzoo list`` with hundreds of installed plugins of third parties, side by side with ours alone.

    python benchmarks/many_plugins.py
    python benchmarks/many_plugins.py --plugins 500 --rounds 20 --out

Each plugin is a distribution of its own in a folder on the path, with one entry point, one module and one loss. They
are looked at once before, as they are on the first command after an installation. Both commands are fresh processes,
run by turns, warm. ``ratio`` is with the plugins to without; ``listed`` says whether the losses of all of them were
registered. Target: 0.3 s with 500.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from growth import install
from measuring import parsed, parser, report, spread, tell


def _told(there: dict[str, str], *words: str) -> tuple[str, float, float]:
    """Run a command in a fresh process; gives what it prints, its seconds, and its seconds of a CPU."""
    began, before = time.perf_counter(), os.times()
    ran = [sys.executable, "-P", "-m", "ganzoo", *words]
    told = subprocess.run(ran, env=there, capture_output=True, text=True, check=True).stdout
    seconds, after = time.perf_counter() - began, os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return told, seconds, used


def compared(n: int, rounds: int, folder: Path) -> list[dict[str, Any]]:
    """Return a row without plugins and one with ``n``.

    Args:
        n: how many plugins.
        rounds: runs of each command.
        folder: for the plugins and the cache.
    """
    install(n, folder / "site")
    alone = {**os.environ, "GANZOO_CACHE": str(folder / "cache"), "OMP_NUM_THREADS": "1"}
    path = [str(folder / "site"), *filter(None, [os.environ.get("PYTHONPATH")])]
    places = {"ours alone": alone, f"with {n} more": {**alone, "PYTHONPATH": os.pathsep.join(path)}}
    rows = []
    for title, there in places.items():  # which warms all that is read
        losses = len(re.findall(r"^growth-\d+ ", _told(there, "list", "losses")[0], re.MULTILINE))
        _told(there, "list")
        rows.append({"plugins": title, "listed": losses == (0 if there is alone else n)})
    wall: dict[str, list[float]] = {title: [] for title in places}
    cpu: dict[str, list[float]] = {title: [] for title in places}
    for i in range(rounds):
        for title, there in places.items():
            _, seconds, used = _told(there, "list")
            wall[title].append(seconds)
            cpu[title].append(used)
        tell(f"round {i + 1} of {rounds}")
    first = wall["ours alone"]
    for row, title in zip(rows, places, strict=True):
        row |= {"seconds": spread(wall[title]), "seconds of a CPU": spread(cpu[title])}
        row["ratio"] = spread([b / a for a, b in zip(first, wall[title], strict=True)])
    return rows


def main(arguments: list[str] | None = None) -> int:
    made = parser(__doc__, rounds=20)
    made.add_argument("--plugins", type=int, default=500, help="of third parties (default: 500)")
    chosen = parsed(made, arguments)
    chosen.device = "cpu"
    with tempfile.TemporaryDirectory() as folder:
        rows = compared(chosen.plugins, chosen.rounds, Path(folder))
    report(
        "many_plugins",
        chosen,
        protocol={
            "clock": "wall time of a fresh process",
            "rounds": chosen.rounds,
            "load": f"{os.getloadavg()[0]:.1f}",
        },
        tables={"ganzoo list": rows},
        columns={"ganzoo list": ("plugins", "seconds", "seconds of a CPU", "ratio", "listed")},
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
