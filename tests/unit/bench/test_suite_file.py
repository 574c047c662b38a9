"""What a suite's file may say, and what becomes of it."""

import pytest
from data_records import data_of
from repository import ROOT

from ganzoo.bench.execution.rehearsals.misfits import misfits
from ganzoo.bench.results.terms.budget import Budget
from ganzoo.bench.results.terms.settings import RunSettings
from ganzoo.bench.suites.expansion import expand, named
from ganzoo.bench.suites.suite import bench_folders, load_suite
from ganzoo.errors import GanzooError
from ganzoo.recipes import safeyaml
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo

SUITES = sorted((ROOT / "benchmarks/suites").glob("*.yaml"))
SHAPES = {  # height, channels, classes
    "digits": (8, 1, 10),
    "mnist": (28, 1, 10),
    "cifar10": (32, 3, 10),
    "stacked-mnist": (28, 3, 1000),
    "ring": (1, 2, 8),
    "grid": (1, 2, 25),
}


@pytest.fixture(scope="module")
def registry():
    return load_zoo(third_party=False).registry


def written(folder, text):
    path = folder / "mine.yaml"
    path.write_text(text)
    return path


def test_all_that_a_suite_may_say(tmp_path):
    text = """
recipes: [dcgan, "sngan:loss=hinge"]
variants: [loss=hinge, [loss=hinge, schedule.batch=32], "loss=hinge:flips=true"]
grid: {loss: [hinge, wasserstein], g_optimizer.lr: [1.0e-4, 2.0e-4]}
data: [digits, mnist]
seeds: [0, 1, 5]
budget: 5000steps
metrics: [fid, kid]
samples: 1000
evaluations: 2
extractor: digits
track: controlled
backbone: sngan
tune: 8
override: [schedule.batch=16, schedule.ema=0]
"""
    suite = load_suite(written(tmp_path, text))
    assert suite.recipes == ("dcgan", "sngan:loss=hinge")
    assert suite.variants == (("loss=hinge",), ("loss=hinge", "schedule.batch=32"), ("loss=hinge", "flips=true"))
    assert suite.grid == {"loss": ("hinge", "wasserstein"), "g_optimizer.lr": ("1.0e-4", "2.0e-4")}
    assert (suite.data, suite.seeds, suite.budget) == (("digits", "mnist"), (0, 1, 5), Budget(steps=5000))
    assert (suite.metrics, suite.samples, suite.evaluations, suite.extractor) == (("fid", "kid"), 1000, 2, "digits")
    assert (suite.track, suite.backbone, suite.tune) == ("controlled", "sngan", 8)
    assert suite.override == ("schedule.batch=16", "schedule.ema=0")


def test_what_it_leaves_out_is_left_to_the_command_line(tmp_path):
    suite = load_suite(written(tmp_path, "recipes: all\nseeds: 5\n"))
    assert (suite.recipes, suite.seeds) == (("all",), (0, 1, 2, 3, 4))
    left = suite.model_dump(exclude={"recipes", "seeds", "variants", "grid", "override"})
    assert set(left.values()) == {None}
    assert (suite.variants, suite.grid, suite.override) == ((), {}, ())


def test_paths_are_taken_from_the_file(tmp_path):
    text = "recipes: [../mine.yaml:loss=hinge, dcgan]\ndata: [./photos, digits, more.npz, /far/off]\n"
    (tmp_path / "below").mkdir()
    suite = load_suite(written(tmp_path / "below", text))
    below = tmp_path / "below"
    assert suite.recipes == (f"{below}/../mine.yaml:loss=hinge", "dcgan")
    assert suite.data == (f"{below}/photos", "digits", f"{below}/more.npz", "/far/off")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- dcgan", "mine.yaml: a suite is a mapping of keys to values, as in recipes: [dcgan], and this is none"),
        ("budget: 5min", "mine.yaml: recipes: is missing"),
        ("recipes: dcgan\nrecipe: x", "mine.yaml: recipe: no such key; did you mean 'recipes'?"),
        ("recipes: []", "mine.yaml: recipes: must be a list, as in [dcgan, wgan-gp], or all, not []"),
        ("recipes: [dcgan, 3]", "recipes: must be a list of texts, as in [dcgan, wgan-gp], or all, and holds 3"),
        ("recipes: [dcgan, dcgan]", "mine.yaml: recipes: names 'dcgan' twice"),
        ("recipes: ['loss=hinge']", "recipes: 'loss=hinge' starts with no recipe"),
        ("recipes: dcgan\nvariants: [hinge]", "variants: 'hinge' is not of the form key=value, as in loss=hinge"),
        ("recipes: dcgan\nvariants: [name=x]", "variants: 'name=x' is not of the form key=value"),
        ("recipes: dcgan\nvariants: [a=1, [a=1]]", "variants: hold a change twice"),
        (
            "recipes: dcgan\ngrid: [loss]",
            "grid: must be a mapping of keys to lists of values, as in {loss: [hinge,",
        ),
        ("recipes: dcgan\ngrid: {loss: hinge}", "grid: loss must be a list of values, as in [hinge, wasserstein]"),
        ("recipes: dcgan\ngrid: {name: [x]}", "grid: 'name' is no key of a recipe that a grid can change"),
        ("recipes: dcgan\ngrid: {loss: [hinge, hinge]}", "grid: loss has a value twice"),
        ('recipes: dcgan\ngrid: {loss: ["a:b"]}', "grid: loss has the value 'a:b', which the name of a variant cannot"),
        ("recipes: dcgan\nseeds: 1.5", "seeds: must be a count, such as 5, or a list, such as [0, 1, 5], not 1.5"),
        ("recipes: dcgan\nseeds: [1, 1]", "seeds: must be a count, such as 5, or a list of different ones"),
        ("recipes: dcgan\nseeds: true", "seeds: must be a count"),
        ("recipes: dcgan\nseeds: -1", "seeds: must be a count"),
        ("recipes: dcgan\nbudget: 100", "budget: must be a text such as 200kimg, 5000steps, 5min or 1.5h, not 100"),
        ("recipes: dcgan\nbudget: a lot", "budget: budget 'a lot' is not understood"),
        ("recipes: dcgan\nsamples: 1", "samples: must be greater than or equal to 2, not 1"),
        ("recipes: dcgan\nevaluations: many", "evaluations: must be an integer, not 'many'"),
        ("recipes: dcgan\ntrack: free", "track: must be 'as-shipped', 'published' or 'controlled', not 'free'"),
        ("recipes: dcgan\nbackbone: dcgan", "backbone: says what track: controlled plays on, and that is not there"),
        ("recipes: dcgan\ntune: 1", "tune: must be greater than or equal to 2, not 1"),
        ("recipes: dcgan\nrecipes: x", "mine.yaml, line 2: the key 'recipes' is there twice"),
    ],
)
def test_a_fault_is_one_sentence(tmp_path, text, message):
    with pytest.raises(GanzooError) as refused:
        load_suite(written(tmp_path, text))
    assert message in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_several_faults_are_said_at_once(tmp_path):
    with pytest.raises(GanzooError) as refused:
        load_suite(written(tmp_path, "recipes: []\nseeds: x\n"))
    assert [line.split(": ")[1] for line in str(refused.value).splitlines()] == ["recipes", "seeds"]


# -- what is played -------------------------------------------------------------------------------------------------


def test_a_grid_is_the_product_over_all_recipes_and_variants(registry, tmp_path):
    text = """
recipes: [dcgan, sngan]
variants: [schedule.batch=32]
grid: {loss: [hinge, least-squares], regularizers: [r1, [], [{name: r1, weight: 5.0}, lecam]]}
"""
    suite = load_suite(written(tmp_path, text))
    found = expand(suite.recipes, registry, variants=suite.variants, grid=suite.grid)
    assert found.left_out == {}
    assert len(found.names) == 2 * 2 * 2 * 3
    assert found.names[:4] == (
        "dcgan:loss=hinge:regularizers=[r1]",
        "dcgan:loss=hinge:regularizers=[]",
        "dcgan:loss=hinge:regularizers=[{name: r1, weight: 5.0}, lecam]",
        "dcgan:loss=least-squares:regularizers=[r1]",
    )
    assert found.names[6] == "dcgan:schedule.batch=32:loss=hinge:regularizers=[r1]"
    last = resolve(registry, found.names[-1])
    assert (last.loss.name, last.schedule.batch) == ("least-squares", 32)
    assert [(part.name, part.params) for part in last.regularizers] == [("r1", {"weight": 5.0}), ("lecam", {})]


def test_variants_stand_beside_the_recipe_as_it_is(registry):
    found = expand(["dcgan"], registry, variants=[("loss=hinge",), ("loss=hinge", "flips=true")])
    assert found.names == ("dcgan", "dcgan:loss=hinge", "dcgan:loss=hinge:flips=true")


def test_what_does_not_fit_is_left_out_with_the_reason(registry):
    found = expand(["dcgan", "ebgan"], registry, grid={"loss": ("hinge", "ebgan")})
    assert found.names == ("dcgan:loss=hinge", "ebgan:loss=ebgan")
    assert set(found.left_out) == {"dcgan:loss=ebgan", "ebgan:loss=hinge"}
    assert "loss 'hinge' reads 'logits'" in found.left_out["ebgan:loss=hinge"]


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ({"loss": ("hinge", "hing")}, "did you mean 'hinge'?"),
        ({"schedule.bach": ("1", "2")}, "did you mean 'schedule.batch'?"),
        ({"generator.widht": ("1", "2")}, "takes no parameter 'widht'"),
    ],
)
def test_a_change_that_fits_nowhere_is_a_slip_of_the_pen(registry, grid, message):
    with pytest.raises(GanzooError, match=message.replace("?", r"\?")):
        expand(["dcgan", "wgan-gp"], registry, grid=grid)


def test_a_recipe_that_no_change_fits_is_refused(registry):
    with pytest.raises(GanzooError, match="ebgan"):
        expand(["dcgan", "ebgan"], registry, grid={"loss": ("hinge", "least-squares")})


def test_overrides_decide_on_what_fits(registry):
    grid = {"loss": ("hinge", "least-squares")}
    found = expand(["ebgan"], registry, grid=grid, overrides=["discriminator=dcgan", "regularizers=[]"])
    assert found.names == ("ebgan:loss=hinge", "ebgan:loss=least-squares")


def test_all_are_all_that_are_registered(registry):
    every = named(["mine.yaml", "all", "dcgan"], registry)
    assert every[0] == "mine.yaml" and every.count("dcgan") == 1
    assert set(every[1:]) == {entry.name for entry in registry.all("recipe")}


def test_every_data_set_has_a_folder_of_its_own():
    assert bench_folders(["digits", "a/photos.zip", "./B"]) == {
        "digits": "digits",
        "a/photos.zip": "photos.zip",
        "./B": "b-df7e70e5",
    }
    with pytest.raises(GanzooError, match="'a/x' and 'b/x' would share the folder 'x'; rename one of them"):
        bench_folders(["a/x", "b/x"])


@pytest.mark.parametrize(
    "value", ["hinge", "no", "012", 1e-4, 3, True, None, [], ["r1"], [{"name": "r1", "weight": 5.0}], [[0.5, 0.999]]]
)
def test_values_are_written_on_one_line(value):
    text = safeyaml.inline(value)
    assert safeyaml.load(text) == value and "\n" not in text


# -- what ships -----------------------------------------------------------------------------------------------------


def test_the_suites_that_ship():
    names = {"quick", "mnist", "cifar10", "stacked-mnist", "mixtures", "loss-x-regularizer"}
    assert {path.stem for path in SUITES} == names


@pytest.mark.parametrize("path", SUITES, ids=lambda path: path.stem)
def test_a_suite_that_ships_fits_its_data(registry, path, monkeypatch):
    monkeypatch.setattr("ganzoo.bench.execution.rehearsals.misfits.why_not_the_batch", lambda *_: "")  # a step of each
    suite = load_suite(path)
    overrides = (*suite.override, "generator.width=8", "discriminator.width=8")
    found = expand(suite.recipes, registry, variants=suite.variants, grid=suite.grid, overrides=suite.override)
    assert found.names and not found.left_out
    recipes = [resolve(registry, name, overrides) for name in found.names]
    for data in suite.data:
        registry.get("dataset", data)
        height, channels, classes = SHAPES[data]
        images = data_of(channels, height, classes="x" * classes)
        settings = RunSettings(recipes=("dcgan",))
        rows = images.modality(registry).example(8)
        assert misfits(recipes, registry, images, rows, settings)[0] == {}
    for name in suite.metrics or ():
        registry.get("metric", name)
    if suite.extractor is not None:
        registry.get("extractor", suite.extractor)
