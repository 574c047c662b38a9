"""A bench that version 0.1.0 wrote is opened by each command, and gives the numbers that it gave then."""

import json
import shutil

import pytest
from click.testing import CliRunner
from repository import ROOT

import ganzoo
from ganzoo.bench.results.bench_files.bench_results import RESULTS, BenchResults
from ganzoo.bench.results.run_files.record import RECORD, read_record
from ganzoo.bench.results.run_files.result_file import read_result
from ganzoo.bench.results.run_files.spec import RunSpec
from ganzoo.bench.results.stored import read_stored
from ganzoo.cli import cli
from ganzoo.interfaces import Turn
from ganzoo.recipes.recipe import Recipe, load_recipe
from ganzoo.training.checkpoints.checkpoint import newest

OLD = ROOT / "tests" / "support" / "of_0_1_0" / "bench"
# Values in the fixture's result.json; a Fréchet distance is computed otherwise now, equal in exact arithmetic.
FID, IS = 160.3057864315357, 1.000000079830776


@pytest.fixture
def bench(tmp_path):
    shutil.copytree(OLD, tmp_path / "bench")
    return tmp_path / "bench"


def invoked(*words):
    return CliRunner().invoke(cli, [*map(str, words)], prog_name="ganzoo")


def test_its_files_are_read():
    run = OLD / "dcgan" / "seed0"
    results, result, spec = read_stored(BenchResults, OLD / RESULTS), read_result(run), RunSpec.read(run)
    assert (results.ganzoo, results.runs[0].status, result.status) == ("0.1.0", "done", "done")
    assert result.metrics == {"fid": FID, "is": IS}
    assert (spec.seed, spec.samples, spec.budget) == (0, 100, {"kimg": 1.0})
    assert {row.kind for row in read_record(run / RECORD)} == {"train", "evaluation"}


def test_its_recipe_plays_what_it_played():
    """A key that 0.1.0 did not have has the default that leaves all as it was."""
    recipe = load_recipe(OLD / "dcgan" / "seed0" / "recipe.yaml")
    assert (recipe.generator.params["width"], recipe.schedule.batch, recipe.schedule.ema) == (2, 50, 0.5)
    told = json.loads((OLD / "dcgan" / "seed0" / "run.json").read_text())["recipe"]
    assert Recipe.from_dict(told).schedule == recipe.schedule


def test_its_checkpoint_has_no_loss_scales_and_is_read():
    _, values = newest(OLD / "dcgan" / "seed0" / "checkpoints")
    assert values["trainer"]["steps"] == 20
    assert values["trainer"]["scalers"] == {"D": {}, "G": {}}


def test_its_generator_is_opened_and_judged_as_then(bench):
    run = bench / "dcgan" / "seed0"
    assert ganzoo.load(run).sample(3).data.shape == (3, 1, 8, 8)
    done = invoked("eval", run, "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)["metrics"]
    assert found["fid"] == pytest.approx(FID, rel=1e-4)
    assert found["is"] == pytest.approx(IS, rel=1e-4)


@pytest.mark.parametrize(
    "words",
    [
        ("report", "BENCH"),
        ("leaderboard", "BENCH"),
        ("compare", "BENCH", "BENCH"),
        ("watch", "BENCH", "--json"),
        ("sample", "RUN", "--out", "BENCH/drawn.png"),
        ("export", "RUN", "--out", "BENCH/exported"),
    ],
    ids=lambda words: words[0],
)
def test_commands_take_it(bench, words):
    done = invoked(*(w.replace("BENCH", str(bench)).replace("RUN", str(bench / "dcgan" / "seed0")) for w in words))
    assert done.exit_code == 0, done.output


def test_a_turn_says_what_became_of_its_step():
    """0.1.0 counted turns in Python, which a replayed step does not do."""
    turn = Turn.__new__(Turn)
    with pytest.raises(AttributeError, match=r"turn\.step is gone since version 0\.2.*register_buffer"):
        _ = turn.step
