"""Programs on pretended GPUs, each in a process of its own; skips a test, with the reason, where there can be none."""

from __future__ import annotations

import getpass
import json
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ganzoo.errors import SetupError
from ganzoo.testing import on_gpu
from ganzoo.testing.pretend_cuda import environment
from ganzoo.testing.pretend_cuda.installed import find_installed
from ganzoo.testing.pretend_cuda.surroundings import MEMORY_MB

TESTS = Path(__file__).parent
KNOWN = ("2.11.", "2.14.", "2.15.")  # versions of PyTorch for which it must build; for others it may
# Libraries built for a PyTorch are the same for every test, and no test may find anything else in its cache.
BUILT = Path(tempfile.gettempdir()) / f"ganzoo-tests-of-{getpass.getuser()}"


@cache
def _variables(devices: int, finite: bool, memory_mb: int) -> dict[str, str] | str:
    try:
        known = find_installed().torch.startswith(KNOWN)
    except SetupError as error:
        return str(error)
    own = os.environ.get("GANZOO_CACHE")
    os.environ["GANZOO_CACHE"] = str(BUILT)
    try:
        return environment(devices=devices, finite=finite, memory_mb=memory_mb)
    except SetupError as error:
        if known:
            raise
        return str(error)
    finally:
        if own is None:
            del os.environ["GANZOO_CACHE"]
        else:
            os.environ["GANZOO_CACHE"] = own


def variables(*, devices: int = 1, finite: bool = False, memory_mb: int = MEMORY_MB) -> dict[str, str]:
    """The whole environment of a process with so many pretended GPUs; skips the test where there can be none."""
    told = _variables(devices, finite, memory_mb)
    if isinstance(told, str):
        pytest.skip(told)
    path = os.pathsep.join(filter(None, (told.get("PYTHONPATH"), str(TESTS), os.environ.get("PYTHONPATH"))))
    return {**os.environ, **told, "PYTHONPATH": path}


def for_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let checks of plugins find what is built for all tests; where there is nothing they say so, as they do anyway."""

    def environment() -> dict[str, str]:
        told = _variables(1, False, MEMORY_MB)
        if isinstance(told, str):
            raise SetupError(told)
        return told

    monkeypatch.setattr(on_gpu, "environment", environment)


def run(*command: str, cwd: Path | None = None, seconds: float = 250, **how: Any):
    """``python COMMAND...`` on pretended GPUs: what ``subprocess.run`` gives, with the output as text."""
    told = variables(**how)
    words = [sys.executable, "-X", "faulthandler", *command]
    return subprocess.run(words, env=told, cwd=cwd, capture_output=True, text=True, timeout=seconds)


def answer(program: str, *arguments: str, **how: Any) -> Any:
    """Give the JSON of the last line that a program prints; warnings are errors in it, as they are in tests."""
    done = run("-W", "error", "-c", program, *arguments, **how)
    assert done.returncode == 0, f"exit code {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}"
    return json.loads(done.stdout.splitlines()[-1])
