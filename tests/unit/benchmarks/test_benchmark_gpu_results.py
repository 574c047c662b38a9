"""What a measured GPU leaves: what is read of it where it broke off, the archive, and where it is filed."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from repository import ROOT

from benchmarks.gpu import __main__ as command
from benchmarks.gpu import archive, page, readings, record, runner, stages, take
from benchmarks.gpu.record import Played, Record
from benchmarks.gpu.run_folders import rows_of
from benchmarks.tables import written

STAGES = {stage.name: stage for stage in stages.STAGES}
ON_A_CPU = stages.Setting(device="cpu", rehearsal=True, cores=1)


# -- tests -------------------------------------------------------------------------------------------------------------

TESTS = """
import time, pytest
def test_a(): pass
def test_b(): assert 1 == 2, "not so"
@pytest.mark.skip(reason="no")
def test_c(): pass
@pytest.fixture
def broken(): raise ValueError("a fixture")
def test_d(broken): pass
def test_e(): time.sleep(SLEEP)
"""


@pytest.mark.parametrize("workers", [0, 2])
def test_what_pytest_says_is_counted(tmp_path, workers):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_x.py").write_text(TESTS.replace("SLEEP", "0"))
    words = ["-m", "pytest", "-v", "-ra", "-p", "no:cacheprovider", "-n", str(workers), "tests"]
    (tmp_path / "stage").mkdir()
    with (tmp_path / "stage" / "log.txt").open("w") as log:
        subprocess.run([sys.executable, *words], cwd=tmp_path, stdout=log, timeout=120)
    found = readings.tests(tmp_path / "stage")
    assert found.data["counts"] == {"PASSED": 2, "FAILED": 1, "SKIPPED": 1, "ERROR": 1}
    assert "1 failed, 2 passed, 1 skipped, 1 error" in found.short and found.why == "2 tests failed"
    assert {row["test"] for row in found.tables["Tests that failed"]} == {
        "tests/test_x.py::test_b",
        "tests/test_x.py::test_d",
    }


@pytest.mark.slow
def test_tests_that_were_cut_off_are_counted_as_far_as_they_came(tmp_path):
    (tmp_path / "own" / "tests").mkdir(parents=True)
    (tmp_path / "own" / "tests" / "test_x.py").write_text(TESTS.replace("SLEEP", "600"))
    words = ["-m", "pytest", "-v", "-p", "no:cacheprovider", "-p", "no:xdist", str(tmp_path / "own" / "tests")]
    # A rehearsal gives it thrice as long.
    stage = stages.Stage("tests", "tests", lambda given: words, readings.tests, limit=5)
    session = runner.Session(tmp_path, ON_A_CPU, runner.time.monotonic() + 60, runner.Stop(), Record(), tell=print)
    session.play([stage])
    played = session.record.stages["tests"]
    assert played.status == record.CUT and played.data["counts"].items() >= {"PASSED": 1, "FAILED": 1}.items()


def test_a_committed_evaluation_is_read(tmp_path):
    shutil.copy(ROOT / "benchmarks" / "results" / "cpu" / "evaluation.json", tmp_path)
    found = readings.evaluation(tmp_path)
    assert re.match(r"ganzoo [\d.]+ s, torch-fidelity [\d.]+ s", found.short) and len(found.tables) >= 2


def test_numbers_that_are_none_do_not_cost_the_others(tmp_path):
    data = {"a": [1.0, float("nan"), (float("inf"), None)], 2: {"b": True}}
    assert json.loads(json.dumps(written(data), allow_nan=False)) == {
        "a": [1.0, "nan", ["inf", None]],
        "2": {"b": True},
    }


# -- benches -----------------------------------------------------------------------------------------------------------


def test_runs_are_read_wherever_a_bench_broke_off(tmp_path):
    done, cut, bare = (tmp_path / "dcgan" / f"seed{k}" for k in range(3))
    for run in (done, cut, bare):
        run.mkdir(parents=True)
        (run / "run.json").write_text(json.dumps({"recipe": {"name": "dcgan:loss=hinge"}}))
    result = {
        "recipe": "dcgan:loss=hinge",
        "status": "done",
        "kimg": 4.0,
        "images_per_second": 7.0,
        "metrics": {"fid": 1.5},
    }
    (done / "result.json").write_text(json.dumps(result))
    (cut / "metrics.jsonl").write_text('{"kimg": 1.5}\n{"kimg": 2.5}\n{"kim')
    (tmp_path / "real.png").touch()
    rows = list(rows_of(tmp_path))
    assert [(row["recipe"], row["became"], row["kimg"]) for row in rows] == [
        ("dcgan:loss=hinge", "done", 4.0),
        ("dcgan:loss=hinge", "unfinished", 2.5),
        ("dcgan:loss=hinge", "unfinished", None),
    ]
    assert rows[0]["numbers"] == "fid 1.5"


def test_a_bench_that_ends_well_says_which_run_failed(tmp_path):
    """A script for which a failed run is a result, too, ends with exit code 0."""
    result = {"recipe": "dcgan", "status": "failed", "reason": "there are no samples"}
    code = "import json, pathlib; run = pathlib.Path('bench/dcgan/seed0'); run.mkdir(parents=True); "
    code += f"(run / 'result.json').write_text(json.dumps({result!r}))"
    stage = stages.Stage("modes", "modes", lambda given: ["-c", code], readings.benches, limit=20)
    session = runner.Session(tmp_path, ON_A_CPU, runner.time.monotonic() + 60, runner.Stop(), Record(), tell=print)
    session.play([stage])
    played = session.record.stages["modes"]
    assert played.status == record.DONE and played.short == "0 of 1 runs done"
    assert played.why == "dcgan seed 0 failed: there are no samples"
    assert "there are no samples" in page.summary(session.record)


def test_a_script_that_is_stopped_has_lost_one_row_at_most(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    monkeypatch.delitem(sys.modules, "peers", raising=False)
    import peers

    def measured(name, precision, registry, chosen):
        if precision == "bf16":
            raise KeyboardInterrupt
        return [{"contestant": "ganzoo", "ms a step": 1.0, "x plain": 2.0}]

    monkeypatch.setattr(peers, "measure", measured)
    out = tmp_path / "peers.json"
    with pytest.raises(KeyboardInterrupt):
        peers.main(["dcgan", "--precisions", "fp32", "bf16", "--device", "cpu", "--out", str(out)])
    assert json.loads(out.read_text())["unfinished"] and "unfinished" in out.with_suffix(".md").read_text()
    found = readings.peers(tmp_path)
    assert found.short == "dcgan, fp32: 2 times plain" and found.notes == ["rows are missing: it was stopped"]
    monkeypatch.delitem(sys.modules, "peers")


# -- the archive, and where it is filed --------------------------------------------------------------------------------


@pytest.fixture
def results(tmp_path):
    """A folder of results, in part those of a CPU that are committed."""
    folder = tmp_path / "out"
    made = Record(commands=["python -m benchmarks.gpu --out out"], started="then", finished="later")
    facts = {"facts": {"device": "NVIDIA H100 80GB HBM3", "torch": "2.11.0", "python": "3.12.3", "cores": 16}}
    made.stages["environment"] = Played("environment", "it", record.DONE, short="NVIDIA", data=facts)
    made.stages["tests"] = Played("tests", "tests", record.DONE, data={"ends": "160 passed in 31.00s"})
    (folder / "peers-dcgan").mkdir(parents=True)
    cpu = ROOT / "benchmarks" / "results" / "cpu"
    for suffix in (".json", ".md"):
        shutil.copy(cpu / f"peers{suffix}", folder / "peers-dcgan" / f"peers{suffix}")
    shutil.copytree(cpu / "digits", folder / "bench" / "bench")
    checkpoint = folder / "bench" / "bench" / "dcgan" / "seed0" / "checkpoints" / "x" / "state.safetensors"
    checkpoint.parent.mkdir(parents=True)
    checkpoint.write_bytes(b"x")
    record.write(made, folder)
    return folder


def test_what_is_filed_is_what_can_be_committed(results, tmp_path):
    written = take.take(results, tmp_path)
    there = tmp_path / "benchmarks" / "results" / "nvidia-h100-80gb-hbm3"
    names = {path.relative_to(there).as_posix() for path in written}
    assert names == {"gpu.json", "gpu.md", "peers-dcgan.json", "peers-dcgan.md", "digits-together", "tests.txt"}
    assert (there / "tests.txt").read_text() == "160 passed in 31.00s\n"
    assert (there / "digits-together" / "results.json").is_file()
    assert not list(there.rglob("checkpoints"))


def test_an_archive_is_filed_as_its_folder_is(results, tmp_path, monkeypatch, capsys):
    packed = tmp_path / "some" / "out.tar.gz"
    archive.pack(results, packed)
    assert not any("checkpoints" in path.parts for path in archive.kept(results))
    monkeypatch.setattr(command, "ROOT", tmp_path)
    assert command.main(["--take", str(packed)]) == 0
    from_archive = capsys.readouterr().out
    assert command.main(["--take", str(results)]) == 0
    assert capsys.readouterr().out == from_archive != ""


def test_a_rehearsal_and_an_empty_folder_are_not_filed(results, tmp_path, capsys):
    made = record.read(results)
    made.rehearsal = True
    record.write(made, results)
    assert command.main(["--take", str(results)]) == 2
    assert "a rehearsal" in capsys.readouterr().err
    packed = tmp_path / "packed.tar.gz"
    archive.pack(results, packed)
    assert command.main(["--take", str(packed)]) == 2
    assert f"Error: {packed} is of a rehearsal" in capsys.readouterr().err
    assert command.main(["--take", str(tmp_path)]) == 2
    assert "holds no gpu.json" in capsys.readouterr().err


def test_a_commit_that_is_told_is_that_of_the_results(tmp_path, monkeypatch):
    """A machine has the source without its history: results name what they were told."""
    copied = tmp_path / "site" / "ganzoo"
    shutil.copytree(ROOT / "ganzoo", copied, ignore=shutil.ignore_patterns("__pycache__"))
    ask = "from ganzoo.bench.runs.environment import _commit; print(_commit())"
    told = {**os.environ, "PYTHONPATH": str(copied.parent), "GANZOO_COMMIT": "0123abc"}
    ran = subprocess.run([sys.executable, "-P", "-c", ask], env=told, capture_output=True, text=True, timeout=60)
    assert ran.stdout.strip() == "0123abc", ran.stderr
    monkeypatch.setattr(command, "ROOT", tmp_path)
    assert command.commit_of("0123abc") == "0123abc" and command.commit_of(None) is None
