"""``ganzoo audit``: what a bench left holds, and each kind of change is found, whoever made the digests fit."""

import json
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from printed_json import read_printed
from small_benches import SMALL, ganzoo_here

from ganzoo.bench.results.run_files.seal import digest_of, record_digest
from ganzoo.training.checkpoints.checkpoint import checkpoints, newest, save
from ganzoo.training.checkpoints.digest import stored_generator, tensors_digest

RUN = "dcgan/seed0"
SHORT = ("--seeds", "1", "--budget", "1kimg", "--evaluations", "2", "--samples", "64", "--extractor", "digits")
SHORT += ("--replicates", "2", "--examine", "none", "--device", "cpu", "--threads", "1")
SHORT += tuple(word for change in SMALL for word in ("-o", change))


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    folder = tmp_path_factory.mktemp("audited")
    ganzoo_here("bench", "dcgan", *SHORT, "--out", "bench", cwd=folder)
    return folder / "bench"


@pytest.fixture
def bench(played, tmp_path):
    return shutil.copytree(played, tmp_path / "bench")


def audited(folder, *options):
    """The exit code, and the only run."""
    done = ganzoo_here("audit", str(folder), "--json", *options, cwd=folder, check=False)
    (run,) = read_printed("ganzoo audit --json", done.stdout)["runs"]
    return done.returncode, run


def found(run, name):
    (check,) = (check for check in run["checks"] if check["check"] == name)
    return check


def wrong(run):
    return {check["check"]: check["said"] for check in run["checks"] if check["held"] is False}


def forge(bench, change, rows=False):
    """Change the result, the bench's row of it and, with ``rows``, the evaluations in the record; make digests fit."""
    record = bench / RUN / "metrics.jsonl"
    if rows:
        lines = [json.loads(line) for line in record.read_text().splitlines()]
        told = {"evaluations": [line for line in lines if line["kind"] == "evaluation"], "metrics": {}}
        change(told)
        record.write_text("".join(json.dumps(line) + "\n" for line in lines))
    every = json.loads((bench / "results.json").read_text())
    own = json.loads((bench / RUN / "result.json").read_text())
    for result in (own, every["runs"][0]):
        change(result)
        result["digests"] |= {"result": digest_of(result), "record": record_digest(bench / RUN)}
    (bench / RUN / "result.json").write_text(json.dumps(own))
    (bench / "results.json").write_text(json.dumps(every))


def better(result):
    """Give a result a better distance."""
    result["evaluations"][-1]["metrics"]["fid"] = 1.25
    result["metrics"]["fid"] = 1.25


def test_what_a_bench_left_holds(bench):
    code, run = audited(bench)
    assert (code, run["verdict"], run["recipe"], run["seed"], run["status"]) == (0, "holds", "dcgan", 0, "done")
    names = ["bench", "result", "record", "state", "key", "numbers", "evaluation"]
    assert [check["check"] for check in run["checks"]] == names and all(check["held"] for check in run["checks"])
    assert found(run, "evaluation")["said"] == "evaluated again: equal to the last digit"
    assert run["metrics"] == json.loads((bench / RUN / "result.json").read_text())["metrics"]
    done = ganzoo_here("audit", "bench", "--no-eval", cwd=bench.parent)
    assert "dcgan/seed0  holds" in done.stdout and "evaluated" not in done.stdout and not done.stderr
    assert audited(bench / RUN)[1]["verdict"] == "holds", "the folder of a run is audited with its bench's row of it"
    assert audited(bench.parent, "--no-eval")[1]["verdict"] == "holds"


def test_an_edit_is_found_by_the_digest(bench):
    path = bench / RUN / "result.json"
    path.write_text(path.read_text().replace('"samples": 64', '"samples": 50000'))
    code, run = audited(bench, "--no-eval")
    assert code == 1 and run["verdict"] == "does not hold"
    assert wrong(run) == {
        "result": "result.json was changed after the run wrote it",
        "key": "result.json has the samples 50000, and run.json 64",
        "bench": "results.json and result.json differ in samples",
    }


def test_numbers_with_fitting_digests_are_found_in_the_last_checkpoint(bench):
    forge(bench, better, rows=True)
    code, run = audited(bench, "--no-eval")
    assert code == 1 and wrong(run) == {"numbers": "the last checkpoint has other evaluations than result.json"}


def test_numbers_that_all_files_agree_on_are_found_by_evaluating_again(bench):
    forge(bench, better, rows=True)
    place = bench / RUN / "checkpoints"
    tensors, values = newest(place)
    better(values["run"] | {"metrics": {}})
    save(place, values["trainer"]["steps"] + 1, tensors, values)  # beside the one that it stands for
    assert audited(bench, "--no-eval")[1]["verdict"] == "holds"
    code, run = audited(bench)
    assert code == 1 and list(wrong(run)) == ["evaluation"]
    assert wrong(run)["evaluation"].startswith("evaluated again (equal to the last digit): fid is ")


def test_numbers_that_are_left_out_are_found(bench):
    whole = (bench / RUN / "result.json").read_text(), (bench / "results.json").read_text()
    for key in ("d_steps", "kimg", "seconds", "metrics", "g_steps", "images_per_second", "spreads"):
        (bench / RUN / "result.json").write_text(whole[0])
        (bench / "results.json").write_text(whole[1])
        forge(bench, lambda result, key=key: result.update({key: None}))
        assert "numbers" in wrong(audited(bench, "--no-eval")[1]), key


def test_another_generator_is_found(bench):
    place = bench / RUN / "checkpoints"
    tensors, values = newest(place)
    before = tensors_digest(stored_generator(tensors))
    name = next(name for name in tensors if name.startswith("G_ema.") and tensors[name].is_floating_point())
    tensors[name].view(-1)[0] = torch.nextafter(tensors[name].view(-1)[0], torch.tensor(9.0))
    assert tensors_digest(stored_generator(tensors)) != before
    save(place, values["trainer"]["steps"] + 1, tensors, values)
    code, run = audited(bench, "--no-eval")
    assert code == 1 and wrong(run) == {"state": "the last checkpoint holds another generator"}


def test_a_damaged_checkpoint_and_a_lost_record_are_found(bench):
    state = checkpoints(bench / RUN / "checkpoints")[0] / "state.safetensors"
    content = bytearray(state.read_bytes())
    content[len(content) // 2] ^= 1
    state.write_bytes(content)
    (bench / RUN / "metrics.jsonl").unlink()
    code, run = audited(bench, "--no-eval")
    assert code == 1 and wrong(run)["record"] == "metrics.jsonl is gone"
    assert re.fullmatch(r"the last checkpoint, step-\d+, cannot be read: .*", wrong(run)["state"])
    assert "another generator" not in str(run) and "numbers" not in wrong(run)  # of an older one nothing is expected


def test_other_settings_are_found(bench):
    path = bench / RUN / "run.json"
    path.write_text(path.read_text().replace('"kimg": 1.0', '"kimg": 0.5'))
    run = audited(bench, "--no-eval")[1]
    assert wrong(run)["key"] == "run.json was changed after the bench wrote it, as its key shows"
    assert wrong(run)["bench"] == "results.json names another budget than run.json"
    path.write_text("[1]")
    assert str(path) in wrong(audited(bench)[1])["key"]


def test_threads_are_no_part_of_a_runs_key_and_are_compared(bench):
    path = bench / RUN / "run.json"
    told = json.loads(path.read_text())
    path.write_text(json.dumps(told | {"threads": 2}))
    code, run = audited(bench, "--no-eval")
    assert (code, wrong(run)) == (1, {"key": "result.json has threads 1, and run.json 2"})


def test_results_of_before_digests_are_evaluated_again_all_the_same(bench):
    for path in (bench / RUN / "result.json", bench / "results.json"):
        content = json.loads(path.read_text())
        for result in content.get("runs", [content]):
            del result["digests"]
        path.write_text(json.dumps(content))
    code, run = audited(bench)
    assert (code, run["verdict"]) == (0, "holds in part")
    assert found(run, "result") == {"check": "result", "held": None, "said": "made before results had digests"}
    assert found(run, "evaluation")["held"]


def test_a_row_without_its_folder_is_checked_by_its_digest(bench):
    shutil.rmtree(bench / "dcgan")
    code, run = audited(bench)
    assert (code, run["verdict"]) == (0, "holds in part") and "is not here" in found(run, "run")["said"]
    content = json.loads((bench / "results.json").read_text())
    content["runs"][0]["metrics"]["fid"] = 1.0
    (bench / "results.json").write_text(json.dumps(content))
    assert audited(bench)[0] == 1


def test_a_run_that_has_not_ended_is_no_failure(bench):
    (bench / "results.json").unlink()
    (bench / RUN / "result.json").unlink()
    code, run = audited(bench)
    assert (code, run["verdict"], run["metrics"]) == (0, "not ended", {})


@pytest.mark.parametrize("left", ["", None])
def test_a_run_holds_in_part_where_the_table_of_its_bench_cannot_be_read_or_is_gone(bench, left):
    table = bench / "results.json"
    table.unlink() if left is None else table.write_text(left)
    for place in (bench, bench / RUN):
        code, run = audited(place, "--no-eval")
        assert (code, run["verdict"], found(run, "bench")["held"]) == (0, "holds in part", None)
        assert "results.json" in found(run, "bench")["said"]


def test_a_joined_bench_sends_to_the_benches_that_it_was_joined_from(bench):
    ganzoo_here("compare", str(bench), "--out", "joined", cwd=bench.parent)
    code, run = audited(bench.parent / "joined")
    assert (code, run["verdict"]) == (0, "holds in part")
    assert found(run, "run")["said"].endswith("in a bench that this one was joined from: audit that one")
    assert wrong(run) == {}


def test_a_result_that_is_gone_is_found(bench):
    (bench / RUN / "result.json").unlink()
    code, run = audited(bench)
    assert code == 1 and wrong(run) == {"bench": "results.json has the run, and its result.json is gone"}


def test_where_the_data_is_gone_the_rest_is_checked(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (200, 8, 8), dtype=np.uint8)
    np.savez(tmp_path / "noise.npz", images=images)
    ganzoo_here("bench", "dcgan", *SHORT, "--data", str(tmp_path / "noise.npz"), "--out", "bench", cwd=tmp_path)
    assert audited(tmp_path / "bench")[1]["verdict"] == "holds"
    (tmp_path / "noise.npz").unlink()
    shutil.rmtree(Path(os.environ["GANZOO_CACHE"]) / "images")
    code, run = audited(tmp_path / "bench")
    assert (code, run["verdict"]) == (0, "holds in part")
    assert found(run, "evaluation")["said"].startswith("not evaluated again: ")
    assert all(check["held"] for check in run["checks"] if check["check"] != "evaluation")


def test_a_folder_without_runs_is_one_sentence(tmp_path):
    for folder, said in ((tmp_path, "holds no run"), (tmp_path / "none", "there is no folder")):
        done = ganzoo_here("audit", str(folder), cwd=tmp_path, check=False)
        assert done.returncode == 2 and said in done.stderr and done.stderr.count("\n") == 1
