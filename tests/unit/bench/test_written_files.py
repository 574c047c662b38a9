"""What is written down: read and written again it is the same, and a wrong type is one sentence."""

import json
import subprocess
import sys
from pathlib import Path

import fabricated_bench as fabricated
import jsonschema
import pytest
import small_benches as benches
from pydantic import VERSION

from ganzoo.bench.results.bench_files.bench_results import BenchResults, BenchTerms
from ganzoo.bench.results.bench_files.suite_file import SuiteFile
from ganzoo.bench.results.run_files.environment import Environment
from ganzoo.bench.results.run_files.record import EvaluationRow, LookRow, Record, TrainRow, read_record
from ganzoo.bench.results.run_files.result import RunResult
from ganzoo.bench.results.run_files.result_file import read_result, result_of, write_result
from ganzoo.bench.results.schemas import MODELS, PRINTED, main, schema_files, schema_of
from ganzoo.bench.results.stored import read_stored
from ganzoo.errors import DataError

ROOT = Path(__file__).resolve().parents[3]
COMMITTED = sorted((ROOT / "benchmarks" / "results").glob("*/*/results.json"))
SCHEMAS = ROOT / "docs" / "reference" / "schemas"
TRAIN = {"kind": "train", "step": 8, "kimg": 1, "d_loss": 0.25, "g_loss": None, "seconds": 2.5}
LOOK = {"kind": "look", "step": 8, "kimg": 0.5, "logits_real": 1.5, "diversity": 1}
EVALUATION = {"kind": "evaluation", "step": 9, "kimg": 0.5, "metrics": {"fid": 3, "is": 2.0}, "grid": "samples/a.png"}


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.parent.name)
def test_committed_results_are_read_and_written_again_digit_for_digit(path):
    content = json.loads(path.read_text(encoding="utf-8"))
    again = read_stored(BenchResults, path).to_json()
    assert again == content
    # as texts, since 1 == 1.0
    assert json.dumps(again, sort_keys=True) == json.dumps(content, sort_keys=True)


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.parent.name)
def test_committed_results_validate_against_the_published_schemas(path):
    content = json.loads(path.read_text(encoding="utf-8"))
    for name, value in (
        ("results.json", content),
        ("bench.json", content),
        *(("result.json", run) for run in content["runs"]),
        *(("environment.json", run["environment"]) for run in content["runs"]),
    ):
        schema = json.loads((SCHEMAS / f"{name.partition('.')[0]}.schema.json").read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator(schema).validate(value)
    schema = json.loads((SCHEMAS / "results.schema.json").read_text(encoding="utf-8"))
    content["runs"][0]["seed"] = "0"
    assert not jsonschema.Draft202012Validator(schema).is_valid(content)


@pytest.mark.skipif(tuple(map(int, VERSION.split(".")[:2])) < (2, 12), reason="older versions write schemas otherwise")
def test_the_schemas_are_those_of_the_models(tmp_path, capsys):
    assert main([str(SCHEMAS), "--check"]) == 0
    assert sorted(SCHEMAS.iterdir()) == sorted(path for path, _ in schema_files(SCHEMAS))
    assert len(list(SCHEMAS.iterdir())) == len(MODELS) + len(PRINTED)
    assert main([str(tmp_path), "--check"]) == 1
    assert "is stale; run python -m ganzoo.bench.results.schemas" in capsys.readouterr().err
    assert main([str(tmp_path)]) == 0 == main([str(tmp_path), "--check"])


def test_a_schema_names_keys_as_the_file_does_and_says_what_they_mean():
    schema = schema_of("results.json")
    assert {"schema", "runs", "columns"} <= schema["properties"].keys() and "schema_version" not in schema["properties"]
    assert {"dataset", "budget", "seeds", "samples", "columns", "recipes", "runs"} == set(schema["required"])
    assert "torch-fidelity" in schema_of("environment.json")["properties"]


@pytest.mark.parametrize("model", [BenchResults, RunResult, BenchTerms, Environment, SuiteFile])
def test_keys_of_other_versions_are_kept_and_nothing_is_made_up(model):
    run = fabricated.run("dcgan", 0, {"fid": 3, "is": 2.0})
    given = {
        BenchResults: fabricated.results([run]),
        RunResult: run,
        BenchTerms: fabricated.results([run]),
        Environment: {"torch-fidelity": "0.4.0"},
        SuiteFile: {"schema": 1, "benches": [{"folder": "a", "data": "a", "new": True}]},
    }[model] | {"later": {"a": [1, 2.5, None]}}
    plain = json.loads(json.dumps(given))
    assert json.dumps(model.parse(plain, "file").to_json(), sort_keys=True) == json.dumps(plain, sort_keys=True)


def wrong(path, value):
    content = json.loads(json.dumps(fabricated.results(fabricated.two_recipes())))
    *above, last = path
    place = content
    for step in above:
        place = place[step]
    place[last] = value
    return content


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("runs", 1, "seed"), "1", "runs[1].seed: must be an integer, not '1'"),
        (("runs", 0, "metrics", "fid"), "3", "runs[0].metrics.fid: must be a number, not '3'"),
        (("runs", 0, "metrics", "fid"), True, "runs[0].metrics.fid: must be a number, not True"),
        (("budget",), 100, "budget: must be an object, not 100"),
        (("dataset",), 3, "dataset: must be an object, not 3"),
        (("columns", 0, "better"), "up", "columns[0].better: must be 'lower' or 'higher', not 'up'"),
        (("runs", 0, "environment", "threads"), 1.5, "runs[0].environment.threads: must be an integer, not 1.5"),
    ],
)
def test_a_wrong_type_is_one_sentence(tmp_path, path, value, said):
    file = tmp_path / "results.json"
    file.write_text(json.dumps(wrong(path, value)))
    with pytest.raises(DataError) as caught:
        read_stored(BenchResults, file)
    assert str(caught.value).startswith(f"{file} is no result of a bench: {said}")
    assert "\n" not in str(caught.value)


def test_rows_are_of_three_kinds(tmp_path):
    record = Record(tmp_path / "metrics.jsonl")
    for row in (TRAIN, LOOK, EVALUATION):
        record.add(row)
    train, look, evaluation = read_record(record.path)
    assert isinstance(train, TrainRow) and isinstance(look, LookRow) and isinstance(evaluation, EvaluationRow)
    assert (train.d_loss, train.g_loss, look.diversity, evaluation.metric("fid")) == (0.25, None, 1, 3.0)
    assert [json.dumps(row.to_json()) for row in (train, look, evaluation)] == list(
        map(json.dumps, (TRAIN, LOOK, EVALUATION))
    )
    assert record.path.read_text() == "".join(json.dumps(row) + "\n" for row in (TRAIN, LOOK, EVALUATION))


def test_a_torn_line_is_left_out_alone(tmp_path):
    path = tmp_path / "metrics.jsonl"
    record = Record(path)
    record.add(TRAIN)
    size = record.size
    record.add(LOOK)
    whole = json.dumps(EVALUATION)
    for cut in range(1, len(whole)):
        path.write_text(f"{json.dumps(TRAIN)}\n{json.dumps(LOOK)}\n{whole[:cut]}")
        assert [row.kind for row in read_record(path)] == ["train", "look"]
        # A crash tore a line that the next process wrote on: only that one is lost.
        path.write_text(f"{json.dumps(TRAIN)}\n{whole[:cut]}{whole}\n{json.dumps(LOOK)}\n")
        assert [row.kind for row in read_record(path)] == ["train", "look"]
    path.write_bytes(f"{json.dumps(TRAIN)}\n".encode() + b'\xff\xfe{"kind"\n[1]\n{}\n{"kind": "of-later"}\n')
    assert [row.kind for row in read_record(path)] == ["train"]
    Record(path, size)
    assert [row.kind for row in read_record(path)] == ["train"]
    assert read_record(tmp_path / "none") == []


def test_a_row_of_a_wrong_type_is_one_sentence_and_is_not_written(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text(f"{json.dumps(LOOK)}\n" + json.dumps(TRAIN | {"d_loss": "low"}) + "\n")
    with pytest.raises(DataError) as caught:
        read_record(path)
    assert str(caught.value) == f"{path}, line 2: d_loss: must be a number, not 'low'"
    record = Record(tmp_path / "other.jsonl")
    with pytest.raises(ValueError, match="d_loss"):
        record.add(TRAIN | {"d_loss": "low"})
    assert record.size == 0


def test_a_result_is_written_as_it_was_given_or_not_at_all(tmp_path):
    (spec,) = benches.specs()
    given = result_of(spec, "done", None, metrics={"fid": 3, "is": 2.5}, kimg=1.008)
    written = write_result(tmp_path, given)
    assert list(written) == [*given, "digests"] and given.items() <= written.items()
    assert (tmp_path / "result.json").read_text() == json.dumps(written, indent=2) + "\n"
    assert read_result(tmp_path).to_json() == written
    assert list(RunResult.model_fields)[1:-2] == list(given)[1:], "result_of gives every field but the last two"
    with pytest.raises(ValueError, match="status"):
        write_result(tmp_path, given | {"status": "ended"})
    assert read_result(tmp_path).to_json() == written
    (tmp_path / "result.json").write_text(json.dumps(given | {"schema": 9}))
    assert read_result(tmp_path) is None is read_result(tmp_path / "none")


def test_reading_takes_no_torch():
    code = "import sys, ganzoo.bench.results.schemas, ganzoo.bench.results.identity; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-P", "-c", code], env=benches.environment(), capture_output=True, text=True)
    assert done.stdout == "False\n", done.stderr
