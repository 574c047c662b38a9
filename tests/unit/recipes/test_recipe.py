import pytest
import yaml
from pydantic import ValidationError

from ganzoo.errors import PluginError, RecipeError, UnknownName
from ganzoo.recipes import safeyaml
from ganzoo.recipes.overrides import split_spec
from ganzoo.recipes.recipe import Optimizer, Part, Recipe, Schedule, load_recipe, resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.registry import Entry, Registry

FULL = """
title: WGAN-GP
year: 2017
paper: arXiv:1704.00028
summary: a critic with a penalty
departs: >
  Nothing to
  speak of.
conditional: true
flips: true
generator: {name: dcgan, width: 32, sizes: [1, 2]}
discriminator: dcgan
loss: wasserstein
regularizers:
  - {name: gradient-penalty, weight: 10.0}
  - r1
g_optimizer: {name: adam, lr: 1e-4, betas: [0, 0.9], weight_decay: 0.01}
d_optimizer: {lr: 1}
schedule: {batch: 32, d_steps: 5, ema: 0.9, order: alternating, share_fakes: true}
"""
SHORT = """
generator: dcgan
discriminator: dcgan
loss: hinge
g_optimizer: {lr: 2e-4}
d_optimizer: {lr: 2e-4}
"""


@pytest.fixture
def registry(write):
    made = Registry()
    parts = [("generator", "dcgan"), ("generator", "resnet"), ("discriminator", "dcgan"), ("loss", "hinge")]
    parts += [("loss", "wasserstein"), ("regularizer", "r1"), ("regularizer", "gradient-penalty")]
    made.add([Entry(kind, name, "m:C", "a") for kind, name in parts])
    made.add([Entry("recipe", "wgan-gp", write(FULL, "wgan-gp.yaml"), "a")])
    made.add([Entry("recipe", "short", write(SHORT, "short.yaml"), "a")])
    return made


def problems(caught):
    return str(caught.value).splitlines()


def test_a_full_recipe(write):
    recipe = load_recipe(write(FULL))
    assert recipe == Recipe(
        name="mine",
        title="WGAN-GP",
        year=2017,
        paper="arXiv:1704.00028",
        summary="a critic with a penalty",
        departs="Nothing to speak of.",
        conditional=True,
        flips=True,
        generator=Part(name="dcgan", params={"width": 32, "sizes": [1, 2]}),
        discriminator=Part(name="dcgan"),
        loss=Part(name="wasserstein"),
        regularizers=(Part(name="gradient-penalty", params={"weight": 10.0}), Part(name="r1")),
        g_optimizer=Optimizer(name="adam", lr=1e-4, params={"betas": [0.0, 0.9], "weight_decay": 0.01}),
        d_optimizer=Optimizer(name="adam", lr=1.0),
        schedule=Schedule(batch=32, d_steps=5, ema=0.9, order="alternating", share_fakes=True),
    )
    assert [type(beta) for beta in recipe.g_optimizer.params["betas"]] == [float, float]
    assert type(recipe.d_optimizer.lr) is float


def test_defaults(write):
    recipe = load_recipe(write(SHORT))
    assert recipe.schedule == Schedule(batch=64, d_steps=1, ema=0.0, order="alternating", share_fakes=False)
    assert (recipe.title, recipe.year, recipe.conditional, recipe.flips) == ("", None, False, False)
    assert recipe.regularizers == ()
    assert recipe.g_optimizer.name == "adam"


@pytest.mark.parametrize("text", [FULL, SHORT, "name: 'other: name'\n" + SHORT])
def test_to_dict_round_trips_through_any_yaml(write, text):
    recipe = load_recipe(write(text))
    written = safeyaml.dump(recipe.to_dict())
    assert load_recipe(write(written, "recipe.yaml")) == recipe
    assert Recipe.from_dict(recipe.to_dict()) == recipe
    assert yaml.safe_load(written) == recipe.to_dict()


def test_to_dict_shares_nothing_with_the_recipe(write):
    recipe = load_recipe(write(FULL))
    data = recipe.to_dict()
    data["generator"]["sizes"].append(3)
    data["g_optimizer"]["betas"].append(3)
    assert recipe == load_recipe(write(FULL))


def test_a_recipe_is_frozen(write):
    recipe = load_recipe(write(SHORT))
    for thing, key in ((recipe, "title"), (recipe.generator, "name"), (recipe.schedule, "batch")):
        with pytest.raises(ValidationError, match="frozen"):
            setattr(thing, key, "x")


def test_all_errors_at_once(write):
    text = """
    titel: x
    year: '2017'
    generator: {width: 3}
    discriminator: [dcgan]
    loss: {name: hinge, margin: '1e-4'}
    regularizers: [{name: r1, weight: {a: 1}}, 3]
    g_optimizer: {lr: '1e-4', betas: [0.5]}
    schedule: {bacth: 3, d_steps: 0, ema: 1.0, order: simultanous, share_fakes: no}
    """
    with pytest.raises(RecipeError) as caught:
        load_recipe(write(text))
    assert sorted(problems(caught)) == sorted(
        [
            "mine.yaml: year: must be an integer, not '2017'; write a number without quotes",
            "mine.yaml: generator.name: is missing",
            "mine.yaml: discriminator: must be a name or a mapping with a name, not ['dcgan']",
            "mine.yaml: loss.margin: is the text '1e-4'; write a number without quotes",
            "mine.yaml: regularizers[0].weight: must be a single value or a list of them",
            "mine.yaml: regularizers[1]: must be a name or a mapping with a name, not 3",
            "mine.yaml: g_optimizer.lr: must be a number, not '1e-4'; write a number without quotes",
            "mine.yaml: g_optimizer: betas must be two numbers from 0 to below 1, as in [0.5, 0.999], not [0.5]",
            "mine.yaml: d_optimizer: is missing",
            "mine.yaml: schedule.d_steps: must be greater than or equal to 1, not 0",
            "mine.yaml: schedule.ema: must be less than 1, not 1.0",
            "mine.yaml: schedule.order: must be 'alternating' or 'simultaneous', not 'simultanous'",
            "mine.yaml: schedule.share_fakes: must be true or false, not 'no'",
            "mine.yaml: schedule.bacth: no such key; did you mean 'schedule.batch'?",
            "mine.yaml: titel: no such key; did you mean 'title'?",
        ]
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("schedule: {batch: 0}", "schedule.batch: must be greater than or equal to 1, not 0"),
        ("schedule: {batch: 64.0}", "schedule.batch: must be an integer, not 64.0"),
        ("schedule: {batch: true}", "schedule.batch: must be an integer, not True"),
        ("schedule: {ema: -0.1}", "schedule.ema: must be greater than or equal to 0, not -0.1"),
        ("schedule: {ema: .nan}", "schedule.ema: must be a finite number, not nan"),
        ("schedule: 3", "schedule: must be a mapping, as in {batch: 64}, not 3"),
        ("schedule:", "schedule: must be a mapping, as in {batch: 64}, not None"),
        (
            "schedule: {order: simultaneous, d_steps: 2}",
            "schedule: d_steps must be 1 where order is 'simultaneous', not 2",
        ),
        (
            "schedule: {order: simultaneous, share_fakes: true}",
            "schedule: share_fakes must be false where order is 'simultaneous', which shares the fakes already",
        ),
        ("conditional: 1", "conditional: must be true or false, not 1"),
        ("title: 3", "title: must be a string, not 3"),
        ("name: ''", "name: must have at least 1 character, not ''"),
        ("zzz: 1", "zzz: no such key; there are: name, title, year, paper, summary, departs, conditional, flips, .*"),
        ("regularizers: r1", "regularizers: must be a list, as in \\[r1\\], not 'r1'"),
        ("regularizers: {name: r1}", "regularizers: must be a list, .*"),
        ("regularizers: [{name: r1, weight: [.inf]}]", "regularizers\\[0\\].weight: must be a finite number, not inf"),
        ("regularizers: [{weight: 3}]", "regularizers\\[0\\].name: is missing"),
    ],
)
def test_what_is_refused(write, change, message):
    with pytest.raises(RecipeError, match=f"^mine.yaml: {message}$"):
        load_recipe(write(SHORT + change))


@pytest.mark.parametrize(
    ("optimizer", "message"),
    [
        ("adam", "d_optimizer.lr: is missing"),
        ("{lr: 0}", "d_optimizer.lr: must be greater than 0, not 0"),
        ("{lr: .inf}", "d_optimizer.lr: must be a finite number, not inf"),
        ("{lr: 1, betas: [0.5, 1]}", "d_optimizer: betas must be two numbers"),
        ("{lr: 1, betas: 0.5}", "d_optimizer: betas must be two numbers"),
        ("{lr: 1, betas: [true, 0.5]}", "d_optimizer: betas must be two numbers"),
        ("{lr: 1, betas: ['0.5', 0.5]}", "d_optimizer.betas: is the text '0.5'; write a number without quotes"),
        ("[adam]", "d_optimizer: must be a name or a mapping with a name"),
    ],
)
def test_optimizers_that_are_refused(write, optimizer, message):
    with pytest.raises(RecipeError, match=f"^mine.yaml: {message}"):
        load_recipe(write(SHORT.replace("d_optimizer: {lr: 2e-4}", f"d_optimizer: {optimizer}")))


@pytest.mark.parametrize("text", ["", "- a\n", "dcgan"])
def test_a_file_without_keys(write, text):
    with pytest.raises(RecipeError, match=r"^mine.yaml: a recipe is a mapping of keys to values"):
        load_recipe(write(text))


def test_a_file_that_is_no_yaml(write):
    with pytest.raises(RecipeError, match=r"^mine.yaml, line 2: the key 'a' is there twice$"):
        load_recipe(write("a: 1\na: 2\n"))


def test_resolve_a_registered_recipe(registry):
    recipe = resolve(registry, "wgan-gp")
    assert (recipe.name, recipe.title) == ("wgan-gp", "WGAN-GP")


@pytest.mark.parametrize(
    ("edit", "check"),
    [
        ("loss=hinge", lambda r: r.loss == Part(name="hinge")),
        ("schedule.batch=128", lambda r: (r.schedule.batch, r.schedule.d_steps) == (128, 5)),
        ("schedule={batch: 8}", lambda r: (r.schedule.batch, r.schedule.d_steps) == (8, 1)),
        ("g_optimizer.lr=2e-4", lambda r: r.g_optimizer.lr == 2e-4 and "betas" in r.g_optimizer.params),
        ("g_optimizer.betas=[0.5, 0.999]", lambda r: r.g_optimizer.params["betas"] == [0.5, 0.999]),
        ("g_optimizer.name=rmsprop", lambda r: r.g_optimizer.name == "rmsprop"),
        ("generator=resnet", lambda r: r.generator == Part(name="resnet")),
        ("generator.width=8", lambda r: r.generator.params == {"width": 8, "sizes": [1, 2]}),
        ("discriminator.width=8", lambda r: r.discriminator == Part(name="dcgan", params={"width": 8})),
        ("generator={name: resnet, width: 8}", lambda r: r.generator == Part(name="resnet", params={"width": 8})),
        ("regularizers=[]", lambda r: r.regularizers == ()),
        (
            "regularizers=[r1,{name: gradient-penalty, weight: 5}]",
            lambda r: [p.written() for p in r.regularizers] == ["r1", {"name": "gradient-penalty", "weight": 5}],
        ),
        ("regularizers.gradient-penalty.weight=5", lambda r: r.regularizers[0].params == {"weight": 5}),
        ("regularizers.r1.weight=5", lambda r: r.regularizers[1].params == {"weight": 5}),
        ("regularizers.gradient-penalty=r1", lambda r: r.regularizers == (Part(name="r1"), Part(name="r1"))),
        ("conditional=false", lambda r: r.conditional is False),
        ("title='a: b'", lambda r: r.title == "a: b"),
        ("title=it's", lambda r: r.title == "it's"),
        ("generator.mode=no", lambda r: r.generator.params["mode"] == "no"),
    ],
)
def test_variants_and_overrides_do_the_same(registry, edit, check):
    variant = resolve(registry, f"wgan-gp:{edit}")
    assert check(variant)
    assert variant.name == f"wgan-gp:{edit}"
    overridden = resolve(registry, "wgan-gp", [edit])
    assert overridden.name == "wgan-gp"
    assert variant.model_copy(update={"name": "wgan-gp"}) == overridden


def test_variants_add_up_and_win_over_overrides(registry):
    recipe = resolve(registry, "short:loss=wasserstein:schedule.batch=8", ["schedule.batch=4", "schedule.ema=0.9"])
    assert recipe.loss.name == "wasserstein"
    assert (recipe.schedule.batch, recipe.schedule.ema) == (8, 0.9)
    assert resolve(registry, "short:regularizers=[r1]:regularizers.r1.weight=3").regularizers[0].params == {"weight": 3}


def test_the_file_is_not_changed(registry):
    resolve(registry, "wgan-gp:generator.width=1")
    assert resolve(registry, "wgan-gp").generator.params["width"] == 32


def test_a_recipe_from_a_file(registry, write):
    path = write(SHORT, "of=odd:name.yml")
    assert resolve(registry, str(path)).name == "of=odd:name"
    recipe = resolve(registry, f"{path}:loss=wasserstein")
    assert (recipe.name, recipe.loss.name) == ("of=odd:name:loss=wasserstein", "wasserstein")


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        ("shedule.batch=3", "shedule: no such key; did you mean 'schedule'?"),
        ("schedule.bacth=3", "schedule.bacth: no such key; did you mean 'schedule.batch'?"),
        ("schedule.batch=x", "schedule.batch: must be an integer, not 'x'"),
        ("schedule.batch=1000001", "schedule.batch: must be less than or equal to 1000000, not 1000001"),
        ("schedule.d_steps=9999999", "schedule.d_steps: must be less than or equal to 1000, not 9999999"),
        ("schedule.batch.x=3", "schedule.batch holds no keys"),
        ("loss=hing", "loss: no loss named 'hing'; did you mean 'hinge'?"),
        ("loss=", "loss: must be a name or a mapping with a name, not None"),
        (
            "regularizers=[r1,r2]",
            "regularizers[1]: no regularizer named 'r2'; there are: gradient-penalty, r1 (for one of your own: "
            "--plugin FILE, or install its package)",
        ),
        ("regularizers.r2.weight=3", "regularizers holds no part named 'r2'; there are: gradient-penalty, r1"),
        ("schedule.order=simultaneous", "schedule: d_steps must be 1 where order is 'simultaneous', not 5"),
        ("name=x", "a recipe's name is what it is called by"),
    ],
)
def test_an_override_that_is_wrong_is_named(registry, edit, message):
    for spec, overrides in ((f"wgan-gp:{edit}", ()), ("wgan-gp", (edit,))):
        with pytest.raises(RecipeError) as caught:
            resolve(registry, spec, overrides)
        assert str(caught.value) == f"override {edit!r}: {message}"


@pytest.mark.parametrize("edit", ["hinge", "=3", ".batch=3", "schedule.=3", "schedule..x=3", ""])
def test_an_override_of_another_form(registry, edit):
    with pytest.raises(RecipeError, match=r"^override .* is not of the form key=value, as in schedule.batch=128$"):
        resolve(registry, "wgan-gp", [edit])


def test_an_override_whose_value_is_no_yaml(registry):
    with pytest.raises(RecipeError, match=r"^override 'loss=\[a', line 1: this is not YAML"):
        resolve(registry, "wgan-gp", ["loss=[a"])


def test_all_errors_of_file_and_overrides_at_once(registry, write):
    path = write(SHORT + "titel: x\n")
    with pytest.raises(RecipeError) as caught:
        resolve(registry, f"{path}:schedule.bach=3", ["x", "year=soon"])
    assert [line.partition(": ")[0] for line in problems(caught)] == [
        "override 'x' is not of the form key=value, as in schedule.batch=128",
        "override 'year=soon'",
        "override 'schedule.bach=3'",
        "mine.yaml",
    ]


def test_an_override_mends_the_file(registry, write):
    path = write(SHORT.replace("{lr: 2e-4}", "adam", 1))
    with pytest.raises(RecipeError, match=r"g_optimizer.lr: is missing"):
        resolve(registry, str(path))
    assert resolve(registry, f"{path}:g_optimizer.lr=1").g_optimizer.lr == 1.0


def test_names_that_nobody_knows(registry, tmp_path):
    with pytest.raises(UnknownName, match=r"no recipe named 'wgan'; did you mean 'wgan-gp'?"):
        resolve(registry, "wgan")
    with pytest.raises(RecipeError, match=r"none.yaml: cannot be read: No such file"):
        resolve(registry, str(tmp_path / "none.yaml"))
    for spec in ("", ":loss=hinge", "loss=hinge"):
        with pytest.raises(RecipeError, match="starts with no recipe; write NAME:key=value, as in dcgan:loss=hinge"):
            resolve(registry, spec)


def test_a_part_of_a_failed_plugin(registry):
    registry.withhold("ragan", "it is raining", [("loss", "rel"), ("recipe", "ragan")])
    with pytest.raises(
        RecipeError, match=r"override 'loss=rel': loss: no loss named 'rel': plugin 'ragan' .*: it is raining"
    ):
        resolve(registry, "short:loss=rel")
    with pytest.raises(PluginError, match="plugin 'ragan' provides it, but is left out: it is raining"):
        resolve(registry, "ragan")


@pytest.mark.parametrize(
    ("spec", "pieces"),
    [
        ("dcgan", ("dcgan",)),
        ("a:b=1:c=2", ("a", "b=1", "c=2")),
        ("a:b={x: 1, y: [2]}:c=2", ("a", "b={x: 1, y: [2]}", "c=2")),
        ("a:b='x:y':c=2", ("a", "b='x:y'", "c=2")),
        ("a:b=[':', \"]\"]:c=2", ("a", "b=[':', \"]\"]", "c=2")),
        ("a:b=it's:c=2", ("a", "b=it's", "c=2")),
        ("C:/x/a.yaml:b=1", ("C:/x/a.yaml", "b=1")),
        ("a]:b=1", ("a]", "b=1")),
    ],
)
def test_split(spec, pieces):
    asked = split_spec(spec)
    assert (asked.base, *asked.edits) == pieces and not asked.published
    assert asked.called(asked.base) == spec


@pytest.mark.parametrize("name", [entry.name for entry in load_zoo(third_party=False).registry.all("recipe")])
def test_the_bundled_recipes(name):
    registry = load_zoo(third_party=False).registry
    recipe = resolve(registry, name)
    assert recipe.name == name
    assert recipe.title
    assert recipe.year
    assert recipe.paper
    assert recipe.summary
    assert Recipe.from_dict(recipe.to_dict()) == recipe


@pytest.mark.parametrize("edit", ["g_optimizer.l\udcf2={shape: linear, start: 1, end: 0}", "\udcf2=1", "loss=\udcf2"])
def test_a_spec_that_is_no_text(registry, edit):
    """The bytes of a command line that are no UTF-8 come as lone surrogates, which pydantic's errors do not take."""
    with pytest.raises(RecipeError) as error:
        resolve(registry, f"wgan-gp:{edit}")
    assert "\\udcf2" in ascii(str(error.value))
