"""One disk of the count ``disks``: mounts it, plays the bench there, and prints what came of it as a line of JSON."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from ganzoo.bench.results.run_files.result_file import read_result
from ganzoo.errors import GanzooError
from ganzoo.training.checkpoints.checkpoint import checkpoints, read, step_of

from .disks import BENCH, NARROW


def main() -> None:
    """Mount, play, look."""
    asked = json.loads(sys.argv[1])
    at = Path(asked["at"])
    options = f"size={asked['size']}" + (f",nr_inodes={asked['inodes']}" if asked["inodes"] else "")
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(at)], check=True)
    print(json.dumps(_play(at, filled=asked["filled"])))


def _play(at: Path, *, filled: bool) -> dict[str, Any]:
    command = [sys.executable, "-m", "ganzoo", *BENCH, *NARROW, "--out", str(at / "bench")]
    run = at / "bench" / "dcgan" / "seed0"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as bench:
        if filled:
            while bench.poll() is None and not checkpoints(run / "checkpoints"):
                time.sleep(0.002)
            _fill(at / "other")
        said = bench.communicate()[1]
    found = {"at": str(at), "code": bench.returncode, "said": said[-3000:], "runs": run.exists(), "again": None}
    found["steps"] = _whole(run / "checkpoints")
    if filled:
        (at / "other").unlink()
        again = subprocess.run(command, capture_output=True, text=True, check=False)
        found["again"] = again.returncode
    result = read_result(run)
    return found | {"metrics": result.metrics if result else None}


def _fill(path: Path) -> None:
    """Write a file until nothing more fits."""
    with path.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue


def _whole(folder: Path) -> list[int]:
    """Return the steps of the checkpoints, each of which must be readable; empty where one is not."""
    try:
        return [step_of(read(path).path) for path in checkpoints(folder)]
    except (GanzooError, OSError, ValueError):
        return []


if __name__ == "__main__":
    main()
