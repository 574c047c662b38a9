"""Benches and runs from Python: the numbers of the command line, and programs of every kind around them."""

import subprocess
import sys

import pytest
from small_benches import environment, ganzoo_here, result_in, rows_in

import ganzoo
from ganzoo.errors import UnknownName

OVERRIDES = ["generator.width=4", "discriminator.width=4", "schedule.batch=16"]
SMALL = {
    "budget": "1kimg",
    "evaluations": 2,
    "samples": 64,
    "replicates": 0,
    "examinations": "none",
    "device": "cpu",
    "threads": 1,
    "overrides": OVERRIDES,
}
OPTIONS = [
    *("--budget", "1kimg", "--evaluations", "2", "--samples", "64", "--replicates", "0", "--examine", "none"),
    *("--device", "cpu", "--threads", "1", *(word for one in OVERRIDES for word in ("-o", one))),
]
TIMES = ("seconds", "cpu_seconds", "timed_kimg", "images_per_second")


def untimed(rows):
    return [{key: value for key, value in row.items() if key not in TIMES} for row in rows]


def test_a_training_has_the_numbers_of_the_command_line(tmp_path):
    """To the last digit, though it is left in the middle, and gone on with by another call."""
    ganzoo_here("train", "dcgan", "--seed", "3", *OPTIONS, "--out", "theirs", cwd=tmp_path)
    theirs = tmp_path / "theirs" / "dcgan" / "seed3"
    asked = {"seed": 3, "out": tmp_path / "ours", **SMALL}
    training = ganzoo.train("dcgan", **asked)
    seen = []
    for record in training:
        seen.append(record)
        if len(seen) == 30:
            break
    assert not training.ended
    training = ganzoo.train("dcgan", **asked)
    every = [*training]
    assert [row.step for row in seen] == [row.step for row in every][: len(seen)]
    assert untimed(row.to_json() for row in every) == untimed(rows_in(theirs / "metrics.jsonl"))
    assert {row.kind for row in every} == {"train", "look", "evaluation"}
    assert training.folder == tmp_path / "ours" / "dcgan" / "seed3"
    expected = result_in(theirs)
    assert (training.result.metrics, training.result.key) == (expected["metrics"], expected["key"])
    assert training.result.digests.state == expected["digests"]["state"]


SCRIPT = """
import random, sys, threading, time
import numpy as np
import torch
import ganzoo

print("begun", flush=True)
ends = threading.Event()


def work():
    while not ends.wait(0.01):
        torch.ones(64, 64) @ torch.ones(64, 64)


threading.Thread(target=work).start()
torch.manual_seed(0); random.seed(0); np.random.seed(0)
before = torch.random.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist(), torch.get_num_threads()
images = torch.arange(200 * 64, dtype=torch.int64).reshape(200, 1, 8, 8).remainder(256).to(torch.uint8)
small = dict(extractor="none", budget="32steps", evaluations=2, samples=64, examinations="none", device="cpu",
             overrides=["generator.width=4", "discriminator.width=4", "schedule.batch=16"], replicates=0)
mine = {**ganzoo.recipe("dcgan", loss="hinge").to_dict(), "name": "mine"}
results = ganzoo.bench(["dcgan", mine], data=(images, torch.arange(200) % 4), seeds=1, parallel=2, **small)
after = torch.random.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist(), torch.get_num_threads()
assert torch.equal(before[0], after[0]) and before[1:] == after[1:]
assert [run.status for run in results.runs] == ["done", "done"], results
assert results.recipes == ["dcgan", "mine"]
assert (results.data.dataset.name, results.data.dataset.n) == ("array", 200)
training = ganzoo.train(mine, data=images, **{**small, "budget": "4000steps"})
next(training)
ends.set()
print("ended", training.folder, flush=True)
"""


@pytest.mark.slow
def test_a_script_needs_no_guard_and_is_left_alone(tmp_path):
    """One with threads of its own and a recipe and data in memory. It prints what it prints, once, and leaves a
    training in the middle, which then stops with a checkpoint.
    """
    (tmp_path / "program.py").write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, "program.py"], cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=200
    )
    assert (done.returncode, done.stderr) == (0, "")
    begun, ended = done.stdout.splitlines()
    assert begun == "begun"
    folder = tmp_path / ended.removeprefix("ended ")
    assert "stopped, with a checkpoint" in (folder / "log.txt").read_text()
    assert any((folder / "checkpoints").iterdir())


def test_what_is_wrong_is_raised_by_the_call(tmp_path):
    with pytest.raises(UnknownName, match="did you mean 'dcgan'"):
        ganzoo.train("dcgam", out=tmp_path, **SMALL)
    with pytest.raises(UnknownName, match="did you mean 'digits'"):
        ganzoo.bench(["dcgan"], data="digit", out=tmp_path, **SMALL)
