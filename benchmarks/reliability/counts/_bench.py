"""A bench as small as there is, which counts start as a process."""

import os
import subprocess
import sys
from pathlib import Path

from ganzoo.registry.sources.installed import resolved_path

_SMALL = ("-o", "generator.width=4", "-o", "discriminator.width=4", "-o", "schedule.batch=4", "--samples", "20")
_NOTHING = ("--evaluations", "1", "--replicates", "0", "--examine", "none", "--threads", "1", "--device", "cpu")
BENCH = ("bench", "dcgan", *_SMALL, *_NOTHING)


def environment(cache: Path, **more: str) -> dict[str, str]:
    """Give the variables of a process that finds the same modules as this one, and has a cache of its own."""
    return {**os.environ, "PYTHONPATH": resolved_path(), "OMP_NUM_THREADS": "1", "GANZOO_CACHE": str(cache), **more}


def start(words: tuple[str, ...], folder: Path, variables: dict[str, str]) -> "subprocess.Popen[str]":
    """Start the command line, which is not heard."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "ganzoo", *words],
        cwd=folder,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
