"""Every registered loss and regularizer on rows, waves and two named domains: it plays, or says it is of images."""

import re
from typing import Any

import pytest
import torch
from small_modalities import DOMAINS, ROWS, WAVES, AnyD, AnyG, Shaped, Shapes

from ganzoo.errors import RecipeError
from ganzoo.recipes.building.build import Parts, load_class
from ganzoo.recipes.recipe import Recipe
from ganzoo.registry.discovery import load_zoo
from ganzoo.testing.fixtures.usage import parameters_of
from ganzoo.training import Trainer

REGISTRY = load_zoo(third_party=False).registry
OWN = {entry.plugin for entry in REGISTRY.all("modality")}  # whose terms may be of their modality alone
UNCONDITIONAL = {"dp-sgd"}
OF_PLAYERS = {"noised-pairs", "multi-level-noise"}  # of players that are told how noisy a sample is, or have levels
TERMS = [
    (kind, entry.name)
    for kind in ("loss", "regularizer")
    for entry in REGISTRY.all(kind)
    if entry.plugin not in OWN and entry.name not in OF_PLAYERS
]
MODALITIES = {"rows": ROWS, "waves": WAVES, "domains": DOMAINS}
OF_IMAGES = {"ada", "bcr", "consistency", "diffaugment", "reconstruction", "rotation"}  # of pixels and their places
CLASSES = 3
AT_ONCE: dict[str, dict[str, Any]] = {"apa": {"p": 0.5}, "top-k": {"gamma": 0.1, "per": 1}}


def trainer(kind: str, name: str, shapes: Shapes, *, conditional: bool, order: str = "alternating") -> Trainer:
    """A game of the term on 40 samples of noise, against players of that modality."""
    torch.manual_seed(0)
    modality = Shaped(shapes, CLASSES if conditional else 0)
    G, D = AnyG(**modality.offers(conditional=conditional)), AnyD(**modality.offers(conditional=conditional))
    for player in (G, D):
        player.modality, player.num_classes = modality, modality.num_classes
        player.conditional = conditional
    cls = load_class(REGISTRY, kind, name)
    term = cls(**parameters_of(REGISTRY, kind, name) | AT_ONCE.get(name, {}))
    loss = term if kind == "loss" else load_class(REGISTRY, "loss", "non-saturating")()
    regularizers = [term] if kind == "regularizer" else []
    term.prepare(G, D)
    for regularizer in regularizers:
        regularizer.prepare_heads(list(term.heads()))
    named = {"generator": "any", "discriminator": "any", "loss": name if kind == "loss" else "non-saturating"}
    optimizers = {f"{player}_optimizer": {"name": "sgd", "lr": 1e-2} for player in "gd"}
    schedule = {"batch": 8, "order": order, **({"labels": "paired"} if conditional else {})}
    if term.reads_average:
        schedule["ema"] = 0.9
    recipe = Recipe.from_dict({"name": "t", "conditional": conditional, "schedule": schedule, **named, **optimizers})
    parts = Parts(G, D, loss, regularizers)
    return Trainer(recipe, parts, modality.example(40), modality=modality, seed=0)


def played(kind: str, name: str, shapes: Shapes, **how: Any) -> None:
    """Play three steps, after which both players have moved and all is finite."""
    game = trainer(kind, name, shapes, **how)
    before = [[w.detach().clone() for w in module.parameters()] for module in (game.parts.G, game.parts.D)]
    for _ in range(3):
        assert all(value.isfinite() for value in game.step().values())
    for weights, module in zip(before, (game.parts.G, game.parts.D), strict=True):
        after = list(module.parameters())
        assert any(not torch.equal(a, b) for a, b in zip(weights, after, strict=True))
        assert all(w.isfinite().all() for w in after)


@pytest.mark.parametrize("shapes", MODALITIES.values(), ids=MODALITIES)
@pytest.mark.parametrize(("kind", "name"), TERMS)
def test_a_term_plays_or_is_of_images(kind: str, name: str, shapes: Shapes) -> None:
    if name in OF_IMAGES:
        sentence = rf"^{kind} '{name}' is for images, [^\n]* samples of modality 'shaped' are [^\n]*: leave it out$"
        with pytest.raises(RecipeError, match=sentence):
            trainer(kind, name, shapes, conditional=False)
        return
    try:
        played(kind, name, shapes, conditional=False)
    except RecipeError as error:
        assert re.search("needs labels, and this recipe is not conditional", str(error)), error
    if name not in UNCONDITIONAL:
        played(kind, name, shapes, conditional=True)


@pytest.mark.parametrize("name", ["apa", "dragan", "gradient-penalty", "latent-optimisation", "r1", "zcr"])
def test_at_once_on_named_tensors(name: str) -> None:
    played("regularizer", name, DOMAINS, conditional=True, order="simultaneous")


def test_most_terms_are_of_anything() -> None:
    playing = [name for _, name in TERMS if name not in OF_IMAGES]
    assert len(playing) >= 50 and len(TERMS) - len(playing) == len(OF_IMAGES)
