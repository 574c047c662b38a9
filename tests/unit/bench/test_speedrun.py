"""Tracks, tries and records of the speedrun, on benches that are made up."""

import json
import re

import pytest
from ganzoo_plugins.distillation import distillation
from pydantic import ValidationError

from ganzoo.bench.results.bench_files.bench_results import BenchResults
from ganzoo.bench.results.bench_files.speedrun_file import SpeedrunTry, digest_of, read_try
from ganzoo.bench.results.run_files.result import Evaluation
from ganzoo.bench.results.terms.budget import Budget
from ganzoo.bench.results.terms.goal import goal_fields
from ganzoo.bench.results.terms.settings import RunSettings
from ganzoo.bench.speedrun import pretrained
from ganzoo.bench.speedrun.play import on_track, require_right_way
from ganzoo.bench.speedrun.pretrained import require_untrained, require_weightless
from ganzoo.bench.speedrun.records import history, record_of, shipped_records, told_beside
from ganzoo.bench.speedrun.track import SEEDS, Goal, Track, load_track, shipped_tracks
from ganzoo.bench.speedrun.trying import hardware_of, reached, try_of
from ganzoo.data import resolve as find_data
from ganzoo.errors import DataError, GanzooError, RecipeError
from ganzoo.interfaces import Loss
from ganzoo.interfaces.data import File
from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache

TRACK = Track(name="five", summary="", data="digits", goals=["fid <= 5"], samples=64, kimg=10, evaluations=5)
CPU = {"device": "A CPU", "kind": "cpu", "threads": 1, "commit": "abc"}


def looks(*distances, batch=10, warm=30, pace=2.0, cpu=1.5):
    """Evaluations at 1, 2, ... kimg of a run whose first ``warm`` images no clock has counted."""
    return [
        {
            "kimg": float(i),
            "d_steps": i * 1000 // batch,
            "seconds": pace * (i - warm / 1000),
            "cpu_seconds": None if cpu is None else pace * cpu * (i - warm / 1000),
            "timed_kimg": i - warm / 1000,
            "metrics": {"fid": distance},
            "grid": "samples/x.png",
        }
        for i, distance in enumerate(distances, 1)
    ]


def run(seed, *distances, status="done", environment=CPU, **more):
    return {
        "recipe": "mine",
        "seed": seed,
        "status": status,
        "evaluations": looks(*distances, **more),
        "environment": environment,
    }


def bench(*runs, **more):
    seeds = [one["seed"] for one in runs]
    told = {
        "ganzoo": "0.1.0",
        "started": "2026-01-01T00:00:00+00:00",
        "finished": "2026-01-02T00:00:00+00:00",
        "dataset": {"name": "digits", "hash": "d1", "n": 1797},
        "budget": {"kimg": 10.0},
        "seeds": seeds,
        "samples": 64,
        "extractor": {"extractor": "digits"},
        "columns": [{"key": "fid", "label": "FD[digits]", "better": "lower"}],
        "recipes": {"mine": {"text": "loss: hinge\n"}},
        "environment": CPU,
        "runs": list(runs),
    }
    return BenchResults.model_validate(told | more)


def tried(*firsts, **more):
    """A try whose seeds meet the goal at these kimg."""
    runs = [run(seed, *([9.0] * (first - 1)), 4.0) for seed, first in enumerate(firsts)]
    return try_of(bench(*runs, **more), TRACK, {}, 5)


# -- tracks ------------------------------------------------------------------------------------------------------------


def test_the_tracks_that_ship_name_data_and_metrics_that_there_are():
    registry = load_zoo(third_party=False).registry
    tracks = shipped_tracks()
    assert {"digits-5", "digits-2", "digits-1", "mnist-5", "mnist-1.5", "grid-25"} <= {one.name for one in tracks}
    for track in tracks:
        assert registry.get("dataset", track.data) and registry.get("extractor", track.extractor)
        assert all(registry.get("metric", metric) for metric in track.metrics)


@pytest.mark.parametrize(
    ("text", "value", "met"),
    [
        ("fid <= 5", 5.0, True),
        ("fid <= 5", 5.01, False),
        ("modes>=25", 25, True),
        ("modes >= 25", 24.9, False),
        ("fid <= 5", None, False),
        ("fid <= 5", float("nan"), False),
        ("fid <= 5", float("-inf"), False),
    ],
)
def test_a_goal_bounds_a_metric_and_its_bound_meets_it(text, value, met):
    (goal,) = TRACK.model_validate(TRACK.model_dump() | {"goals": [text]}).goals
    assert isinstance(goal, Goal) and goal.met({goal.metric: value}) is met
    assert not goal.met({})


def test_all_goals_are_met_by_one_evaluation():
    track = load_track("grid-25")
    assert track.aim == "modes >= 25 and high-quality >= 95"
    assert track.met({"modes": 25, "high-quality": 95.0}) and not track.met({"modes": 25, "high-quality": 94.9})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1]", "a track is a mapping of keys"),
        ("name: x\ndata: digits", "name: no such key"),
        ("data: digits", "mine.yaml: goals: is missing"),
        ("goals: [fid < 5]", "must be a metric and its bound, as in 'fid <= 5'"),
        ("goals: [fid <= 5]\nsample: 3", "sample: no such key; did you mean 'samples'?"),
    ],
)
def test_a_wrong_track_is_refused_in_sentences(tmp_path, text, said):
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(GanzooError) as refused:
        load_track(str(tmp_path / "mine.yaml"))
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            "goals: [fid = 1]",
            "goals[0]: must be a metric and its bound, as in 'fid <= 5' or 'modes >= 25', not 'fid = 1'",
        ),
        ("goals: fid <= 10", "goals: must be a list, as in [fid <= 5], not 'fid <= 10'"),
        ("goals: []", "goals: must have at least 1 item, as in [fid <= 5], not []"),
        ("kimgs: 4", "kimgs: no such key; did you mean 'kimg'?"),
    ],
)
def test_each_fault_of_a_track_is_told_once(tmp_path, change, said):
    keys = {"summary": "x", "data": "digits", "goals": "[fid <= 5]", "samples": "100", "kimg": "4", "evaluations": "2"}
    name, _, value = change.partition(": ")
    del keys[name.removesuffix("s") if name == "kimgs" else name]
    path = tmp_path / "mine.yaml"
    path.write_text("".join(f"{key}: {one}\n" for key, one in {**keys, name: value}.items()))
    with pytest.raises(GanzooError) as refused:
        load_track(str(path))
    assert str(refused.value) == f"{path}: {said}"


def test_a_track_that_is_not_there_is_answered_with_the_near_name():
    with pytest.raises(GanzooError, match="did you mean 'digits-5'"):
        load_track("digit-5")


def settings(**more):
    return RunSettings(recipes=("dcgan",), third_party=False, **more)


def test_a_run_that_ended_at_the_goals_has_reached_them_and_one_that_fell_has_not():
    found = try_of(bench(*[run(s, 9.0, 4.0, status="reached") for s in SEEDS]), TRACK, {}, 5)
    assert found.counts and found.asked == 5 and {one.reached.kimg for one in found.seeds} == {2.0}
    fell = try_of(bench(*[run(s, 9.0, 4.0, status="failed") for s in SEEDS]), TRACK, {}, 5)
    assert [one.reached for one in fell.seeds] == [None] * 5


def test_goals_are_written_in_one_way_and_wrong_ones_refused():
    assert settings(goals=("fid<=5.0",)).goals == ("fid <= 5",)
    with pytest.raises(ValidationError, match="must be a metric and its bound"):
        settings(goals=("fid",))


def test_a_try_has_the_terms_of_its_track():
    asked = on_track(settings(seeds=SEEDS), TRACK, None, None)
    assert (asked.dataset, asked.metrics, asked.samples) == ("digits", ("fid",), 64)
    assert (asked.budget, asked.evaluations, asked.threads, asked.parallel) == (Budget(kimg=10), 5, 1, 1)
    assert asked.goals == ("fid <= 5",)
    shorter = on_track(settings(threads=2), TRACK, Budget(kimg=4.0), 2)
    assert (shorter.budget, shorter.evaluations, shorter.threads) == (Budget(kimg=4.0), 2, 2)


@pytest.mark.parametrize(
    ("budget", "evaluations", "said"),
    [
        (Budget(kimg=11.0), None, "--budget 11kimg is more than a try at five has: 10kimg at most"),
        (Budget(steps=5), None, "write it as in --budget 10kimg"),
        (None, 6, "--evaluations 6 are more than a run at five has: 5 at most"),
    ],
)
def test_a_try_is_no_longer_than_its_track_allows(budget, evaluations, said):
    with pytest.raises(GanzooError, match=re.escape(said)):
        on_track(settings(), TRACK, budget, evaluations)


# -- tries -------------------------------------------------------------------------------------------------------------


def test_warm_up_steps_count_at_the_pace_of_the_others():
    """The clock saw 1.97 of 2 kimg in 3.94 s, two of a second each: at that pace 2 kimg take 4 s, and 6 of two CPUs."""
    found = reached([Evaluation.model_validate(look) for look in looks(9.0, 5.0, 1.0)], TRACK)
    assert found.to_json() == {"kimg": 2.0, "seconds": 4.0, "cpu_seconds": 6.0, "interval": 1.0}


def test_a_run_that_was_all_warm_up_has_no_time():
    looked = [Evaluation.model_validate(look | {"timed_kimg": 0.0, "seconds": 0.0}) for look in looks(1.0)]
    assert reached(looked, TRACK) is None
    assert reached([], TRACK) is None
    later = [*looked, *(Evaluation.model_validate(look) for look in looks(9.0, 1.0)[1:])]
    assert reached(later, TRACK).kimg == 2.0, "the first that is timed"


def test_the_time_is_the_median_and_all_seeds_must_reach():
    found = tried(1, 2, 3, 4, 5)
    assert (found.seconds, found.cpu_seconds, found.counts) == (6.0, 9.0, True)
    runs = [run(seed, 4.0) for seed in range(4)]
    missed = try_of(bench(*runs, run(4, 9.0)), TRACK, {}, 5)
    assert (missed.seconds, missed.counts, missed.seeds[4].reached) == (None, False, None)
    fell = try_of(bench(*runs, run(4, 4.0, status="diverged")), TRACK, {}, 5)
    assert (fell.seconds, fell.seeds[4].status) == (None, "diverged")


def test_a_result_that_was_changed_afterwards_has_reached_nothing():
    runs = [run(seed, 4.0) for seed in range(4)]
    changed = run(4, 4.0) | {"digests": {"result": "0" * 64}}
    found = try_of(bench(*runs, changed), TRACK, {}, 5)
    assert (found.seeds[4].status, found.seeds[4].reached, found.counts) == ("altered", None, False)


def test_a_try_of_other_seeds_or_of_code_that_is_nowhere_does_not_count():
    assert not tried(1, 1).counts
    assert tried(1, 1).void == ["it was played with the seeds 0, 1, and a try is of 0, 1, 2, 3, 4"]
    dirty = tried(1, 1, 1, 1, 1, environment=CPU | {"commit": "abc-dirty"})
    assert dirty.void == ["its code was not committed (abc-dirty), so that nobody can play it again"]
    other = try_of(bench(*[run(s, 4.0, environment=CPU | {"device": str(s // 3)}) for s in SEEDS]), TRACK, {}, 5)
    assert other.void == ["its seeds were played on several devices: 0, 1"]
    of_gpus = try_of(bench(*[run(s, 4.0) for s in SEEDS]), TRACK.model_copy(update={"kind": "gpu"}), {}, 5)
    assert of_gpus.void == ["the track is for GPUs, and it was played on a CPU"]


def test_without_seconds_of_the_cpu_a_try_on_one_does_not_count():
    found = try_of(bench(*[run(seed, 4.0, cpu=None) for seed in SEEDS]), TRACK, {}, 5)
    assert (found.seconds, found.cpu_seconds, found.counts) == (2.0, None, False)
    assert told_beside(found, []).endswith("but the CPU's seconds are not known")


@pytest.mark.parametrize(
    ("environment", "hardware"),
    [
        (CPU, "cpu-1-thread"),
        (CPU | {"threads": 2}, "cpu-2-threads"),
        ({"kind": "cuda", "threads": 2}, "gpu"),
    ],
)
def test_machines_are_of_a_class(environment, hardware):
    assert hardware_of(bench(run(0), environment=environment).machine) == hardware


def test_a_try_holds_what_it_takes_to_play_it_again(tmp_path):
    found = try_of(bench(*[run(s, 4.0) for s in SEEDS]), TRACK, {"my_loss": "x = 1\n"}, 5)
    told = found.to_json()
    assert (told["text"], told["files"], told["data"]["hash"]) == ("loss: hinge\n", {"my_loss": "x = 1\n"}, "d1")
    assert told["track"]["goals"] == ["fid <= 5"] and told["environment"]["commit"] == "abc"
    assert "grid" not in told["seeds"][0]["evaluations"][0]
    (tmp_path / "x.json").write_text(json.dumps(told))
    assert read_try(tmp_path / "x.json") == found


@pytest.mark.parametrize("damage", ["edit", "cut", "type"])
def test_a_damaged_try_is_told_in_one_sentence(tmp_path, damage):
    told = tried(1, 1, 1, 1, 1).to_json()
    if damage == "edit":
        told["cpu_seconds"] = 0.1
    if damage == "type":
        told["cpu_seconds"] = "soon"
    text = json.dumps(told)
    (tmp_path / "x.json").write_text(text[:-100] if damage == "cut" else text)
    with pytest.raises(DataError) as refused:
        read_try(tmp_path / "x.json")
    assert "x.json" in str(refused.value) and len(str(refused.value).splitlines()) == 1


# -- records -----------------------------------------------------------------------------------------------------------


def at(day, *firsts, **more):
    return tried(*firsts, finished=f"2026-01-{day:02d}T00:00:00+00:00", **more)


def test_the_history_is_of_tries_that_were_faster_than_all_before():
    tries = [at(3, 2, 2, 2, 2, 2), at(1, 3, 3, 3, 3, 3), at(2, 4, 4, 4, 4, 4), at(4, 1, 1), at(5, 1, 1, 1, 1, 1)]
    assert [one.finished[8:10] for one in history(tries)] == ["01", "03", "05"]
    other = at(2, 4, 4, 4, 4, 4, environment=CPU | {"device": "Another"})
    assert other in history([*tries, other])  # of another processor: a place of its own


def test_a_try_is_told_beside_the_record_of_its_place():
    held = [record_of(tried(2, 2, 2, 2, 2))]
    faster, slower, few = tried(1, 1, 1, 1, 1), tried(4, 4, 4, 4, 4), tried(1, 1)
    assert told_beside(faster, held).endswith("a record: mine took 6 before, 2.00 times as long")
    assert told_beside(slower, held).endswith("2.00 times as long as the record, 6 of mine")
    assert told_beside(faster, []).endswith("the first try at five in the class cpu-1-thread on A CPU")
    assert "it does not count: it was played with the seeds 0, 1" in told_beside(few, held)
    missed = try_of(bench(*[run(s, 9.0) for s in SEEDS]), TRACK, {}, 5)
    said = "not reached: no evaluation of seeds 0, 1, 2, 3, 4 of 5 within 10 kimg met fid <= 5"
    assert told_beside(missed, held) == said
    two = missed.model_copy(update={"track": missed.track.model_copy(update={"goals": ["fid <= 5", "is >= 9"]})})
    assert told_beside(two, held) == f"{said} and is >= 9 at once"
    with pytest.raises(DataError, match="does not count"):
        record_of(few)


def test_the_records_that_ship_are_of_tracks_that_there_are():
    assert {one.track for one in shipped_records()} <= {one.name for one in shipped_tracks()}


def test_the_digest_is_of_all_else():
    told = tried(1, 1, 1, 1, 1).to_json()
    assert told["digest"] == digest_of(told) != digest_of(told | {"recipe": "other"})
    assert SpeedrunTry.parse(told, "x").recipe == "mine"


# -- what was trained before -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def registry():
    return load_zoo(third_party=False).registry


@pytest.fixture(scope="module")
def digits(registry):
    return find_data(registry, "digits", cache=Cache.open())


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "projected-gan",
            "its discriminator 'projected' of plugin 'projected-gan' holds an extractor, which was trained",
        ),
        ("mlp-lsgan:regularizers=[{name: distillation, teacher: RUN}]", "holds a generator, which was trained before"),
    ],
)
def test_recipes_with_trained_parts_are_refused(registry, digits, name, said, monkeypatch):
    recipe = resolve(registry, name)
    if "RUN" in name:
        teacher = build_parts(resolve(registry, "mlp-lsgan"), registry, modality=digits.modality(registry), seed=1).G
        monkeypatch.setattr(distillation, "opened", lambda place: teacher)
    with pytest.raises(RecipeError, match=re.escape(said)):
        require_untrained(recipe, registry, digits)


def test_a_part_that_declares_weights_is_refused_before_they_are_looked_for(registry, monkeypatch):
    class Knowing(Loss):
        weights = File("knowing.pt", "https://localhost/knowing.pt", sha256="0" * 64)

        def __init__(self, weights):
            raise AssertionError("it is not built")

    known = pretrained.load_class
    monkeypatch.setattr(
        pretrained,
        "load_class",
        lambda registry, kind, name: Knowing if kind == "loss" else known(registry, kind, name),
    )
    with pytest.raises(RecipeError, match=r"enters no speedrun: its loss .* brings the weights 'knowing.pt'"):
        require_weightless(resolve(registry, "dcgan"), registry, foreign=False)


@pytest.mark.parametrize("name", ["dcgan", "mlp-lsgan", "distilled-gan", "stylegan2-ada"])
def test_recipes_without_are_taken(registry, digits, name):
    require_untrained(resolve(registry, name), registry, digits)


def test_a_goal_that_the_worst_samples_meet_is_refused():
    registry = load_zoo(third_party=False).registry
    for track in shipped_tracks():
        require_right_way(track, registry)
    for goal, right in (
        ("fid >= 5", "fid <= 5"),
        ("modes <= 8", "modes >= 8"),
        ("reverse-kl >= 0.1", "reverse-kl <= 0.1"),
    ):
        with pytest.raises(GanzooError, match=f"goal {goal} is the wrong way round: .*; write {right}$"):
            require_right_way(TRACK.model_copy(update={"goals": (Goal.model_validate(goal_fields(goal)),)}), registry)
