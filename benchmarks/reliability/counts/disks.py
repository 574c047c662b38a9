"""A bench on a disk of any size plays, or ends with exit code 3, a path and bytes; what was kept before is whole.

Each disk is a tmpfs in a mount namespace of its own (``unshare``), so that no right on this machine is needed where
the kernel lets users make one. Five sizes: three too small for the runs, which is told before any is trained; one that
is large enough, and that something else fills once there is a checkpoint; and one that is large enough. Then one of too
few inodes. On the disk that was filled the newest checkpoint is read, the other thing is removed, and the same command
is repeated: its numbers must be those of the disk that was never full.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from ..frame import Tally

MB = 1_000_000
BENCH = [
    "bench",
    "dcgan",
    "--seeds",
    "1",
    "--budget",
    "3kimg",
    "--samples",
    "32",
    "--evaluations",
    "3",
    "--examine",
    "none",
    "--replicates",
    "0",
    "--extractor",
    "digits",
    "--data",
    "digits",
    "--device",
    "cpu",
    "--threads",
    "1",
    "--parallel",
    "1",
]
NARROW = ("-o", "generator.width=16", "-o", "discriminator.width=16")
INODES = 20  # fewer than a run has files


def count(share: float, folder: Path) -> Tally:
    """Play the bench on each of the disks; with a share below 0.5 on the smallest and on the one that fills."""
    tally = Tally()
    smallest = _played(folder, size=MB // 2)
    needed = _told(smallest)["needed"]
    sizes = {"half a megabyte": MB // 2, "a third": needed // 3, "nearly enough": int(needed * 0.9)}
    for name, size in list(sizes.items())[: 1 if share < 0.5 else 3]:
        done = smallest if size == MB // 2 else _played(folder, size=size)
        told = _told(done)
        held = done["code"] == 3 and told["path"] and told["free"] <= size and not done["runs"]
        tally.add(f"a disk of {name}: told before", held, done["said"])
    full = _played(folder, size=needed * 2, filled=True)
    told = _told(full)
    ended = full["code"] in (1, 3) and (told["path"] and told["free"] < needed)
    tally.add("a disk that fills while it plays: told", ended, full["said"])
    tally.add("a disk that fills while it plays: its checkpoint is whole", bool(full["steps"]), full["said"])
    if share < 0.5:
        tally.add("a disk that fills while it plays: goes on afterwards", full["again"] == 0, full["said"])
    else:
        whole = _played(folder, size=needed * 2)
        tally.add("a disk that is large enough: played", whole["code"] == 0, whole["said"])
        same = full["again"] == 0 and full["metrics"] == whole["metrics"] is not None
        tally.add("a disk that fills while it plays: goes on to the same numbers", same, full["said"])
        few = _played(folder, size=needed * 2, inodes=INODES)
        held = few["code"] == 3 and "inodes are needed" in few["said"]
        tally.add("a disk of few inodes: told before", held, few["said"])
    tally.measured["bytes that the bench asks for"] = needed
    return tally


def _played(folder: Path, *, size: int, inodes: int = 0, filled: bool = False) -> dict[str, Any]:
    """Play the bench on a disk of so many bytes, in a process that has it alone; gives what came of it."""
    asked = json.dumps({"at": str(folder / "disk"), "size": size, "inodes": inodes, "filled": filled})
    (folder / "disk").mkdir(exist_ok=True)
    command = ["unshare", "-rm", sys.executable, "-m", f"{__package__}._disk", asked]
    cache = {"GANZOO_CACHE": str(folder / "cache"), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env={**os.environ, **cache}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"no disk could be made: {done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _told(done: dict[str, Any]) -> dict[str, Any]:
    """Return what is said of room: the bytes needed and free, and if the path is named."""
    needed = re.search(r"([\d,]+) bytes are needed", done["said"])
    free = re.search(r"([\d,]+) (?:bytes )?are free", done["said"])

    def number(found: re.Match[str] | None) -> int:
        return int(found.group(1).replace(",", "")) if found else sys.maxsize

    return {"needed": number(needed), "free": number(free), "path": done["at"] in done["said"]}
