"""Broken inputs of every format, read in processes that may end."""

import json
import subprocess
import sys
import textwrap

import pytest
from repository import ROOT
from small_benches import environment

from benchmarks.reliability.frame import load
from benchmarks.reliability.fuzzing.batches import stream
from benchmarks.reliability.fuzzing.mutations import BYTES, TEXT, mutated

pytestmark = pytest.mark.skipif(not hasattr(sys, "getdlopenflags"), reason="needs fork")
READERS = """
import ctypes, json, sys, time
from dataclasses import asdict
from pathlib import Path
from ganzoo.errors import DataError
from benchmarks.reliability.fuzzing.batches import read_all
from benchmarks.reliability.fuzzing.format import Format

def read(number, folder):
    assert not list(folder.iterdir())
    (folder / "left").touch()
    if number == 1: raise DataError("it is damaged")
    if number == 2: raise KeyError("x")
    if number == 3: ctypes.string_at(0)
    if number == 4: bytearray(200 << 20)
    if number == 5:
        while True: pass
    if number == 6: raise DataError(" ")
    if number == 7: sys.exit(0)

numbers = iter(range(100))
form = Format("any", make=lambda rng: rng.numbers, read=read, seconds=0.5, megabytes=100)
class Numbered:
    def __init__(self, seed, name, number): self.numbers = number
import benchmarks.reliability.fuzzing.batches as batches
batches.stream = Numbered
for outcome in read_all(form, range(9), 0, Path(sys.argv[1]) / "input"):
    print(json.dumps(asdict(outcome)))
"""


def test_whatever_a_reader_does_is_told(tmp_path):
    """It refuses, raises, dies, fills the memory, never ends; the inputs behind it are read all the same."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(READERS), str(tmp_path)],
        cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["number"] for one in found] == [*range(9)]
    kinds = ["accepted", "refused", "fell", "fell", "fell", "fell", "fell", "fell", "accepted"]
    assert [one["kind"] for one in found] == kinds
    assert found[1]["reason"] == "it is damaged"
    words = [
        "KeyError: \"'x'\" at ",
        "the process ended with -11",
        "took 2",
        "more processor time",
        "of 1 characters",
        "SystemExit",
    ]
    for one, word in zip(found[2:8], words, strict=True):
        assert word in one["reason"], one


@pytest.mark.parametrize("changes", [BYTES, TEXT])
def test_an_input_is_decided_by_its_number(changes):
    first, again = (
        [mutated(b"name: dcgan\nwidth: 64\n", stream(0, "any", number), (b"a: 1",), changes) for number in range(40)]
        for _ in range(2)
    )
    assert first == again and len(set(first)) > 35


@pytest.mark.slow
def test_a_small_count_holds_and_goes_on(tmp_path):
    """Every format is read; what is read already is not read again."""
    count = load("fuzz").count
    first = count(0.001, tmp_path)
    assert first.fell == [] and first.tried == 10 * len(first.kinds) and len(first.kinds) == 11
    (tmp_path / "npz.json").unlink()
    again = count(0.002, tmp_path)
    assert again.fell == [] and again.tried == 20 * len(again.kinds)
    written = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("*.json")}
    assert len(written) == 11
    assert count(0.002, tmp_path).measured == again.measured
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("*.json")} == written
