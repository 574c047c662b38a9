"""Value schedules in a recipe: where they may stand, what is refused, overrides, search spaces, and the way back."""

import pytest
import yaml

from ganzoo.errors import RecipeError
from ganzoo.recipes import safeyaml
from ganzoo.recipes.changing import schedules_of
from ganzoo.recipes.recipe import Recipe, load_recipe, resolve
from ganzoo.recipes.schedules.averaging import Averaging
from ganzoo.recipes.schedules.value_schedule import ValueSchedule
from ganzoo.registry.registry import Entry, Registry

SHORT = """
generator: g
discriminator: d
loss: l
g_optimizer: {lr: 1.0e-3}
d_optimizer: {lr: 1.0e-3, betas: [0, 0.9]}
"""
FULL = """
generator: g
discriminator: d
loss: l
regularizers: [{name: r1, weight: {shape: cosine, start: 2, end: 0.2, over: 50%}, every: 4}]
g_optimizer: {lr: {shape: linear, start: 2e-4, end: 0}}
d_optimizer: {name: AdamW, lr: {shape: piecewise, points: [[0, 1e-3], [50%, 1e-3], [100%, 0]]},
              betas: [0, {shape: cosine, start: 0.9, end: 0.99, over: 50%}]}
schedule: {batch: 8, ema: {halflife: {shape: cosine, start: 0, end: 500, over: 50%}, warmup: false}}
"""


@pytest.fixture
def registry():
    made = Registry()
    kinds = {"g": "generator", "d": "discriminator", "l": "loss", "r1": "regularizer"}
    made.add([Entry(kind, name, "m:C", "a") for name, kind in kinds.items()])
    return made


def recipe(text):
    return Recipe.from_dict({"name": "mine", **safeyaml.load(text)}, "mine.yaml")


def test_every_place_of_a_schedule():
    found = schedules_of(recipe(FULL))
    assert list(found) == [
        "g_optimizer.lr",
        "d_optimizer.lr",
        "d_optimizer.betas.1",
        "regularizers.r1.weight",
        "schedule.ema.halflife",
    ]
    assert found["g_optimizer.lr"] == ValueSchedule("linear", start=2e-4, end=0.0)
    assert schedules_of(recipe(SHORT)) == {}


def test_a_recipe_with_schedules_round_trips_through_any_yaml(tmp_path):
    read = recipe(FULL)
    written = safeyaml.dump(read.to_dict())
    path = tmp_path / "mine.yaml"
    path.write_text(written)
    assert load_recipe(path) == Recipe.from_dict(read.to_dict()) == read
    assert yaml.safe_load(written) == read.to_dict()
    assert read.to_dict()["g_optimizer"] == {
        "name": "adam",
        "lr": {"shape": "linear", "start": 2e-4, "end": 0.0},
    }
    assert "linear" in read.model_dump_json()


def test_plain_numbers_are_written_as_before():
    assert recipe(SHORT).to_dict()["d_optimizer"] == {"name": "adam", "lr": 1e-3, "betas": [0.0, 0.9]}
    assert recipe(SHORT + "schedule: {ema: 0.999}").schedule.written()["ema"] == 0.999


@pytest.mark.parametrize(
    ("ema", "read"),
    [
        ("0.9", 0.9),
        ("0", 0.0),
        ("{decay: 0.9}", 0.9),
        ("{decay: 0.9, warmup: true}", 0.9),
        ("{decay: 0.9, warmup: false}", Averaging(decay=0.9, warmup=False)),
        ("{halflife: 500}", Averaging(halflife=500.0, warmup=True)),
    ],
)
def test_what_one_number_says_is_written_as_one(ema, read):
    found = recipe(SHORT + f"schedule: {{ema: {ema}}}")
    assert found.schedule.ema == read
    assert Recipe.from_dict(found.to_dict()) == found


LINEAR = "{shape: linear, start: 1, end: 0}"


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("g_optimizer.lr={shape: linear, start: 1}", "g_optimizer.lr: a linear schedule needs 'end'"),
        ("g_optimizer.lr={start: 1}", "g_optimizer.lr: a value that changes needs a shape"),
        ("g_optimizer.lr={shape: linear, start: 1, end: -1}", "g_optimizer.lr: a learning rate must not be below 0"),
        ("g_optimizer.lr={shape: constant, start: 0}", "g_optimizer.lr: this schedule is 0 from beginning to end"),
        ("d_optimizer.betas=[0, {shape: linear, start: 0.9, end: 1}]", "d_optimizer: betas must be two numbers from 0"),
        ("d_optimizer.betas.1={shape: linear, start: 2, end: 0}", "d_optimizer: betas must be two numbers from 0"),
        (
            "d_optimizer={name: nadam, lr: 1, betas: [{shape: constant, start: 0}, 0]}",
            "betas can change over a run with adam and",
        ),
        ("d_optimizer={name: rprop, lr: " + LINEAR + "}", "lr of rprop is only"),
        ("d_optimizer.eps=" + LINEAR, "d_optimizer: eps cannot change over a run; lr can"),
        (
            "generator.width=" + LINEAR,
            "generator: width cannot change over a run; of parts, a regularizer's weight can",
        ),
        ("loss.weight=" + LINEAR, "loss: weight cannot change over a run"),
        ("regularizers=[{name: r1, every: " + LINEAR + "}]", "regularizers[0]: every cannot change over a run"),
        ("regularizers=[{name: r1, weight: [" + LINEAR + "]}]", "regularizers[0]: weight cannot change over a run"),
        ("schedule.ema={decay: 1.5}", "schedule.ema: decay must be from 0 to below 1, not 1.5"),
        ("schedule.ema={decay: " + LINEAR + "}", "schedule.ema: decay must be from 0 to below 1, not 1"),
        ("schedule.ema={halflife: -2}", "schedule.ema: halflife must not be below 0, and is -2"),
        ("schedule.ema={halflife: 0}", "schedule.ema: a halflife of 0 keeps no average; write ema: 0"),
        ("schedule.ema={decay: 0.9, halflife: 1}", "schedule.ema: write either a decay or a halflife"),
        ("schedule.ema={warmup: false}", "schedule.ema: write either a decay or a halflife"),
        ("schedule.ema={decay: 0.9, warmup: 3}", "schedule.ema: warmup must be true or false, not 3"),
        ("schedule.ema={decay: 0.9, warm: 3}", "schedule.ema: there is no key 'warm'; did you mean 'warmup'?"),
        ("schedule.ema={halflife: {shape: linear, start: 0}}", "schedule.ema: halflife: a linear schedule needs 'end'"),
        ("schedule.ema=half", "schedule.ema: must be a decay from 0 to below 1, or {decay: 0.9999"),
        ("schedule.batch=" + LINEAR, "schedule.batch: must be an integer"),
        ("g_optimizer.lr.end=0", "g_optimizer.lr holds no keys, it is the number 0.001; write the schedule out"),
        ("d_optimizer.betas.2=0", "d_optimizer.betas holds 2 values, numbered from 0"),
    ],
)
def test_what_is_wrong_is_one_sentence_with_its_key(tmp_path, registry, override, said):
    path = tmp_path / "mine.yaml"
    path.write_text(SHORT)
    with pytest.raises(RecipeError) as caught:
        resolve(registry, str(path), [override])
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_the_command_line_sets_a_schedule_and_a_key_inside_it(tmp_path, registry):
    path = tmp_path / "mine.yaml"
    path.write_text(FULL)
    overrides = ["g_optimizer.lr={shape: linear, start: 2e-4, end: 0}", "g_optimizer.lr.end=1e-5"]
    variant = f"{path}:d_optimizer.betas.1.end=0.95:regularizers.r1.weight={{shape: linear, start: 2, end: 1}}"
    found = schedules_of(resolve(registry, f"{variant}:schedule.batch=16", overrides))
    assert found["g_optimizer.lr"] == ValueSchedule("linear", start=2e-4, end=1e-5)
    assert (found["d_optimizer.betas.1"].start, found["d_optimizer.betas.1"].end) == (0.9, 0.95)
    assert found["regularizers.r1.weight"] == ValueSchedule("linear", start=2.0, end=1.0)


def test_a_key_inside_a_schedule_may_be_searched():
    read = recipe(FULL + "space: {g_optimizer.lr.start: [1e-5, 1e-3], d_optimizer.betas.1.end: [0.95, 0.999]}\n")
    point = read.changed({"g_optimizer.lr.start": 3e-4, "d_optimizer.betas.1.end": 0.96})
    assert schedules_of(point)["g_optimizer.lr"].start == 3e-4
    assert schedules_of(point)["d_optimizer.betas.1"].end == 0.96
    with pytest.raises(RecipeError, match="betas must be two numbers"):
        recipe(FULL + "space: {d_optimizer.betas.1.end: [0.95, 1.5]}\n")
    choices = "space: {g_optimizer.lr: {choices: [1e-3, {shape: linear, start: 1e-3, end: 0}]}}\n"
    with pytest.raises(RecipeError):  # choices are scalars and lists
        recipe(SHORT + choices.replace("shape: linear, start", "shape: linear, strat"))
