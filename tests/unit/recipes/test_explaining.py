"""``ganzoo explain``: the program that is written gives the losses of the engine."""

import shlex
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from ganzoo.errors import RecipeError
from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.building.example_data import on_an_example
from ganzoo.recipes.building.one_part import load_class
from ganzoo.recipes.explaining import explained
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.seeds import stream
from ganzoo.testing.fixtures.partners import noise_images
from ganzoo.training import Trainer

SMALL = "generator.width=8:discriminator.width=8:schedule.batch=4"
# Of each kind: several turns of D with a penalty, shared fakes, terms of batches, one pass over both, clipped weights,
# labels, draws of a penalty, views, a lazy term, what a part holds beside numbers, what it moves without a gradient.
PLAYED = [
    "wgan-gp",
    "dcgan",
    "wgan",
    "lsgan:loss.b=0.9",
    "rsgan",
    "rasgan",
    "softmax-gan",
    "dragan",
    "r1-gan:regularizers.r1.every=2",
    "cgan-pd",
    "diffaugment",
    "wgan-gp:regularizers.gradient-penalty.one_sided=true",
    "sngan:schedule.joint=true:d_optimizer={name: sgd, lr: 0.01}",
    "dcgan:schedule.d_steps=2",
    "zero-centred-gp",
    "acgan",
    "ada",
    "feature-matching-gan",
    "msgan",
    "cramer-gan",
    "ralsgan",
    "rahinge",
    "infomax-gan",
    "fgan-kl",
    "icr-gan",
    "mmd-gan-rep",
    "lecam:regularizers.lecam.decay=0.5:d_optimizer={name: sgd, lr: 0.01}:g_optimizer={name: sgd, lr: 0.01}",
    "infogan",
    "began:loss.gain=0.1",
    "stylegan2:regularizers.path-length.every=1:regularizers.r1.every=2:generator.mixing=0",
    "r3gan:conditional=true:schedule.labels=paired:schedule.share_fakes=true",
]


def played(
    spec: str, steps: int, modality: str = ""
) -> tuple[list[list[float]], list[list[float]], list[Tensor], list[Tensor]]:
    """Give the losses and G's average, by the engine and by the program."""
    registry = load_zoo().registry
    recipe = resolve(registry, spec)
    classes = 3 if recipe.conditional and not modality else 0
    shape: dict[str, Any] = {"image_size": 32, "channels": 1, "num_classes": classes}
    if modality:
        shape = {"modality": load_class(registry, "modality", modality)(image_size=8, channels=1)}
    parts = build_parts(recipe, registry, seed=0, **shape)
    text = explained(recipe, build_parts(recipe, registry, seed=0, **shape), spec, **shape)
    images = noise_images(12, channels=1, size=8 if modality else 32)
    labels = torch.arange(12) % 3 if classes else None
    fields = {"x": images} if modality else images
    game = Trainer(recipe, parts, fields, labels, seed=0)
    dealt: list[tuple[Tensor, Tensor | None]] = []
    deal = game.dealer.real

    def remembered(*args: Any) -> tuple[Tensor, Tensor | None]:
        real, y = deal(*args)
        dealt.append((real.detach().clone(), y))
        return real, y

    game.dealer.real = remembered  # type: ignore[method-assign]
    by_engine = [[float(loss) for loss in game.step().values()] for _ in range(steps)]
    names: dict[str, Any] = {}
    exec(compile(text, "explained.py", "exec"), names)
    names["noise"].manual_seed(stream(0, "noise"))
    names["terms"].manual_seed(stream(0, "terms"))
    torch.manual_seed(stream(0, "layers"))
    step: Callable[..., tuple[Tensor, Tensor]] = names["step"]
    left = iter(dealt)
    given = (labels,) if recipe.conditional else ()
    by_program = [[float(loss) for loss in step(n, lambda: next(left), *given)] for n in range(steps)]
    assert next(left, None) is None
    averaged = names.get("average", names["G"])
    return by_engine, by_program, list(game.average.model.parameters()), list(averaged.parameters())


@pytest.mark.parametrize("spec", PLAYED)
def test_the_program_gives_the_losses_of_the_engine(spec: str) -> None:
    by_engine, by_program, _, _ = played(f"{spec}:{SMALL}", steps=3)
    assert by_program == [pytest.approx(losses, rel=1e-3, abs=1e-5) for losses in by_engine]


@pytest.mark.parametrize(("spec", "modality"), [("pix2pix:generator.dropout=0", "edges"), ("esrgan", "low-size")])
def test_a_program_of_another_modality_gives_the_losses_of_the_engine(spec: str, modality: str) -> None:
    by_engine, by_program, _, _ = played(f"{spec}:{SMALL}", 3, modality)
    assert by_program == [pytest.approx(losses, rel=1e-3, abs=1e-5) for losses in by_engine]


@pytest.mark.parametrize(
    ("recipe", "reason"),
    [
        (
            "cyclegan",
            r"samples of the modality 'domains' are several tensors \(a, b\), .*; `ganzoo show cyclegan --graph` lists",
        ),
        ("ctgan", "regularizer 'pack-penalty'.*depends on `D.conditions and turn.y is not None and .*`, which"),
        ("hifi-gan", "discriminator 'multi-period-scale' .* has several heads, .*; `ganzoo show hifi-gan --graph`"),
    ],
)
def test_what_is_refused_of_another_modality(recipe: str, reason: str) -> None:
    registry = load_zoo().registry
    made = resolve(registry, recipe)
    example = on_an_example(made, registry)
    assert example is not None
    with pytest.raises(RecipeError, match=reason):
        explained(made, example[0], recipe, modality=example[1])


def test_no_line_does_nothing() -> None:
    """BEGAN's loss calls a method that gives nothing: its own lines are all there is of it."""
    registry = load_zoo().registry
    spec = "began:generator.width=8:discriminator.width=8"
    recipe = resolve(registry, spec)
    shape: dict[str, Any] = {"image_size": 32, "channels": 1, "num_classes": 0}
    text = explained(recipe, build_parts(recipe, registry, seed=0, **shape), spec, **shape)
    lines = [line.strip() for line in text.splitlines()]
    assert any(line.startswith("parts.loss.k.copy_(") for line in lines) and "None" not in lines


@pytest.mark.parametrize("ema", ["0.9", "{halflife: 0.01, warmup: false}", "0.0"])
def test_the_averaged_generator_is_that_of_the_engine(ema: str) -> None:
    # By SGD: Adam makes a step of its full length of a gradient that is 0 but for rounding.
    changes = f"schedule.ema={ema}:g_optimizer={{name: sgd, lr: 0.05}}:d_optimizer={{name: sgd, lr: 0.05}}"
    by_engine, by_program, weights, written = played(f"dcgan:{changes}:{SMALL}", steps=3)
    assert by_program == [pytest.approx(losses, rel=1e-4, abs=1e-5) for losses in by_engine]
    for mine, theirs in zip(weights, written, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ("dcgan:schedule.order=simultaneous:schedule.share_fakes=false", "both players move at once"),
        ("unrolled-gan", "replaces the turn"),
        ("dcgan:g_optimizer.lr={shape: linear, start: 1.0e-4, end: 0.0, over: 1}", "g_optimizer.lr changes"),
    ],
)
def test_a_recipe_that_cannot_be_written_is_refused(spec: str, reason: str) -> None:
    registry = load_zoo().registry
    recipe = resolve(registry, spec)
    parts = build_parts(recipe, registry, image_size=32, channels=1, num_classes=0, seed=0)
    with pytest.raises(RecipeError, match=reason) as refusal:
        explained(recipe, parts, spec, image_size=32, channels=1, num_classes=0)
    assert f"`ganzoo show {shlex.quote(spec)} --graph`" in str(refusal.value)
