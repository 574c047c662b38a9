"""``ganzoo leaderboard``: which benches share a table, and in what order."""

import copy
import json

import fabricated_bench as fabricated
import pytest
from click.testing import CliRunner

from ganzoo.bench.tables.joining.leaderboard import board_markdown, budget_in_words, gather
from ganzoo.cli import cli
from ganzoo.errors import GanzooError
from ganzoo.messages import logged_to

SEEDS = tuple(range(5))


def content(recipe="dcgan", seeds=SEEDS, fid=10.0, day=21, **more):
    runs = [fabricated.run(recipe, seed, {"fid": fid + seed / 10, "is": 8.0}) for seed in seeds]
    made = f"2026-11-{day}T10:03:42+00:00"
    return copy.deepcopy(fabricated.results(runs, seeds, finished=made, started=made, **more))


def put(folder, results):
    folder.mkdir(parents=True)
    (folder / "results.json").write_text(json.dumps(results))


def gathered(*folders):
    said = []
    with logged_to(said.append):
        return gather(folders), said


def test_benches_on_equal_terms_share_a_table_the_best_recipe_first(tmp_path):
    put(tmp_path / "a", content("dcgan", fid=20.0))
    put(tmp_path / "deep/er/b", content("wgan-gp", fid=10.0))
    (board,), said = gathered(tmp_path)
    assert said == []
    assert [row.recipe for row in board.table.rows] == ["wgan-gp", "dcgan"]
    assert [row.rank for row in board.table.rows] == ["1", "2"]
    assert {bench.folder for bench in board.benches} == {tmp_path / "a", tmp_path / "deep/er/b"}
    assert board.heading == "digits, 100 kimg, judged by digits at n = 10k"


def test_where_higher_is_better_the_highest_is_first_and_those_without_a_number_last(tmp_path):
    runs = [fabricated.stopped("broken", seed, "failed", "killed") for seed in SEEDS]
    for name, score in (("low", 2.0), ("high", 7.0)):
        runs += [fabricated.run(name, seed, {"fid": 1.0, "is": score}) for seed in SEEDS]
    put(tmp_path / "a", fabricated.results(runs, SEEDS, columns=fabricated.COLUMNS[::-1]))
    (board,), _ = gathered(tmp_path)
    assert [row.recipe for row in board.table.rows] == ["high", "low", "broken"]


@pytest.mark.parametrize(
    "more",
    [
        {"budget": {"kimg": 200.0}},
        {"budget": {"steps": 5000}},
        {"samples": 5000},
        {"extractor": {"extractor": "digits", "sha256": "cd" * 32}},
        {"track": "controlled", "backbone": "dcgan"},
        {"dataset": {**fabricated.results([])["dataset"], "hash": "0" * 64}},
        {"tuning": {"trials": 4, "seed": 1_000_000, "metric": "fid", "recipes": {}}},
    ],
    ids=lambda more: next(iter(more)) + str(len(str(more))),
)
def test_other_terms_are_another_table_the_newest_first(tmp_path, more):
    put(tmp_path / "a", content(day=22))
    put(tmp_path / "b", content(day=23, **more))
    put(tmp_path / "c", content("wgan-gp", day=20))
    boards, said = gathered(tmp_path)
    assert [[bench.folder.name for bench in board.benches] for board in boards] == [["b"], ["a", "c"]]
    assert said == []
    if "budget" in more or "track" in more or "tuning" in more:
        assert boards[0].heading != boards[1].heading


def test_a_bench_that_cannot_be_joined_has_a_table_of_its_own_and_it_is_said_why(tmp_path):
    put(tmp_path / "a", content(day=22))
    other = content(day=21)
    other["recipes"]["dcgan"]["text"] = other["recipes"]["dcgan"]["text"].replace("width: 32", "width: 64")
    put(tmp_path / "b", other)
    put(tmp_path / "c", content("wgan-gp", day=20))
    boards, said = gathered(tmp_path)
    assert [[bench.folder.name for bench in board.benches] for board in boards] == [["a", "c"], ["b"]]
    assert len(said) == 1
    assert "generator.width of the recipe 'dcgan'" in said[0]


def test_few_seeds_are_marked_and_explained(tmp_path):
    put(tmp_path / "a", content("dcgan", seeds=(0, 1, 2)))
    (board,), _ = gathered(tmp_path)
    assert [row.seeds for row in board.table.rows] == ["3/3 †"]
    assert board.table.notes[0] == "†: fewer than 5 seeds."
    put(tmp_path / "b", content("dcgan", seeds=(3, 4), day=22))
    (board,), _ = gathered(tmp_path)
    assert [row.seeds for row in board.table.rows] == ["5/5"]
    assert not any("†" in note for note in board.table.notes)


def test_a_folder_that_is_named_twice_and_a_broken_file_do_no_harm(tmp_path):
    put(tmp_path / "a", content())
    (tmp_path / "x").mkdir()
    (tmp_path / "x/results.json").write_text('{"schema": 7}')
    boards, said = gathered(tmp_path, tmp_path, tmp_path / "a")
    assert len(boards) == 1
    assert len(boards[0].benches) == 1
    assert len(said) == 1 and "schema 7" in said[0]
    with pytest.raises(GanzooError, match="there is no folder"):
        gathered(tmp_path / "nowhere")


def test_markdown_has_what_one_must_know_of_every_bench(tmp_path):
    put(tmp_path / "a", content("dcgan", day=22))
    other = content("wgan-gp", day=21)
    other["environment"] = {**fabricated.ENVIRONMENT, "device": "NVIDIA H100", "cuda": "13.2", "commit": None}
    for run in other["runs"]:
        run["environment"] = other["environment"]
    put(tmp_path / "b", other)
    (board,), _ = gathered(tmp_path)
    lines = board_markdown(board).splitlines()
    assert lines[0] == "### digits, 100 kimg, judged by digits at n = 10k"
    assert lines[2:6] == ["```sh", "ganzoo bench dcgan", "ganzoo bench wgan-gp", "```"]
    assert "- device: cpu, one thread a run; NVIDIA H100, one thread a run" in lines
    assert "- made: 2026-11-22 from commit 0123abc; 2026-11-21" in lines
    assert "- data: 1,797 images of 8x8x1; each metric compares all of them with n = 10,000 generated" in lines
    assert any("do not compare between cpu and NVIDIA H100" in line for line in lines)


def test_budgets_are_said_in_words():
    assert budget_in_words({"kimg": 10_000.0}) == "10,000 kimg"
    assert budget_in_words({"steps": 5000}) == "5,000 turns of D"
    assert budget_in_words({"minutes": 1.5}) == "1.5 min of training"


def leaderboard(*words, code=0):
    done = CliRunner().invoke(cli, ["leaderboard", *map(str, words)], env={"COLUMNS": "120"})
    assert done.exit_code == code, done.output
    return done


def test_the_command_prints_tables_markdown_and_json(tmp_path):
    put(tmp_path / "a", content(seeds=(0, 1)))
    put(tmp_path / "b", content("wgan-gp", budget={"steps": 10}, day=22))
    shown = leaderboard(tmp_path).stdout
    assert shown.index("digits, 10 turns of D, judged") < shown.index("digits, 100 kimg, judged")
    boards, _ = gathered(tmp_path)
    assert leaderboard(tmp_path, "--format", "md").stdout == "\n".join(map(board_markdown, boards))
    newest, oldest = json.loads(leaderboard(tmp_path, "--format", "json").stdout)
    assert newest["budget"] == {"steps": 10}
    assert [bench["folder"] for bench in newest["benches"]] == [str(tmp_path / "b")]
    assert (newest["rows"][0]["few_seeds"], oldest["rows"][0]["few_seeds"]) == (False, True)
    assert oldest["rows"][0]["metrics"]["fid"]["mean"] == pytest.approx(10.05)
    assert oldest["identity"]["data"] == "9f1c" * 16


def test_without_results_the_command_says_so(tmp_path):
    assert "there is no results.json" in leaderboard(tmp_path, code=2).stderr
    assert leaderboard(tmp_path, "--format", "json").stdout == "[]\n"
