"""A recipe beside its published form: what differs is computed from what both play."""

import pytest

from ganzoo.cli.catalogue import published
from ganzoo.cli.catalogue.published import published_lines
from ganzoo.recipes.building.old_shapes import modality_of_shape
from ganzoo.recipes.building.sizes import count_parameters
from ganzoo.recipes.differences.difference import DEFAULT, UNSAID, compare
from ganzoo.recipes.recipe import Recipe, resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.registry import Entry, Registry
from ganzoo.storage import derived

TEXT = """
generator: {name: g, width: 8}
discriminator: d
loss: hinge
regularizers: [r1, {name: gp, weight: 10.0}]
g_optimizer: {lr: 1e-3, betas: [0, 0.9]}
d_optimizer: {lr: 1e-3}
schedule: {batch: 16, ema: 0.99}
published:
  data: cifar10
  shape: [3, 32, 32]
  budget: 1kimg
  values:
    generator: {value: {name: g2, depth: 3}, source: sec. 2}
    regularizers: {value: [{name: gp, weight: 10}], source: sec. 3}
    regularizers.gp.weight: {value: 10, source: alg. 1}
    loss.name: {value: hinge, source: eq. 1}
    g_optimizer.betas: {value: [0, 0.9], source: alg. 1}
    schedule.batch: {value: 64, source: alg. 1}
    flips: {value: false, source: sec. 5}
"""


@pytest.fixture
def registry(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(TEXT)
    made = Registry()
    parts = [("generator", "g"), ("generator", "g2"), ("discriminator", "d"), ("loss", "hinge")]
    parts += [("regularizer", "r1"), ("regularizer", "gp")]
    made.add([Entry(kind, name, "m:C", "a") for kind, name in parts])
    made.add([Entry("recipe", "mine", path, "a")])
    return made


def test_what_differs_what_is_equal_and_what_nobody_says(registry):
    found = compare(resolve(registry, "mine"), resolve(registry, "mine@published"), registry)
    assert [(row.key, row.here, row.published, row.source) for row in found.differences] == [
        ("generator", "g", "g2", "sec. 2"),
        ("generator.width", "8", DEFAULT, "sec. 2"),
        ("regularizers", "[r1, gp]", "[gp]", "sec. 3"),
        ("schedule.batch", "16", "64", "alg. 1"),
        ("generator.depth", DEFAULT, "3", "sec. 2"),
    ]
    assert found.equal == ("flips", "loss", "regularizers.gp.weight", "g_optimizer.betas")  # 10 and 10.0 are one number
    assert {"conditional", "discriminator", "d_optimizer.lr", "schedule.ema"} <= set(found.unsaid)


ODD = """
from ganzoo.interfaces import Loss
class Soft(Loss):
    def __init__(self, slope=0.5, names=("a", "b")): ...
class Hard(Loss):
    def __init__(self, slope=2.0): ...
"""


@pytest.fixture
def with_defaults(tmp_path, monkeypatch):
    """``mine`` with a loss whose parameters have defaults, and with Adam, whose betas and eps have some."""
    (tmp_path / "odd_losses.py").write_text(ODD)
    monkeypatch.syspath_prepend(tmp_path)

    def made(here, published):
        registry = Registry()
        path = tmp_path / "mine.yaml"
        block = TEXT[TEXT.index("published:") :].partition("  values:")[0]
        text = TEXT.partition("published:")[0].replace("loss: hinge", f"loss: {here}").replace("betas: [0, 0.9]", "")
        path.write_text(f"{text}{block}  values:\n    {published}\n")
        kinds = {"g": "generator", "d": "discriminator", "r1": "regularizer", "gp": "regularizer"}
        registry.add([Entry(kind, name, "m:C", "a") for name, kind in kinds.items()])
        registry.add([Entry("loss", name.lower(), f"odd_losses:{name}", "a") for name in ("Soft", "Hard")])
        registry.add([Entry("recipe", "mine", path, "a")])
        found = compare(resolve(registry, "mine"), resolve(registry, "mine@published"), registry)
        return {row.key: (row.here, row.published) for row in found.differences}, found.equal

    return made


@pytest.mark.parametrize(
    ("here", "published", "differing", "equal"),
    [
        ("soft", "loss.slope: {value: 0.5, source: a}", {}, ("loss.slope",)),
        ("{name: soft, names: [a, b]}", "loss.slope: {value: 0.5, source: a}", {}, ("loss.slope",)),
        ("soft", "loss.slope: {value: 0.7, source: a}", {"loss.slope": ("0.5, its default", "0.7")}, ()),
        (
            "{name: soft, slope: 0.5}",
            "loss: {value: hard, source: a}",
            {"loss": ("soft", "hard"), "loss.slope": ("0.5", "2.0, its default")},
            (),
        ),
        (
            "{name: soft, names: [a]}",
            "loss: {value: hard, source: a}",
            {"loss": ("soft", "hard"), "loss.names": ("[a]", "absent")},
            (),
        ),
        # torch's own defaults of Adam: betas 0.9 and 0.999, eps 1e-8
        ("soft", "g_optimizer.eps: {value: 1.0e-8, source: a}", {}, ("g_optimizer.eps",)),
        ("soft", "g_optimizer.betas: {value: [0.9, 0.999], source: a}", {}, ("g_optimizer.betas",)),
        ("soft", "schedule.labels: {value: independent, source: a}", {}, ()),
        ("soft", "schedule.joint: {value: true, source: a}", {"schedule.joint": ("false, its default", "true")}, ()),
    ],
)
def test_a_default_that_the_other_one_writes_out_is_no_difference(with_defaults, here, published, differing, equal):
    assert with_defaults(here, published) == (differing, equal)


def test_the_growth_of_sngans_discriminator_is_no_difference():
    """Its block says ``between``, which the discriminator takes by itself."""
    registry = load_zoo(third_party=False).registry
    found = compare(resolve(registry, "sngan"), resolve(registry, "sngan@published"), registry)
    assert (
        "discriminator.growth" not in [row.key for row in found.differences] and "discriminator.growth" in found.equal
    )


def test_a_change_that_no_value_speaks_of_says_so(registry):
    other = resolve(registry, "mine@published:schedule.ema=0")
    (row,) = [
        one for one in compare(resolve(registry, "mine"), other, registry).differences if one.key == "schedule.ema"
    ]
    assert (row.here, row.published, row.source) == ("0.99", "0.0", UNSAID)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("regularizers.gp.weight", "{shape: linear, start: 10.0, end: 1.0}"),
        ("g_optimizer.betas", "[0.0, {shape: cosine, start: 0.9, end: 0.99}]"),
        ("d_optimizer.lr", "{shape: linear, start: 0.001, end: 0.0}"),
        ("schedule.ema", "{halflife: 10.0, warmup: false}"),
    ],
)
def test_a_value_that_changes_over_a_run_is_told_as_a_file_writes_it(registry, key, value):
    other = resolve(registry, f"mine@published:{key}={value}")
    (row,) = [one for one in compare(resolve(registry, "mine"), other, registry).differences if one.key == key]
    assert row.published == value


def test_a_recipe_does_not_differ_from_itself(registry):
    recipe = resolve(registry, "mine")
    assert compare(recipe, recipe, registry).differences == ()


def test_numbers_of_parameters_by_hand():
    """wgan-gp on 8x8 grey images with a width of 2: kernels, biases and scales added up."""
    registry = load_zoo(third_party=False).registry
    edits = ["generator.width=2", "discriminator.width=2", "generator.z_dim=3"]
    found = count_parameters(resolve(registry, "wgan-gp", edits), registry, modality=modality_of_shape(8, 1, 7))
    generator = 3 * 4 * 16 + 2 * 4 * 16 + 4 * 2 * 9 + 2 * 2 + (2 * 1 * 25 + 1)
    critic = (1 * 2 * 25 + 2) + (2 * 4 * 9 + 4) + (4 * 16 + 1)
    assert found == {"generator": generator, "discriminator": critic}


def test_a_whole_recipe_is_flat(registry):
    """Every key of the schema is compared."""
    recipe = resolve(registry, "mine")
    found = compare(recipe, recipe, registry)
    apart = {"name", "title", "year", "paper", "summary", "departs", "space", "published"}
    assert {key.split(".")[0] for key in (*found.equal, *found.unsaid)} == Recipe.model_fields.keys() - apart


def test_a_form_that_refuses_the_published_data_is_told_without_its_size():
    """mlp-lsgan plays images, whose sigmoid has bounds, and was published on points, which have none."""
    registry = load_zoo(third_party=False).registry
    (line,) = [
        text for text in published_lines(resolve(registry, "mlp-lsgan"), registry, "mlp-lsgan") if "parameters" in text
    ]
    # two layers of 128: 256 numbers to a point, a point to a verdict
    generator = 256 * 128 + 128 + 128 * 128 + 128 + 128 * 2 + 2
    discriminator = 2 * 128 + 128 + 128 * 128 + 128 + 128 + 1
    assert line.endswith(f"published generator {generator:,}; discriminator {discriminator:,}; this form refuses them")


def test_what_show_says_is_kept_until_a_source_changes(monkeypatch):
    """It imports torch and builds four networks, which takes seconds."""
    registry = load_zoo(third_party=False).registry
    recipe = resolve(registry, "dcgan")
    first = published_lines(recipe, registry, "dcgan")
    monkeypatch.setattr(published, "_lines", lambda *given: ["made anew"])
    assert published_lines(recipe, registry, "dcgan") == first
    edited = recipe.model_copy(update={"title": "Another"})
    assert published_lines(edited, registry, "dcgan") == ["made anew"]
    stamp = derived.stamp_of
    monkeypatch.setattr(derived, "stamp_of", lambda path: [0] if path.endswith("dcgan/generator.py") else stamp(path))
    assert published_lines(recipe, registry, "dcgan") == ["made anew"]


def test_of_a_plugin_that_is_one_module_that_file_alone_is_looked_at(tmp_path, monkeypatch):
    """It may lie in a folder with everything else that is installed."""
    (tmp_path / "lone_loss.py").write_text("class Lone: ...\n")
    (tmp_path / "other.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    registry = load_zoo(third_party=False).registry
    registry.add([Entry("loss", "lone", "lone_loss:Lone", "lone_loss")])
    recipe = resolve(registry, "dcgan", ["loss=lone"])
    files = [(published._PACKAGE / file).resolve() for file in published._sources(recipe, registry)]
    assert [file for file in files if file.is_relative_to(tmp_path.resolve())] == [tmp_path.resolve() / "lone_loss.py"]
    assert any(file.parts[-2:] == ("dcgan", "halving.py") for file in files)
