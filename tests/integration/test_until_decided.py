"""``--until-decided``: rounds that go on in one folder, and the rule in the results."""

import json

import pytest
from click.testing import CliRunner

from ganzoo.cli import cli

BENCH = (
    "bench",
    "gan",
    "mlp-lsgan",
    "--until-decided",
    "best",
    "--seeds",
    "2",
    "--budget",
    "1kimg",
    "--samples",
    "200",
)
QUICK = ("--evaluations", "1", "--replicates", "0", "--examine", "none", "--device", "cpu", "--json")


@pytest.mark.slow
def test_rounds_go_on_where_the_ones_before_ended(tmp_path):
    out = ("--out", str(tmp_path / "bench"))
    first = CliRunner().invoke(cli, [*BENCH, "--most-seeds", "2", *QUICK, *out])
    assert first.exit_code == 0, first.output
    one = json.loads(first.stdout)
    assert (one["seeds"], one["sequential"]) == ([0, 1], {"until": "best", "counts": [2], "level": 0.05})
    again = CliRunner().invoke(cli, [*BENCH, "--most-seeds", "4", *QUICK, *out])
    told = json.loads(again.stdout)
    assert told["sequential"] == {"until": "best", "counts": [2, 4], "level": 0.025}
    assert told["seeds"] in ([0, 1], [0, 1, 2, 3])
    before = {(run["recipe"], run["seed"]): run for run in one["runs"]}
    after = {(run["recipe"], run["seed"]): run for run in told["runs"]}
    assert {place: after[place] for place in before} == before, "runs are not repeated"
    assert len(after) == 2 * len(told["seeds"])


def test_a_recipe_alone_and_a_bench_without_numbers_are_refused(tmp_path):
    alone = CliRunner().invoke(cli, ["bench", "gan", "--until-decided", "all", "--out", str(tmp_path / "a")])
    assert alone.exit_code == 2 and "--until-decided compares recipes, and gan alone is played" in alone.stderr
    blind = [*BENCH, "--extractor", "none", "--out", str(tmp_path / "b")]
    blind = CliRunner().invoke(cli, blind)
    assert blind.exit_code == 2 and "--until-decided tests the first metric, and this bench has none" in blind.stderr
