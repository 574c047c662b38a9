"""Rows whose runs were not made alike: found, marked and told in every form of a table."""

import csv
import html
import io
import json

import fabricated_bench as fabricated
import pytest
from click.testing import CliRunner

from ganzoo.bench.report.report import render_report
from ganzoo.bench.suites.table import suite_table
from ganzoo.bench.tables.aggregate import aggregate, markdown, print_table
from ganzoo.bench.tables.forms.csv_table import csv_table
from ganzoo.bench.tables.forms.json_table import plain_table
from ganzoo.bench.tables.forms.latex_table import latex_table
from ganzoo.bench.tables.joining.compare import join, read_bench
from ganzoo.bench.tables.joining.leaderboard import gather, plain_board
from ganzoo.bench.tables.mixed import differing, mixed_in_words
from ganzoo.cli import cli
from ganzoo.errors import GanzooError

CPU = {"device": "a CPU", "kind": "cpu", "cuda": None, "precision": "fp32", "threads": 1, "torch": "2.13.0"}
GPU = CPU | {"device": "a GPU", "kind": "cuda", "cuda": "13.0", "precision": "tf32"}


def run(seed, *made, recipe="dcgan", **more):
    """A finished run that these processes played in turn, each given by its environment."""
    history = [
        {"process": n, "time": None, "from_step": 10 * n - 10, "ranks": 1} | one for n, one in enumerate(made, 1)
    ]
    told = {"environment": {key: made[-1][key] for key in CPU}, "history": history}
    return fabricated.run(recipe, seed, {"fid": 10.0 + seed, "is": 8.0}, **{**told, **more})


def table(*runs):
    return fabricated.table_of(fabricated.results(list(runs), sorted({one["seed"] for one in runs})))


def mixed(*runs):
    return differing(fabricated.read(fabricated.results(list(runs))).runs)


def test_a_row_of_runs_made_alike_is_none():
    assert mixed(run(0, CPU), run(1, CPU)) == {}
    (row,) = table(run(0, CPU), run(1, CPU)).rows
    assert (row.mark, row.seeds) == ("", "2/2")


@pytest.mark.parametrize(
    ("change", "field", "values"),
    [
        ({"torch": "2.14.1"}, "torch", ("2.13.0", "2.14.1")),
        ({"threads": 2}, "threads", ("1", "2")),
        ({"precision": "bf16"}, "precision", ("fp32", "bf16")),
        ({"device": "another CPU"}, "device", ("a CPU", "another CPU")),
        ({"ranks": 2, "device": "a CPU (2 processes a run)"}, "processes a run", ("1", "2")),
        (
            {"origins": {"loss odd": "strange 2 (source b)"}},
            "the loss 'odd'",
            ("strange 1 (source a)", "strange 2 (source b)"),
        ),
    ],
)
def test_what_differs_between_seeds_is_named(change, field, values):
    first = CPU | {"origins": {"loss odd": "strange 1 (source a)"}} if "origins" in change else CPU
    found = mixed(run(0, first), run(1, CPU | change), run(2, CPU | change))
    assert found == {field: {values[0]: (0,), values[1]: (1, 2)}}
    assert mixed_in_words(found) == f"{field} {values[0]} (seed 0), {values[1]} (seeds 1, 2)"


def test_threads_decide_nothing_on_a_gpu_but_its_name_and_cuda_may():
    assert mixed(run(0, GPU), run(1, GPU | {"threads": 8})) == {}
    assert mixed(run(0, GPU), run(1, GPU | {"device": "another", "cuda": "12.8"})).keys() == {"device", "CUDA"}


def test_a_run_that_two_versions_made_is_mixed_though_it_is_alone():
    assert mixed(run(3, CPU, CPU | {"torch": "2.14.1"})) == {"torch": {"2.13.0": (3,), "2.14.1": (3,)}}


def test_a_process_that_left_nothing_behind_mixes_nothing():
    lost = CPU | {"torch": "2.9.0", "from_step": 0}
    assert mixed(run(0, lost, CPU | {"from_step": 0})) == {}


def test_results_from_before_there_were_histories_are_told_apart_by_their_environment():
    old = run(0, CPU, history=[])
    assert mixed(old, run(1, CPU)) == {}
    assert mixed(old, run(1, CPU | {"threads": 4})).keys() == {"threads"}
    unknown = run(2, CPU, history=[], environment=None)
    assert mixed(old, unknown) == {}


def test_runs_that_did_not_finish_mix_nothing():
    failed = fabricated.stopped("dcgan", 1, "failed", "it broke", environment=CPU | {"threads": 4})
    assert table(run(0, CPU), failed).rows[0].mark == ""


RUNS = (run(0, CPU), run(1, CPU, CPU | {"threads": 2}), run(0, CPU, recipe="sngan"), run(1, CPU, recipe="sngan"))
TOLD = "dcgan: threads 1 (seeds 0, 1), 2 (seed 1)"
NOTE = (
    "mixed, the row's runs were not made alike, which may change its numbers; a seed named twice was made by both. "
    f"{TOLD}."
)


def test_every_form_of_a_table_marks_the_row_and_says_why(tmp_path):
    content = fabricated.results(list(RUNS), (0, 1))
    drawn, text = aggregate(fabricated.read(content)), io.StringIO()
    print_table(drawn, text, 200)
    lines = text.getvalue().splitlines()
    assert any("dcgan" in line and "2/2 §" in line for line in lines) and not any(
        "sngan" in line and "§" in line for line in lines
    )
    assert f"§: {NOTE}" in " ".join(" ".join(lines).split())
    assert "| dcgan | 2/2 § |" in markdown(drawn) and f"§: {NOTE}" in markdown(drawn).replace("\\", "")
    assert r"dcgan & 2/2 \S{}" in latex_table(drawn) and f"% §: {NOTE}" in latex_table(drawn)
    page = html.unescape(render_report(fabricated.read(content), fabricated.write_bench(tmp_path, content)))
    assert ">2/2 §<" in page and f"<p>§: {NOTE}</p>" in page


def test_programs_are_given_it_as_fields():
    drawn = table(*RUNS)
    rows = list(csv.DictReader(io.StringIO(csv_table(drawn))))
    assert [row["mixed"] for row in rows] == [TOLD.removeprefix("dcgan: "), ""]
    assert [row["mixed"] for row in plain_table(drawn)["rows"]] == [{"threads": {"1": [0, 1], "2": [1]}}, {}]
    json.dumps(plain_table(drawn), allow_nan=False)


def test_a_terminal_of_ascii_is_told_too():
    bytes_ = io.BytesIO()
    stream = io.TextIOWrapper(bytes_, encoding="ascii", write_through=True)
    print_table(table(*RUNS), stream, 200)
    assert b"2/2 #" in bytes_.getvalue() and b"#: mixed" in bytes_.getvalue()


def bench(folder, *runs):
    fabricated.write_bench(folder, fabricated.results(list(runs), sorted({one["seed"] for one in runs})), real=False)
    return read_bench(folder)


def test_what_compare_joins_is_marked(tmp_path):
    here, there = bench(tmp_path / "a", run(0, CPU)), bench(tmp_path / "b", run(1, CPU | {"torch": "2.14.1"}))
    (row,) = aggregate(join([here, there])[0]).rows
    assert row.mark == "§" and row.mixed == {"torch": {"2.13.0": (0,), "2.14.1": (1,)}}
    done = CliRunner().invoke(cli, ["compare", str(tmp_path / "a"), str(tmp_path / "b")])
    assert done.exit_code == 0 and "1/1" not in done.stdout and "2/2 §" in done.stdout
    told = json.loads(CliRunner().invoke(cli, ["compare", "--json", str(tmp_path / "a"), str(tmp_path / "b")]).stdout)
    assert told["mixed"] == {"dcgan": {"torch": {"2.13.0": [0], "2.14.1": [1]}}}


def test_one_run_that_ended_differently_is_told_with_what_differs(tmp_path):
    here = bench(tmp_path / "a", run(0, CPU))
    other = run(0, CPU | {"threads": 2, "torch": "2.14.1"}) | {"metrics": {"fid": 10.2, "is": 8.0}}
    with pytest.raises(GanzooError) as caught:
        join([here, bench(tmp_path / "b", other)])
    assert (
        "they ended differently: one was played with threads 1 and torch 2.13.0, the other with threads 2 and torch "
        "2.14.1"
    ) in str(caught.value)


def test_rows_that_differ_from_each_other_are_told_in_a_note():
    drawn = table(run(0, CPU), run(0, CPU | {"torch": "2.14.1"}, recipe="sngan"), run(0, CPU, recipe="wgan"))
    assert [row.mark for row in drawn.rows] == ["", "", ""]
    assert (
        "Rows were not all made alike, which may change their order: torch 2.13.0 (dcgan, wgan), 2.14.1 (sngan)."
        in drawn.notes
    )
    assert not any("not all made alike" in note for note in table(run(0, CPU), run(0, CPU, recipe="sngan")).notes)


def test_a_leaderboard_and_a_suite_mark_it(tmp_path):
    bench(tmp_path / "a", *RUNS)
    (board,) = gather([tmp_path])
    assert {row.recipe: row.mark for row in board.table.rows} == {"dcgan": "†§", "sngan": "†"}
    assert f"§: {NOTE}" in board.table.notes
    assert {row["recipe"]: bool(row["mixed"]) for row in plain_board(board)["rows"]} == {"dcgan": True, "sngan": False}
    drawn = suite_table({"one": board.results, "two": fabricated.read(fabricated.results([RUNS[0], RUNS[2]], (0,)))})
    assert {row.recipe: row.mark for row in drawn.rows} == {"dcgan": "§", "sngan": ""}
    assert any("dcgan: one: threads 1 (seeds 0, 1), 2 (seed 1)" in note for note in drawn.notes)
