"""``--tune``: trials of a recipe's space, the best of which is played on the reported seeds."""

import json
import math

import fabricated_bench as fabricated
import pytest
from click.testing import CliRunner
from small_benches import SMALL, quiet, request

from ganzoo.bench.audit.submission import check_submission
from ganzoo.bench.bench import exit_code, run_bench
from ganzoo.bench.plan import prepare
from ganzoo.bench.results.run_files.spec import RunSpec
from ganzoo.bench.results.terms.budget import Budget
from ganzoo.bench.tables.notes import tuning_notes
from ganzoo.bench.tuning import FACTOR, SEED, Tuning, trials_of
from ganzoo.cli import cli
from ganzoo.errors import GanzooError, RecipeError
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache

ZOO = load_zoo(third_party=False)


def recipe(name="dcgan", **space):
    return resolve(ZOO.registry, name).model_copy(update={"space": space})


# -- the points -----------------------------------------------------------------------------------------------------


def test_the_first_trial_is_the_recipe_as_it_is():
    first, *others = trials_of(resolve(ZOO.registry, "wgan-gp"), 4)
    assert first.changes == {}
    assert first.recipe.played() == recipe("wgan-gp").played()
    assert len(others) == 3
    for trial in others:
        assert trial.changes.keys() == resolve(ZOO.registry, "wgan-gp").space.keys()
        assert trial.recipe == recipe("wgan-gp").changed(trial.changes)
        assert trial.recipe.regularizers[0].params["weight"] == trial.changes["regularizers.gradient-penalty.weight"]


def test_points_are_the_same_every_time_and_the_first_whatever_their_number():
    few, many = (trials_of(resolve(ZOO.registry, "wgan-gp"), n) for n in (4, 9))
    assert few == trials_of(resolve(ZOO.registry, "wgan-gp"), 4)
    assert many[:4] == few


def test_points_are_spread_evenly_in_the_logarithm():
    """Of 2^k points of a Sobol sequence, every 2^k-th part of each axis holds one."""
    interval = [1e-4, 1.6e-3]
    space = {"g_optimizer.lr": interval, "d_optimizer.lr": interval}
    trials = trials_of(recipe(**space), 17)[1:]
    for key in space:
        shares = [math.log(trial.changes[key] / interval[0]) / math.log(interval[1] / interval[0]) for trial in trials]
        assert sorted(int(16 * share) for share in shares) == list(range(16))
    assert any(trial.changes["g_optimizer.lr"] != trial.changes["d_optimizer.lr"] for trial in trials)


def test_without_a_space_both_learning_rates_move_by_one_factor():
    trials = trials_of(recipe("infogan"), 9)[1:]  # its generator's is five times its discriminator's
    shares = []
    for trial in trials:
        assert trial.changes.keys() == {"g_optimizer.lr", "d_optimizer.lr"}
        assert trial.changes["g_optimizer.lr"] / trial.changes["d_optimizer.lr"] == pytest.approx(5, rel=2e-3)
        shares.append(math.log(trial.changes["g_optimizer.lr"] / 1e-3, FACTOR**2) + 0.5)
    assert sorted(int(8 * share) for share in shares) == list(range(8))


def test_what_is_fixed_is_in_no_trial():
    space = {"g_optimizer.lr": [1e-4, 1e-3], "generator.width": [4, 8]}
    assert {key for t in trials_of(recipe(**space), 5, ["generator"]) for key in t.changes} == {"g_optimizer.lr"}
    alone = trials_of(recipe(**space), 5, ["generator", "g_optimizer.lr"])
    assert {key for trial in alone for key in trial.changes} == {"d_optimizer.lr"}
    with pytest.raises(GanzooError, match=r"'dcgan' leaves nothing to tune: its learning rates are fixed"):
        trials_of(recipe(), 2, ["g_optimizer", "d_optimizer.lr"])


def test_a_point_that_a_recipe_does_not_take_is_refused():
    with pytest.raises(RecipeError, match=r"schedule.ema: must be less than 1, not 1.0"):
        trials_of(recipe(**{"schedule.ema": {"choices": [1.0, 1.0]}}), 2)


# -- the choice -----------------------------------------------------------------------------------------------------


def ended(value, status="done", seconds=2.0):
    metrics = {"fid": value} if status == "done" else None
    return {"status": status, "reason": None, "metrics": metrics, "seconds": seconds}


def tuning(n=3, better="lower"):
    return Tuning("fid", better, {"dcgan": trials_of(recipe(), n)}, {"dcgan": []}, 1)


@pytest.mark.parametrize(
    ("better", "results", "chosen"),
    [
        ("lower", [ended(3.0), ended(2.0), ended(4.0)], 1),
        ("higher", [ended(3.0), ended(2.0), ended(4.0)], 2),
        ("lower", [ended(3.0), ended(3.0), ended(3.0)], 0),
        ("lower", [ended(0, "diverged"), ended(9.0), ended(0, "failed")], 1),
        ("higher", [ended(0, "failed"), ended(math.nan), ended(-5.0)], 2),
        ("lower", [ended(0, "failed"), ended(0, "diverged"), ended(math.nan)], 0),
    ],
)
def test_the_best_trial_is_chosen_and_one_without_a_number_is_the_worst(better, results, chosen):
    assert tuning(better=better).chosen({"dcgan": results}) == {"dcgan": chosen}


def test_what_is_told_of_trials():
    made = tuning()
    told = made.to_json({"dcgan": [ended(3.0), ended(2.0, seconds=0.5), ended(0, "failed", 1.0)]})
    (one,) = told["recipes"].values()
    assert (told["trials"], told["seed"], told["metric"]) == (3, 1_000_000, "fid")
    assert (one["chosen"], one["seconds"]) == (1, 3.5)
    assert one["changes"] == one["trials"][1]["changes"] == made.trials["dcgan"][1].changes
    assert [trial["metrics"] for trial in one["trials"]] == [{"fid": 3.0}, {"fid": 2.0}, None]
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    head, row = tuning_notes(fabricated.read(fabricated.results([], tuning=told)))
    assert head.startswith(
        "Tuned: 3 trials a recipe on seed 1,000,000, which no run here has, chosen by FD[digits]; 3.5 s"
    )
    lr = one["changes"]["g_optimizer.lr"]
    assert row == f"dcgan: trial 1, g_optimizer.lr {lr:g}, d_optimizer.lr {lr:g}; 3.5 s of trials, 1 of them to no end."
    without = fabricated.results([])
    assert tuning_notes(fabricated.read(without | {"tuning": None})) == tuning_notes(fabricated.read(without)) == []


# -- a bench --------------------------------------------------------------------------------------------------------

MINE = """
generator: {name: dcgan, width: 4, z_dim: 8}
discriminator: {name: dcgan, width: 4}
loss: wasserstein
g_optimizer: {name: adam, lr: 2.0e-4}
d_optimizer: {name: sgd, lr: 1.0e+38}
schedule: {batch: 16}
space:
  d_optimizer.lr: {choices: [1.0e-4, 1.0e-3, 1.0e-2, 1.0e+38]}
"""


@pytest.fixture(scope="module")
def tuned(tmp_path_factory):
    """A recipe that diverges as it is, tuned by three trials; gives the request, what it gave, and its folder."""
    here = tmp_path_factory.mktemp("tuned")
    (here / "mine.yaml").write_text(MINE)
    asked = request(
        str(here / "mine.yaml"), overrides=(), budget=Budget(steps=40), extractor="digits", metrics=("fid",), tune=3,
        seeds=(0, 1), replicates=0, examinations=(), out=here / "b", together=3,
    )  # fmt: skip
    summary, folder = run_bench(asked, ZOO, Cache.open(), quiet())
    return asked, summary, folder


def test_the_best_trial_is_played_on_the_reported_seeds(tuned):
    _, summary, folder = tuned
    told = summary["tuning"]["recipes"]["mine"]
    assert told["trials"][0]["status"] == "diverged"
    values = [trial["metrics"]["fid"] if trial["metrics"] else math.inf for trial in told["trials"]]
    assert told["chosen"] == values.index(min(values)) > 0
    assert told["changes"] == told["trials"][told["chosen"]]["changes"]
    assert [(run["recipe"], run["seed"], run["status"]) for run in summary["runs"]] == [
        ("mine", 0, "done"),
        ("mine", 1, "done"),
    ]
    assert exit_code(summary) == 0  # a trial that came to no end is no run that did not
    played = [RunSpec.read(folder / run["folder"]).resolved_recipe() for run in summary["runs"]]
    assert {recipe.d_optimizer.lr for recipe in played} == {told["changes"]["d_optimizer.lr"]}
    assert "space" not in summary["recipes"]["mine"]["text"]
    assert told["seconds"] == math.fsum(trial["seconds"] for trial in told["trials"])


def test_the_bench_that_was_tuned_is_that_of_its_first_file_but_for_what_was_chosen(tuned):
    _, _, folder = tuned
    rules = {rule.name: rule for rule in check_submission(folder, ZOO, Cache.open())}
    assert rules["files"].held and rules["files"].said == "results.json is that of bench.json and of 2 runs"


def test_trials_are_played_on_a_seed_of_their_own_with_the_same_budget(tuned):
    _, summary, folder = tuned
    places = sorted(path.parent for path in folder.glob("tuning/**/run.json"))
    assert [str(place.relative_to(folder)) for place in places] == [
        f"tuning/mine/trial{k}/seed{SEED}" for k in range(3)
    ]
    trial, run = RunSpec.read(places[1]), RunSpec.read(folder / summary["runs"][0]["folder"])
    assert (trial.budget, trial.samples, trial.metrics) == (run.budget, run.samples, run.metrics)
    assert (trial.seed, trial.evaluations) == (SEED, 1)
    assert trial.recipe["d_optimizer"]["lr"] == summary["tuning"]["recipes"]["mine"]["trials"][1]["changes"][
        "d_optimizer.lr"
    ]  # fmt: skip


def test_repeating_it_repeats_neither_trials_nor_runs(tuned):
    asked, summary, folder = tuned
    before = {path: path.stat().st_mtime_ns for path in folder.glob("**/result.json")}
    assert len(before) == 5
    again, _ = run_bench(asked, ZOO, Cache.open(), quiet())
    assert (again["tuning"], again["runs"]) == (summary["tuning"], summary["runs"])
    assert before == {path: path.stat().st_mtime_ns for path in folder.glob("**/result.json")}


# -- what is refused ------------------------------------------------------------------------------------------------


def plan(*recipes, **changes):
    return prepare(request(*recipes, **{"tune": 2, **changes}), ZOO, Cache.open())


def test_reported_seeds_are_none_of_the_trials():
    with pytest.raises(GanzooError, match="seed 1000000 may be one that --tune plays its trials on; report on seeds"):
        plan(seeds=(0, SEED))
    assert plan(seeds=(SEED,), tune=None).specs[0].seed == SEED


def test_without_a_metric_there_is_nothing_to_choose_by():
    with pytest.raises(GanzooError, match="--tune chooses by the first metric, and this bench has none"):
        plan()


def test_every_recipe_gets_as_many_trials_and_keeps_what_the_command_line_says():
    made = plan("dcgan", "wgan-gp:g_optimizer.lr=1e-3", "infogan", tune=4, extractor="digits")
    assert {name: len(trials) for name, trials in made.tuning.trials.items()} == dict.fromkeys(
        ("dcgan", "wgan-gp:g_optimizer.lr=1e-3", "infogan"), 4
    )
    assert {t.recipe.g_optimizer.lr for t in made.tuning.trials["wgan-gp:g_optimizer.lr=1e-3"]} == {1e-3}
    assert {spec.seed for specs in made.tuning.specs.values() for spec in specs} == {SEED}
    assert all("space" not in spec.recipe for spec in made.specs)
    assert (made.tuning.metric, made.tuning.better) == ("fid", "lower")


def test_on_the_controlled_track_no_trial_changes_the_backbone(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(MINE.replace("1.0e+38}", "1.0}", 1).rstrip() + "\n  schedule.batch: [8, 64]\n")
    made = plan("dcgan", str(path), track="controlled", tune=5, extractor="digits", overrides=SMALL[:2])
    assert {key for trial in made.tuning.trials["mine"] for key in trial.changes} == {"d_optimizer.lr"}
    assert {trial.recipe.schedule.batch for trial in made.tuning.trials["mine"]} == {64}


def test_a_key_that_a_part_does_not_take_is_refused_before_anything_is_played(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(MINE.rstrip() + "\n  generator.depth: [1, 4]\n")
    with pytest.raises(RecipeError, match="generator 'dcgan' takes no parameter 'depth'"):
        plan(str(path), extractor="digits", overrides=())


def test_a_profile_tunes_nothing():
    done = CliRunner().invoke(cli, ["bench", "dcgan", "--tune", "3", "--profile"])
    assert done.exit_code == 2
    assert "--tune plays trials, and --profile trains nothing" in done.stderr
