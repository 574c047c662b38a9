"""Every registered loss and regularizer: a verdict that is said P times over is one verdict."""

from functools import cache
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator
from ganzoo.recipes.building.build import build_parts, load_class
from ganzoo.recipes.recipe import Part, Recipe
from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.registry import Entry
from ganzoo.testing.fixtures.partners import SmallGenerator, noise_images, with_partners
from ganzoo.testing.fixtures.usage import parameters_of
from ganzoo.training import Trainer

BUNDLED = load_zoo(third_party=False).registry
REGISTRY = with_partners(BUNDLED)
OWN = {entry.plugin for entry in BUNDLED.all("modality")}  # whose terms may be of their modality alone
# of maps that one discriminator gives, the layer that makes one logit, players that are told of steps or have levels
OF_A_NETWORK = {"reconstruction", "san", "noised-pairs", "multi-level-noise"}
TERMS = [
    (kind, entry.name)
    for kind in ("loss", "regularizer")
    for entry in BUNDLED.all(kind)
    if entry.plugin not in OWN and entry.name not in OF_A_NETWORK
]
AT_ONCE = {  # parameters with which a term has an effect from the first turn
    "ada": {"p": 0.5},
    "apa": {"p": 0.5},
    "top-k": {"gamma": 0.1, "per": 1},
}
SAID = {"once": (), "thrice": (3,), "in-maps": (1, 2, 2)}


class LongLatents(SmallGenerator):
    z_dim = 16  # room for a code


class Said(Discriminator):
    """All that terms read; a verdict on a sample is said as often as ``said`` has places."""

    outputs = frozenset({"logits", "energy", "features", "maps"})
    said: tuple[int, ...] = ()

    def __init__(self, *, image_size: int, channels: int, num_classes: int) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(channels, 8, 3, stride=2, padding=1), nn.Softplus())
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(8 * ((image_size + 1) // 2) ** 2, 12), nn.Softplus())
        self.head, self.energy = nn.Linear(12, 1), nn.Linear(12, 1)

    def _often(self, verdict: Tensor) -> Tensor:
        return verdict.view(-1, *[1] * len(self.said)).expand(-1, *self.said).contiguous()

    def forward(self, x: Tensor, y: Tensor | None = None) -> dict[str, Tensor]:
        maps = self.first(x)
        features = self.body(maps)
        logits, energy = self.head(features).squeeze(1), self.energy(features).squeeze(1).square()
        return {"logits": self._often(logits), "energy": self._often(energy), "features": features, "maps": maps}


class Thrice(Said):
    said = SAID["thrice"]


class InMaps(Said):
    said = SAID["in-maps"]


for name, cls in {"once": Said, "thrice": Thrice, "in-maps": InMaps}.items():
    REGISTRY.add([Entry("discriminator", name, f"{__name__}:{cls.__name__}", "tests")])
REGISTRY.add([Entry("generator", "long-latents", f"{__name__}:LongLatents", "tests")])


def trainer(kind: str, name: str, discriminator: str, *, conditional: bool) -> Trainer:
    part = Part(name=name, params=parameters_of(REGISTRY, kind, name) | AT_ONCE.get(name, {})).written()
    named: dict[str, Any] = {"generator": "long-latents", "discriminator": discriminator, "loss": "non-saturating"}
    named |= {"regularizers": [part]} if kind == "regularizer" else {kind: part}
    optimizers = {f"{player}_optimizer": {"name": "sgd", "lr": 1e-2} for player in "gd"}
    schedule = {"batch": 8, **({"labels": "paired"} if conditional else {})}
    if load_class(REGISTRY, kind, name).reads_average:
        schedule["ema"] = 0.9
    recipe = Recipe.from_dict({"name": name, "conditional": conditional, "schedule": schedule, **named, **optimizers})
    parts = build_parts(recipe, REGISTRY, image_size=8, channels=1, num_classes=5, seed=0)
    return Trainer(recipe, parts, noise_images(20, 1, 8), torch.arange(20) % 5, seed=0)


def said(kind: str, name: str, discriminator: str, *, conditional: bool) -> list[Tensor]:
    """Each turn's total and the gradients of those who move by it, for two turns of either player."""
    game = trainer(kind, name, discriminator, conditional=conditional)
    found: list[Tensor] = []
    for player in ("D", "G", "D", "G"):
        _, total = game.take_turn(player)
        found += [total, *(torch.zeros(()) if w.grad is None else w.grad.clone() for w in game.moves[player])]
    return found


@cache
def needs_labels(kind: str, name: str) -> bool:
    try:
        trainer(kind, name, "once", conditional=False)
    except RecipeError as error:
        assert "not conditional" in str(error), error
        return True
    return False


@pytest.mark.parametrize(("kind", "name"), TERMS)
def test_a_verdict_said_several_times_is_one_verdict(kind: str, name: str) -> None:
    conditional = needs_labels(kind, name)
    once = said(kind, name, "once", conditional=conditional)
    assert all(value.isfinite().all() for value in once)
    for discriminator in ("thrice", "in-maps"):
        often = said(kind, name, discriminator, conditional=conditional)
        for a, b in zip(once, often, strict=True):
            assert a.shape == b.shape
            assert (a - b).abs().max() <= 1e-5 * max(1, a.abs().max()), (discriminator, a, b)
