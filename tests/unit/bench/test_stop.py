"""A worker's request to stop, whatever its standard input is: told by a signal, or by the end of that input."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
import os, sys, threading
from ganzoo.bench.execution.worker import Stop
answered = threading.Semaphore(0)
stop = Stop(answered.release)
if sys.argv[1:]:
    os.kill(os.getpid(), int(sys.argv[1]))
print(answered.acquire(timeout=20), stop.asked, answered.acquire(timeout=0.2))
"""
HEARD_ONCE = ("True True False\n", "")


def played(stdin, *arguments):
    command = [sys.executable, "-P", "-c", CODE, *arguments]
    process = subprocess.run(command, stdin=stdin, capture_output=True, text=True, timeout=60, check=False)
    return process.stdout, process.stderr


@pytest.mark.parametrize("content", [None, b"what nobody reads"])
def test_the_end_of_any_input_is_heard(tmp_path, content):
    path = tmp_path / "input"
    path.write_bytes(content or b"")
    with (Path(os.devnull) if content is None else path).open("rb") as file:
        assert played(file) == HEARD_ONCE


@pytest.mark.skipif(sys.platform == "win32", reason="a process ends by such a signal there")
def test_a_signal_is_heard_beside_an_input_that_stays_open():
    read, write = os.pipe()
    try:
        assert played(read, str(int(signal.SIGTERM))) == HEARD_ONCE
    finally:
        os.close(read)
        os.close(write)
