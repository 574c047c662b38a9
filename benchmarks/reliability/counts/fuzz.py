"""Broken and hostile files and texts of every format are read or refused in a sentence, and end nothing.

Each input is a good one that was changed at random: its bytes, its words, or what lies inside of a container, whose own
checksums are then right again. It is read as a user's would be, in a forked process, with limits of time and memory.
"""

import os
import subprocess
import sys
from pathlib import Path

from ..frame import Tally, part_of
from ..fuzzing.progress import progress_of

INPUTS = 10_000  # of each format
FORMATS = (
    *("recipe", "variant", "suite", "settings", "npz", "archives", "idx", "images"),
    *("weights", "checkpoints", "json"),
)


def count(share: float, folder: Path) -> Tally:
    """Read inputs of every format; goes on where the folder's progress stands."""
    inputs = part_of(INPUTS, share)
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    command = [sys.executable, "-m", "benchmarks.reliability.fuzzing", str(folder.resolve()), str(inputs)]
    if any(progress_of(folder, name).read < inputs for name in FORMATS):
        subprocess.run(command, check=True, cwd=Path(__file__).parents[3], env={**os.environ, **one_thread})
    tally = Tally()
    for name in FORMATS:
        progress = progress_of(folder, name)
        for number in range(inputs):
            why = progress.fell.get(str(number))
            tally.add(name, why is None, "" if why is None else f"input {number}: {why}")
        tally.measured[f"{name}, most MB"] = progress.megabytes
        tally.measured[f"{name}, accepted"] = progress.accepted
    tally.measured["seconds, all sittings"] = round(sum(progress_of(folder, name).seconds for name in FORMATS))
    return tally
