"""SAN: equations of arXiv:2301.12811, by values and gradients of a discriminator of one dense layer."""

import pytest
import torch
from ganzoo_plugins.losses.cross_entropy import NonSaturating
from ganzoo_plugins.losses.hinge import Hinge
from ganzoo_plugins.losses.relativistic_pairing import RelativisticPairing
from ganzoo_plugins.losses.wasserstein import Wasserstein
from ganzoo_plugins.san.san import SAN
from stand_in_turn import Constant, dealt
from torch import nn

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator
from ganzoo.layers import Projection
from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.testing.fixtures.partners import noise_images
from ganzoo.training import Trainer

LOSSES = {
    "hinge": (Hinge, lambda f: torch.ones_like(f)),
    "wasserstein": (Wasserstein, lambda f: torch.ones_like(f)),
    "non-saturating": (NonSaturating, lambda f: torch.sigmoid(-f)),  # r = -R' of R(l) = softplus(-l)
}


class Judge(Discriminator):
    outputs = frozenset({"logits", "features"})
    channels, image_size = 1, 2

    def __init__(self, classes=0, bias=True):
        super().__init__()
        self.num_classes, self.conditional = classes, bool(classes)
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(4, 3), nn.Tanh())
        self.head = nn.Linear(3, 1, bias=bias)
        self.projection = Projection(classes, 3) if classes else None
        self.double()

    def forward(self, x, y=None):
        h = self.body(x)
        logits = self.head(h).squeeze(1)
        return {"logits": logits if self.projection is None else logits + self.projection(h, y), "features": h}


def played(loss, classes=0, player="D"):
    torch.manual_seed(3)
    D = Judge(classes)
    real, fake = torch.randn(2, 6, 1, 2, 2, dtype=torch.float64)
    y = torch.tensor([0, 1, 2, 0, 1, 2]) if classes else None
    term = SAN()
    term.prepare(Constant(), D)
    turn = dealt(player, Constant(), D, real, y, y_fake=y, fake=fake, loss=loss)
    return D, term, turn, term.recast(turn)


def gradients(value, *inputs):
    return torch.autograd.grad(value, inputs, retain_graph=True, allow_unused=True)


@pytest.mark.parametrize("name", LOSSES)
def test_the_loss_moves_all_but_the_direction(name):
    D, _, turn, sliced = played(LOSSES[name][0]())
    plain, value = turn.d_loss(), sliced.d_loss()
    torch.testing.assert_close(value, plain)
    w, first, bias = D.head.weight, D.body[1].weight, D.head.bias
    (of_w, of_first, of_bias), (plain_w, plain_first, plain_bias) = (
        gradients(it, w, first, bias) for it in (value, plain)
    )
    torch.testing.assert_close((of_first, of_bias), (plain_first, plain_bias))
    direction = w / w.norm()
    torch.testing.assert_close(of_w, (plain_w * direction).sum() * direction)  # its length alone


@pytest.mark.parametrize("name", LOSSES)
def test_the_direction_ascends_the_difference_of_weighted_means(name):
    """Sec. 4 and 5: the gradient of E_real[r <omega, h>] - E_fake[r <omega, h>] on the sphere, with r given."""
    make, r = LOSSES[name]
    D, term, turn, sliced = played(make())
    value = term.weight * term.d_penalty(sliced)
    of_w, of_first = gradients(value, D.head.weight, D.body[1].weight)
    assert of_first is None  # stop-gradient of the features
    with torch.no_grad():
        w = D.head.weight[0]
        direction, means = w / w.norm(), []
        for seen in (turn.on_real, turn.on_fake):
            h = seen["features"]
            means.append((r(h @ w).unsqueeze(1) * h).mean(0))
        ascent = means[0] - means[1]
        tangent = ascent - (ascent @ direction) * direction
    torch.testing.assert_close(of_w[0], -tangent)
    assert abs(float(of_w[0] @ direction)) < 1e-12


def test_the_value_for_hinge_is_minus_the_difference_of_mean_logits():
    D, term, turn, sliced = played(Hinge())
    bias = D.head.bias
    torch.testing.assert_close(
        term.d_penalty(sliced), (turn.on_fake["logits"] - bias).mean() - (turn.on_real["logits"] - bias).mean()
    )


def test_each_label_has_a_direction_of_its_own():
    D, term, turn, sliced = played(Hinge(), classes=3)
    torch.testing.assert_close(sliced.on_real["logits"], turn.on_real["logits"])
    (of_embed,) = gradients(term.d_penalty(sliced), D.projection.embed.weight)
    w = (D.head.weight + D.projection.embed.weight).detach()
    torch.testing.assert_close((of_embed * w).sum(1), torch.zeros(3, dtype=torch.float64))
    assert (of_embed.norm(dim=1) > 0).all()


def test_the_generators_turn_stays_as_it_is():
    _, _, turn, same = played(Hinge(), player="G")
    assert same is turn


def test_a_loss_that_reads_more_than_fakes_is_refused():
    _, term, _, sliced = played(RelativisticPairing())
    with pytest.raises(RecipeError, match=r"RelativisticPairing reads turn\.on_real there: take hinge"):
        term.d_penalty(sliced)


def test_a_discriminator_without_such_a_layer_is_refused():
    D = Judge()
    D.head = nn.Sequential(nn.Linear(3, 1), nn.Tanh()).double()
    with pytest.raises(RecipeError, match="Judge has none"):
        SAN().prepare(Constant(), D)


@pytest.mark.parametrize(
    "spec", ["sngan-san", "dcgan-san", "sngan-san:discriminator.conditioning=projection:conditional=true"]
)
def test_the_recipes_move_the_direction(spec):
    registry = load_zoo(third_party=False).registry
    recipe = resolve(registry, f"{spec}:generator.width=4:discriminator.width=4:schedule.batch=4")
    classes = 3 if recipe.conditional else 0
    parts = build_parts(recipe, registry, image_size=8, channels=1, num_classes=classes, seed=0)
    before = parts.D.head.weight.detach().clone()
    labels = torch.arange(8) % 3 if classes else None
    losses = Trainer(recipe, parts, noise_images(8, channels=1, size=8), labels, seed=0).step()
    assert all(torch.isfinite(loss) for loss in losses.values())
    assert torch.cosine_similarity(parts.D.head.weight.detach(), before) < 1 - 1e-9
