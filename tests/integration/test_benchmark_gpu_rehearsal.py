"""The whole command that measures a GPU, on a pretended one: its own logic, since no number means anything."""

import json

import pretend_gpu
import pytest
from repository import ROOT

pytestmark = pytest.mark.slow

FAIL = {"tests", "evaluation"}  # which look at numbers
LACK = {"stacked-mnist", "time-to-quality", "zoo"}


@pytest.mark.timeout(600)  # a minute of one core, of which other tests may take most
def test_the_command_is_rehearsed(tmp_path):
    out = tmp_path / "out"
    words = ["-m", "benchmarks.gpu", "--out", str(out), "--rehearsal", "--archive", str(tmp_path / "out.tar.gz")]
    ran = pretend_gpu.run(*words, finite=True, cwd=ROOT, seconds=550)
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]
    made = json.loads((out / "gpu.json").read_text())
    became = {name: stage["status"] for name, stage in made["stages"].items()}
    assert {name for name, status in became.items() if status == "not played"} == LACK
    assert {name for name, status in became.items() if status != "done"} <= FAIL | LACK, ran.stdout
    played = {name: stage for name, stage in made["stages"].items() if became[name] == "done"}
    assert all(stage["short"] for stage in played.values())
    rows = {name: [row for table in stage["tables"].values() for row in table] for name, stage in played.items()}
    assert all(rows[name] and all(rows[name]) for name in ("bench", "limit", "profile")), rows
    assert all(row["became"] == "done" for row in made["stages"]["bench"]["tables"]["Runs"])
    looks = made["stages"]["first-look"]["tables"]["Replayed against eager steps"]
    assert [(row["recipe"], row["precision"]) for row in looks] == [("dcgan", "tf32"), ("wgan-gp", "tf32")]
    assert all(row["ms eager"] > 0 and row["ms replayed"] > 0 and "kernels: " not in row["note"] for row in looks)
    assert "A rehearsal" in (out / "gpu.md").read_text() and (tmp_path / "out.tar.gz").is_file()
