"""A bench that is repeated over an altered result: it says so, and the run's checkpoint gives the result again."""

import json
import shutil

import pytest
from small_benches import SMALL, ganzoo_here

BENCH = ("bench", "dcgan", "--seeds", "1", "--budget", "1kimg", "--evaluations", "1", "--samples", "64")
BENCH += ("--extractor", "digits", "--replicates", "0", "--examine", "none", "--device", "cpu", "--threads", "1")
BENCH += tuple(word for change in SMALL for word in ("-o", change))


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    folder = tmp_path_factory.mktemp("altered")
    ganzoo_here(*BENCH, "--out", "bench", cwd=folder)
    return folder / "bench"


@pytest.fixture
def bench(played, tmp_path):
    return shutil.copytree(played, tmp_path / "bench")


def repeated(bench, **how):
    return ganzoo_here(*BENCH, "--out", "bench", cwd=bench.parent, **how)


def edited(path, **changes):
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content | changes))
    return content


@pytest.mark.slow
def test_the_checkpoint_gives_an_altered_result_again(bench):
    result = bench / "dcgan/seed0/result.json"
    before = edited(result, metrics={"fid": 1.0, "is": 10.0}, samples=50_000, status="skipped")
    done = repeated(bench)
    assert (
        "result.json was changed after the run wrote it, as its digest shows; its checkpoint gives it again"
        in done.stderr
    )
    after = json.loads(result.read_text())
    timed = ("warmup_seconds", "peak_memory_mb", "evaluation_seconds", "history", "digests")
    assert {k: v for k, v in after.items() if k not in timed} == {k: v for k, v in before.items() if k not in timed}
    assert after["digests"]["state"] == before["digests"]["state"] and after["digests"]["record"]
    (row,) = json.loads((bench / "results.json").read_text())["runs"]
    assert row == after | {"folder": "dcgan/seed0"}
    assert "was changed" not in repeated(bench).stderr


@pytest.mark.slow
def test_what_cannot_be_read_is_told_too(bench):
    result = bench / "dcgan/seed0/result.json"
    result.write_text(result.read_text()[:200])
    done = repeated(bench)
    assert (
        "cannot read bench/dcgan/seed0/result.json" in done.stderr and "goes on from its last checkpoint" in done.stderr
    )


def test_an_altered_result_without_a_checkpoint_is_not_replaced(bench):
    result = bench / "dcgan/seed0/result.json"
    edited(result, metrics={"fid": 1.0, "is": 10.0})
    shutil.rmtree(bench / "dcgan/seed0/checkpoints")
    done = repeated(bench, check=False)
    assert done.returncode == 2 and done.stderr.count("Error: ") == 1
    assert "there is no checkpoint that would give it again; put it back, or give --fresh" in done.stderr
    assert "gives it again" not in done.stderr
    assert json.loads(result.read_text())["metrics"]["fid"] == 1.0


def test_a_record_that_was_changed_is_told(bench):
    record = bench / "dcgan/seed0/metrics.jsonl"
    record.write_text("".join(record.read_text().splitlines(keepends=True)[:-3]))
    done = repeated(bench)
    assert "metrics.jsonl was changed after the run wrote it, as the digest in result.json shows" in done.stderr
