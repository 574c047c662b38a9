"""The history of a run: every process that played it, and which of them made its final state."""

import json

import pytest
from small_benches import specs, start_run

from ganzoo.bench.execution.interleaved import StoppedError
from ganzoo.bench.results.run_files.history import RunProcess, begin_history, in_short, read_history, that_made
from ganzoo.bench.results.run_files.result_file import read_result
from ganzoo.errors import SetupError

HERE = {"device": "a CPU", "kind": "cpu", "precision": "fp32", "threads": 1, "torch": "2.13.0", "plugins": {"a": "b 1"}}


def begin(folder, from_step, **environment):
    return begin_history(folder, from_step, HERE | environment, ranks=1, origins={"loss odd": "strange 1 (source a)"})


def test_a_line_is_kept_for_each_process(tmp_path):
    begin(tmp_path, 0)
    begin(tmp_path, 30, torch="2.14.1")
    lines = begin(tmp_path, 60, threads=2)
    assert [json.loads(line)["from_step"] for line in (tmp_path / "history.jsonl").read_text().splitlines()] == [
        0,
        30,
        60,
    ]
    assert read_history(tmp_path) == lines
    assert [(line.process, line.environment.torch, line.environment.threads) for line in lines] == [
        (1, "2.13.0", 1),
        (2, "2.14.1", 1),
        (3, "2.13.0", 2),
    ]
    assert all(line.environment.plugins == {"a": "b 1"} and line.time.endswith("+00:00") for line in lines)
    short = in_short(lines)
    assert [one["torch"] for one in short] == ["2.13.0", "2.14.1", "2.13.0"] and "environment" not in short[0]
    assert all(one["origins"] == {"loss odd": "strange 1 (source a)"} for one in short)
    assert [RunProcess.parse(one, "a result").threads for one in short] == [1, 1, 2]


@pytest.mark.parametrize("cut", [1, 20, 200])
def test_a_line_that_a_crash_tore_takes_no_other_with_it(tmp_path, cut):
    begin(tmp_path, 0)
    whole = (tmp_path / "history.jsonl").read_bytes()
    begin(tmp_path, 10)
    both = (tmp_path / "history.jsonl").read_bytes()
    (tmp_path / "history.jsonl").write_bytes(both[: len(whole) + cut])
    lines = begin(tmp_path, 20)
    assert [line.from_step for line in read_history(tmp_path)] == [0, 20] == [line.from_step for line in lines]
    assert (tmp_path / "history.jsonl").read_bytes().startswith(whole)


def test_the_process_of_a_run_from_before_there_were_histories_is_kept(tmp_path):
    (tmp_path / "environment.json").write_text(json.dumps({"seed": 0, **HERE, "torch": "2.9.0"}))
    lines = begin(tmp_path, 40)
    assert [(line.process, line.from_step, line.environment.torch) for line in lines] == [
        (1, 0, "2.9.0"),
        (2, 40, "2.13.0"),
    ]
    assert lines[0].time is None and read_history(tmp_path) == lines


def test_one_that_left_nothing_behind_is_no_process_of_a_run_from_before(tmp_path):
    (tmp_path / "environment.json").write_text(json.dumps({"seed": 0, **HERE, "torch": "2.9.0"}))
    assert [line.environment.torch for line in begin(tmp_path, 0)] == ["2.13.0"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "history.jsonl").mkdir()
    with pytest.raises(SetupError, match=r"cannot write .*history\.jsonl"):
        begin(tmp_path, 0)


@pytest.mark.parametrize(
    ("began", "made"),
    [
        ([0], [1]),
        ([0, 30, 60], [1, 2, 3]),
        ([0, 0], [2]),  # the first one was lost before its first checkpoint
        ([0, 30, 30], [1, 3]),  # the second left none
        ([0, 30, 60, 30], [1, 4]),  # what the second and the third left was damaged
        ([0, 30, 60, 45], [1, 2, 4]),  # of the second's checkpoints an earlier one was whole
        ([0, 30, 0], [3]),
        ([], []),
    ],
)
def test_the_processes_whose_steps_are_in_the_final_state(began, made):
    every = [RunProcess(process=number, from_step=step) for number, step in enumerate(began, start=1)]
    assert [process.process for process in that_made(every)] == made


def test_a_run_that_was_stopped_tells_of_both_processes(tmp_path):
    (spec,) = specs(kimg=1.0)
    looks = iter([False] * 20)
    with pytest.raises(StoppedError):
        start_run(tmp_path, spec, stop=lambda: next(looks, True)).play()
    (first,) = read_history(tmp_path)
    # as if the first process had been one of another version
    line = first.to_json() | {"environment": first.environment.to_json() | {"torch": "1.0"}}
    (tmp_path / "history.jsonl").write_text(json.dumps(line) + "\n")
    result = start_run(tmp_path, spec).play()
    assert result["status"] == "done"
    assert [(one["process"], one["from_step"]) for one in result["history"]] == [(1, 0), (2, 20)]
    assert [one["torch"] for one in result["history"]] == ["1.0", result["environment"]["torch"]]
    assert that_made(read_result(tmp_path).history) == read_result(tmp_path).history
    assert result["environment"] == json.loads((tmp_path / "environment.json").read_text())
