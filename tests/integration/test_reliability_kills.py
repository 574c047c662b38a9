"""A smaller count of kills: one in a step, and one in each kind of write."""

import json
import subprocess
import sys

import pytest
from repository import ROOT

from benchmarks.reliability.counts import kills

pytestmark = pytest.mark.slow


# In a process of its own: torch refuses gradients in forks of one whose autograd has begun threads.
_COUNT = """
import json, sys
from pathlib import Path
from benchmarks.reliability.counts import kills
kills.TURNS = {"dcgan": 16}
tally = kills.count(0.001, Path(sys.argv[1]))
tried = {kind: tried for kind, (tried, _) in tally.kinds.items()}
print(json.dumps({"fell": tally.fell, "held": tally.held, "tried": tally.tried, "kinds": tried}))
"""


def test_killed_runs_and_benches_come_out_the_same(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", _COUNT, tmp_path], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    tally = json.loads(done.stdout.splitlines()[-1])
    assert tally["fell"] == [] and tally["held"] == tally["tried"]
    assert {kind.removeprefix("dcgan, "): tried for kind, tried in tally["kinds"].items()} == {
        **dict.fromkeys(kills.KILLS, 1),
        "in the results' and the report's write": 1,
    }
