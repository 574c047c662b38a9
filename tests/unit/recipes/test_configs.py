"""Every bundled recipe fits its parts, says what it should, and plays a turn of each player."""

import inspect
import math
from importlib.resources import files

import ganzoo_configs
import pytest
import torch
from stand_in_turn import NoHostSync, StandInTurn

from ganzoo.recipes.building.build import build_parts, check_recipe, offered_by
from ganzoo.recipes.building.optimizer import build_optimizer, optimizer_class
from ganzoo.recipes.recipe import load_recipe, resolve
from ganzoo.recipes.schema.search_space import ends
from ganzoo.registry.discovery import load_zoo

RECIPES = sorted(
    path.name.removesuffix(".yaml") for path in files(ganzoo_configs).iterdir() if path.name.endswith(".yaml")
)
CLASSIC = ["dcgan", "lsgan", "sngan", "tutorial-dcgan", "wgan", "wgan-gp"]
FROM_DATA = {"image_size", "channels", "num_classes"}
PARTS = ("generator", "discriminator", "loss", "regularizer")
NAMED = """
    gan ns-gan mlp-lsgan dcgan lsgan wgan wgan-gp wgan-gp-resnet wgan-lp wgan-div dragan r1-gan sngan sngan-resnet sagan
    geometric-gan rsgan rasgan ralsgan rahinge rpgan-r1r2 r3gan fgan-kl fgan-reverse-kl fgan-pearson fgan-neyman
    fgan-hellinger fgan-js fgan-tv ebgan began mmd-gan cramer-gan fisher-gan softmax-gan pacgan unrolled-gan infogan
    infomax-gan ssgan crgan bcr-gan icr-gan lecam diffaugment ada apa topk-gan logan cgan acgan tacgan cgan-pd mhgan
    contragan reacgan adcgan biggan biggan-deep stylegan2 stylegan2-ada tutorial-dcgan
"""


@pytest.fixture(scope="module")
def registry():
    return load_zoo(third_party=False).registry


def read(name):
    return load_recipe(files(ganzoo_configs) / f"{name}.yaml")


# Parts that no bundled recipe names: variants are made with them.
SPARE = {
    "drift", "feature-matching", "historical-averaging", "multi-period", "multi-scale", "orthogonal",
    "spectral-regularisation",
}  # fmt: skip


def parts_of(recipe):
    return [
        ("generator", recipe.generator),
        ("discriminator", recipe.discriminator),
        ("loss", recipe.loss),
        *(("regularizer", part) for part in recipe.regularizers),
    ]


def test_every_file_is_registered_under_its_stem(registry):
    assert [entry.name for entry in registry.all("recipe")] == RECIPES


def test_the_names_of_the_field_are_there():
    assert set(NAMED.split()) <= set(RECIPES)


@pytest.mark.parametrize("kind", PARTS)
def test_every_part_is_registered_with_a_summary_and_a_paper(registry, kind):
    for entry in registry.all(kind):
        assert 10 < len(entry.summary) <= 110, entry.name
        assert not entry.summary.endswith("."), entry.name
        assert entry.paper.startswith(("arXiv:", "https://")), entry.name
        assert entry.load().__name__ == entry.target.split(":")[1]


def test_every_part_is_played_by_a_recipe_or_named_by_none_for_a_reason(registry):
    """A part without a recipe is one that recipes are changed with: it is listed here, so that none is forgotten."""
    played = {(kind, part.name) for name in RECIPES for kind, part in parts_of(read(name))}
    spare = {(entry.kind, entry.name) for kind in PARTS for entry in registry.all(kind)} - played
    assert {name for _, name in spare} == SPARE


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_complete(name):
    """It says all that there is to choose, so that no default can change its meaning."""
    recipe = read(name)
    assert recipe.name == name
    assert recipe.title
    assert recipe.year >= 2014
    assert recipe.paper.startswith(("arXiv:", "https://"))
    assert 10 < len(recipe.summary) <= 110
    assert not recipe.summary.endswith(".")
    assert recipe.departs.endswith(".")
    text = (files(ganzoo_configs) / f"{name}.yaml").read_text(encoding="utf-8")
    keys = {line.split(":")[0] for line in text.splitlines() if line and line[0] not in " #"}
    optional = {"space", "published", "dequantize"}
    assert keys | optional == type(recipe).model_fields.keys() - {"name"}
    written = text[text.index("\nschedule:") :]
    assert all(f"{key}:" in written for key in recipe.schedule.written())


# Parameters that came after a recipe was published, which leaves them out where they have their defaults: what it is
# called by in results and checkpoints stays what it was.
LATER = {"growth", "scale", "fourier", "bandwidth"}


@pytest.mark.parametrize("name", RECIPES)
def test_every_parameter_binds_to_the_real_signature(registry, name):
    recipe = read(name)
    check_recipe(recipe, registry)
    for kind, part in parts_of(recipe):
        takes = inspect.signature(registry.get(kind, part.name).load()).parameters
        if kind in ("generator", "discriminator"):
            told = FROM_DATA | offered_by(registry)
            assert takes.keys() - told - part.params.keys() <= LATER  # complete as well
            assert part.params.keys() <= takes.keys()
        else:
            assert part.params.keys() <= takes.keys()
    for optimizer in (recipe.g_optimizer, recipe.d_optimizer):
        inspect.signature(optimizer_class(optimizer.name)).bind([], lr=optimizer.lr, **optimizer.params)


TUNED = "dcgan lsgan wgan wgan-gp sngan dragan r1-gan geometric-gan r3gan"


def test_the_well_known_ones_declare_a_space():
    assert set(TUNED.split()) <= {name for name in RECIPES if read(name).space}


@pytest.mark.parametrize("name", RECIPES)
def test_every_point_of_a_space_binds_and_lies_about_the_recipe(registry, name):
    recipe = read(name)
    written = recipe.to_dict()
    for key, values in recipe.space.items():
        for end in ends(values):
            check_recipe(recipe.changed({key: end}), registry)
        player, parameter = key.split(".")[0], key.split(".")[-1]
        named = (part for part in written["regularizers"] if part["name"] == key.split(".")[1])
        own = (next(named) if player == "regularizers" else written[player])[parameter]
        if isinstance(values, list):
            assert math.isclose(values[0] * values[1], own**2, rel_tol=0.01)  # the recipe is the middle of it
        else:
            assert own in values["choices"]


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("dcgan", ("adam", 2e-4, [0.5, 0.999], 64, 1)),
        ("lsgan", ("adam", 2e-4, [0.5, 0.999], 64, 1)),
        ("wgan", ("rmsprop", 5e-5, None, 64, 5)),
        ("wgan-gp", ("adam", 5e-4, [0.0, 0.9], 64, 5)),
        ("sngan", ("adam", 2e-4, [0.5, 0.999], 64, 1)),
        ("tutorial-dcgan", ("adam", 1e-4, [0.9, 0.999], 256, 1)),
    ],
)
def test_the_numbers_that_departs_speaks_of(name, numbers):
    recipe = read(name)
    for optimizer in (recipe.g_optimizer, recipe.d_optimizer):
        found = (
            optimizer.name,
            optimizer.lr,
            optimizer.params.get("betas"),
            recipe.schedule.batch,
            recipe.schedule.d_steps,
        )
        assert found == numbers
    assert (recipe.schedule.order == "simultaneous") == (name == "tutorial-dcgan")


def play(recipe, parts, size, channels, y=None):
    """A turn of D and one of G; the losses, and what each turn changed of each player."""
    optimizers = {
        "D": build_optimizer(recipe.d_optimizer, parts.D.parameters()),
        "G": build_optimizer(recipe.g_optimizer, parts.G.parameters()),
    }
    rng, losses, moved = torch.Generator().manual_seed(0), {}, {}
    for player in "DG":
        real = torch.randn(4, channels, size, size).clamp(-1, 1)
        if any(r.second_order for r in parts.regularizers):
            real.requires_grad_()
        before = {k: [p.clone() for p in m.parameters()] for k, m in (("D", parts.D), ("G", parts.G))}
        parts.D.requires_grad_(player == "D")
        parts.G.requires_grad_(player == "G")
        turn = StandInTurn(player, parts.G, parts.D, real, y, y_fake=y, rng=rng)
        with NoHostSync():
            total = parts.loss.d_loss(turn) if player == "D" else parts.loss.g_loss(turn)
            for r in parts.regularizers:
                penalty = r.d_penalty(turn) if player == "D" else r.g_penalty(turn)
                total = total if penalty is None else total + r.weight * penalty
            total.backward()
        optimizers[player].step()
        for r in parts.regularizers:
            r.after_step(turn)
        losses[player] = total.detach()
        moved[player] = {
            k: any(not torch.equal(p, q) for p, q in zip(m.parameters(), before[k], strict=True))
            for k, m in (("D", parts.D), ("G", parts.G))
        }
    return losses, moved


@pytest.mark.parametrize("conditional", [False, True])
@pytest.mark.parametrize("name", CLASSIC)
def test_a_turn_of_each_player_moves_that_player_only(registry, name, conditional):
    overrides = ["generator.width=4", "discriminator.width=4"]
    recipe = resolve(registry, name, [*overrides, "conditional=true"] if conditional else overrides)
    parts = build_parts(recipe, registry, image_size=16, channels=3, num_classes=5, seed=0)
    y = torch.tensor([0, 4, 2, 1]) if conditional else None
    losses, moved = play(recipe, parts, 16, 3, y)
    assert all(torch.isfinite(loss) and loss.shape == () for loss in losses.values())
    assert moved == {"D": {"D": True, "G": False}, "G": {"D": False, "G": True}}


def test_the_residual_pair_that_wgan_gp_speaks_of(registry):
    recipe = resolve(
        registry,
        "wgan-gp:generator=wgan-gp-resnet:discriminator=wgan-gp-resnet:generator.width=4:discriminator.width=4",
    )
    parts = build_parts(recipe, registry, image_size=16, channels=3, num_classes=0, seed=0)
    losses, moved = play(recipe, parts, 16, 3)
    assert all(torch.isfinite(loss) for loss in losses.values())
    assert moved == {"D": {"D": True, "G": False}, "G": {"D": False, "G": True}}


def test_wgan_clips_its_critic_and_nothing_else(registry):
    recipe = resolve(registry, "wgan", ["generator.width=4", "discriminator.width=4"])
    parts = build_parts(recipe, registry, image_size=16, channels=1, num_classes=0, seed=0)
    assert max(p.abs().max().item() for p in parts.D.parameters()) > 0.01
    play(recipe, parts, 16, 1)
    assert max(p.abs().max().item() for p in parts.D.parameters()) <= 0.01
    assert max(p.abs().max().item() for p in parts.G.parameters()) > 0.5


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("stylegan2", 0.002),  # NVlabs/stylegan2, run_training.py: G_lrate_base of configs E and F
        ("stylegan2-ada", 0.0025),  # NVlabs/stylegan2-ada-pytorch, train.py: lrate of cfg cifar
    ],
)
def test_lazy_regularization_slows_adam_as_in_the_authors_code(name, base):
    """mb_ratio of both training loops: every k-th step is two, so that both count k / (k + 1); G's k is 4, D's 16."""
    recipe = read(name)
    for optimizer, interval in ((recipe.g_optimizer, 4), (recipe.d_optimizer, 16)):
        ratio = interval / (interval + 1)
        assert optimizer.lr == pytest.approx(base * ratio, rel=5e-4)
        first, second = optimizer.params["betas"]
        assert first == 0
        assert second == pytest.approx(0.99**ratio, abs=5e-5)
