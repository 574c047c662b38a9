"""From names to fitted parts, and what is refused before anything is trained."""

import pytest
import torch
from tiny_players import recipe
from tiny_recipes import OF_IMAGES
from torch import nn

from ganzoo.errors import PluginError, RecipeError, UnknownName
from ganzoo.recipes.building.build import build_parts, check_recipe, load_class
from ganzoo.recipes.building.optimizer import build_optimizer
from ganzoo.recipes.recipe import Optimizer, Recipe, resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.registry import Entry, Registry

ZOO = load_zoo(third_party=False)


def dcgan(**changes):
    base = {
        "name": "test",
        "generator": {"name": "dcgan", "width": 4},
        "discriminator": {"name": "dcgan", "width": 4},
        "loss": "hinge",
        "g_optimizer": {"lr": 1e-3},
        "d_optimizer": {"lr": 1e-3},
    }
    return Recipe.from_dict({**base, **changes})


def build(recipe, seed=0, size=8, channels=1, classes=10):
    return build_parts(recipe, ZOO.registry, image_size=size, channels=channels, num_classes=classes, seed=seed)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"generator": {"name": "dcgan", "widht": 4}},
            "generator 'dcgan' takes no parameter 'widht'; did you mean 'width'?",
        ),
        ({"generator": {"name": "dcgan", "channels": 4}}, "takes no parameter 'channels'"),
        ({"loss": {"name": "hinge", "margin": 2}}, "loss 'hinge' takes no parameter 'margin'"),
        (
            {"regularizers": [{"name": "r1", "gamma": 2}]},
            "regularizer 'r1' takes no parameter 'gamma'; it takes: weight",
        ),
        (
            {"d_optimizer": {"name": "sgd", "lr": 1e-3, "betas": [0.5, 0.9]}},
            "d_optimizer 'sgd' takes no parameter 'betas'",
        ),
        ({"g_optimizer": {"name": "adamm", "lr": 1e-3}}, "no optimizer named 'adamm'; there are: .*adam, "),
        ({"g_optimizer": {"name": "lbfgs", "lr": 1e-3}}, "no optimizer named 'lbfgs'"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_parameters_are_bound_before_anything_is_built(changes, message):
    with pytest.raises(RecipeError, match=message):
        check_recipe(dcgan(**changes), ZOO.registry)


def test_all_that_is_wrong_is_said_at_once():
    bad = dcgan(
        generator={"name": "dcgan", "widht": 4}, loss={"name": "hinge", "a": 1}, g_optimizer={"name": "x", "lr": 1}
    )
    with pytest.raises(RecipeError) as caught:
        check_recipe(bad, ZOO.registry)
    lines = str(caught.value).splitlines()
    assert len(lines) == 3
    assert all(word in line for word, line in zip(("'widht'", "'a'", "optimizer named 'x'"), lines, strict=True))


def test_every_bundled_recipe_binds_and_builds():
    for entry in ZOO.registry.all("recipe"):
        from ganzoo.recipes.recipe import resolve

        found = resolve(ZOO.registry, entry.name)
        check_recipe(found, ZOO.registry)
        if entry.name in OF_IMAGES:
            build(found, size=28)


def registry_with(kind, target, **more):
    registry = Registry()
    registry.add(
        [
            *ZOO.registry.all("generator"),
            *ZOO.registry.all("discriminator"),
            Entry(kind, "odd", target, "stranger", **more),
        ]
    )
    return registry


def test_a_class_of_another_kind_is_refused():
    with pytest.raises(
        PluginError,
        match=r"loss 'odd' of plugin 'stranger': torch.nn:Linear is not a subclass of ganzoo.interfaces.Loss",
    ):
        load_class(registry_with("loss", "torch.nn:Linear"), "loss", "odd")


def test_what_a_constructor_raises_names_the_plugin():
    registry = registry_with("loss", "odd_loss:Odd")
    import sys
    import types

    from ganzoo.interfaces import Loss

    class Odd(Loss):
        def __init__(self):
            raise ZeroDivisionError("oh")

        d_loss = g_loss = None

    Odd.__abstractmethods__ = frozenset()
    module = types.ModuleType("odd_loss")
    module.Odd = Odd
    sys.modules["odd_loss"] = module
    try:
        with pytest.raises(
            PluginError,
            match="loss 'odd' of plugin 'stranger' cannot be built with its defaults: ZeroDivisionError: oh",
        ):
            build_parts(dcgan(loss="odd"), registry, image_size=8, channels=1, num_classes=0, seed=0)
    finally:
        del sys.modules["odd_loss"]


def test_reads_must_be_among_outputs():
    import sys
    import types

    from ganzoo.interfaces import Loss

    class Odd(Loss):
        reads = frozenset({"energy"})

        def d_loss(self, turn):
            return turn.on_real["energy"].mean()

        g_loss = d_loss

    module = types.ModuleType("odd_loss")
    module.Odd = Odd
    sys.modules["odd_loss"] = module
    try:
        with pytest.raises(
            RecipeError,
            match="loss 'odd' reads 'energy', which discriminator 'dcgan' does not give; it gives 'features', 'logits'",
        ):
            check_recipe(dcgan(loss="odd"), registry_with("loss", "odd_loss:Odd"))
    finally:
        del sys.modules["odd_loss"]


def test_unknown_part():
    with pytest.raises(UnknownName, match="did you mean 'hinge'"):
        check_recipe(dcgan(loss="hing"), ZOO.registry)


def test_conditional_needs_labels():
    with pytest.raises(RecipeError, match="is conditional, but these images have no labels"):
        build(dcgan(conditional=True), classes=0)


def test_labels_go_to_the_players_only_if_the_recipe_is_conditional():
    plain, conditional = build(dcgan()), build(dcgan(conditional=True))
    count = lambda module: sum(p.numel() for p in module.parameters())  # noqa: E731
    assert count(conditional.G) > count(plain.G)


def test_a_seed_fixes_the_weights_and_leaves_the_global_stream_alone():
    torch.manual_seed(5)
    state = torch.get_rng_state()
    a, b, c = build(dcgan()), build(dcgan()), build(dcgan(), seed=1)
    assert torch.equal(torch.get_rng_state(), state)
    weights = [torch.cat([p.detach().flatten() for p in parts.G.parameters()]) for parts in (a, b, c)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_a_generator_starts_the_same_whatever_it_meets():
    one = build(dcgan()).G
    other = build(dcgan(discriminator={"name": "dcgan", "width": 8}, loss="minimax")).G
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


@pytest.mark.parametrize(
    ("name", "cls", "params"),
    [
        ("adam", torch.optim.Adam, {"betas": [0.5, 0.9]}),
        ("Adam", torch.optim.Adam, {}),
        ("rmsprop", torch.optim.RMSprop, {"alpha": 0.99}),
        ("adamw", torch.optim.AdamW, {"weight_decay": 0.1}),
        ("sgd", torch.optim.SGD, {"momentum": 0.5}),
        ("nadam", torch.optim.NAdam, {}),
        ("adagrad", torch.optim.Adagrad, {}),
    ],
)
def test_optimizers_by_name(name, cls, params):
    made = build_optimizer(Optimizer(name=name, lr=0.01, params=params), nn.Linear(2, 2).parameters())
    assert type(made) is cls
    for key, value in params.items():
        assert made.defaults[key] == (tuple(value) if isinstance(value, list) else value)


@pytest.mark.parametrize("name", ["adam", "adamw", "sgd"])
def test_fused_moves_as_the_plain_one(name):
    layers = [nn.Linear(8, 8) for _ in range(2)]
    layers[1].load_state_dict(layers[0].state_dict())
    params = {"momentum": 0.9} if name == "sgd" else {}
    fused = build_optimizer(Optimizer(name=name, lr=0.01, params=params), layers[0].parameters())
    plain = build_optimizer(Optimizer(name=name, lr=0.01, params={**params, "fused": False}), layers[1].parameters())
    assert fused.defaults["fused"] and not plain.defaults["fused"]
    x = torch.randn(4, 8)
    for _ in range(5):
        for layer, optimizer in zip(layers, (fused, plain), strict=True):
            optimizer.zero_grad()
            layer(x).square().mean().backward()
            optimizer.step()
    assert torch.allclose(layers[0].weight, layers[1].weight, rtol=1e-5, atol=1e-7)


def test_a_value_that_an_optimizer_refuses():
    with pytest.raises(RecipeError, match=r"optimizer 'rmsprop' refuses .*Invalid alpha"):
        build_optimizer(Optimizer(name="rmsprop", lr=0.01, params={"alpha": -1.0}), nn.Linear(2, 2).parameters())


def test_two_time_scales():
    from tiny_players import conv_trainer

    t = conv_trainer(g_optimizer={"lr": 1e-4}, d_optimizer={"name": "rmsprop", "lr": 4e-4})
    assert t.optimizers["G"].defaults["lr"] == 1e-4
    assert t.optimizers["D"].defaults["lr"] == 4e-4
    assert type(t.optimizers["D"]) is torch.optim.RMSprop
    assert recipe().g_optimizer.name == "adam"


@pytest.mark.parametrize("regularizer", ["unrolled", "consensus"])
def test_third_derivatives_are_refused_before_anything_is_built(regularizer):
    registry = ZOO.registry
    cramer = resolve(registry, f"cramer-gan:regularizers=[{regularizer}]")
    with pytest.raises(RecipeError, match=f"regularizer '{regularizer}' differentiates the loss, and loss 'cramer'"):
        check_recipe(cramer, registry)
    check_recipe(resolve(registry, f"dcgan:regularizers=[{regularizer}]"), registry)
