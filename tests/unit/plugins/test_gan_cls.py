"""GAN-CLS and GAN-INT as the paper writes them, and the share of images that show what was said."""

import math

import pytest
import torch
from ganzoo_plugins.captions.caption_accuracy import CaptionAccuracy
from ganzoo_plugins.captions.discriminator import SentenceDiscriminator
from ganzoo_plugins.captions.generator import SentenceGenerator
from ganzoo_plugins.captions.interpolation import ConditionInterpolation
from ganzoo_plugins.captions.matching_aware import MatchingAware
from ganzoo_plugins.captions.modality import Captions
from resuming import goes_on_bit_for_bit, plays_without_a_look_at_values
from stand_in_turn import dealt
from torch import nn

from ganzoo.errors import MetricError, RecipeError
from ganzoo.interfaces import Discriminator, Generator
from ganzoo.recipes.building.build import Parts
from ganzoo.recipes.recipe import Recipe
from ganzoo.training import Trainer

SMALL = {"image_size": 8, "channels": 1, "sentence_size": 6, "projected": 5, "width": 4}


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def count(net):
    return sum(p.numel() for p in net.parameters())


def conditions(n, seed=0):
    return {"vector": noise(n, 6, seed=seed), "text": torch.arange(n * 3, dtype=torch.uint8).view(n, 3)}


# -- networks --------------------------------------------------------------------------------------------------


def test_parameters_at_the_papers_size():
    """Sec. 4.1 and 5: 1,024 numbers to 128 in both, a latent of 100; reedscot/icml2016: ngf 128, ndf 64."""
    shape = {"image_size": 64, "channels": 3, "sentence_size": 1024}
    with torch.device("meta"):
        G, D = SentenceGenerator(**shape), SentenceDiscriminator(**shape)
    projection = 1024 * 128 + 128
    up = [(1024, 512), (512, 256), (256, 128)]
    wanted = projection + (100 + 128) * 1024 * 16 + 2 * 1024 + sum(16 * a * b + 2 * b for a, b in up)
    assert count(G) == wanted + 16 * 128 * 3 + 3
    down = [(64, 128), (128, 256), (256, 512)]
    wanted = projection + 16 * 3 * 64 + 64 + sum(16 * a * b + 2 * b for a, b in down)
    assert count(D) == wanted + (512 + 128) * 512 + 2 * 512 + 4 * 4 * 512 + 1


def test_the_sentence_joins_at_the_papers_map_of_4_pixels():
    with torch.device("meta"):
        D = SentenceDiscriminator(image_size=64, channels=3, sentence_size=1024)
        assert D.body(torch.empty(1, 3, 64, 64, device="meta")).shape == (1, 512, 4, 4)


def test_the_head_is_a_convolution_over_the_whole_map():
    torch.manual_seed(0)
    D = SentenceDiscriminator(**SMALL).eval()
    x, y = noise(3, 1, 8, 8), conditions(3)
    found = D(x, y)
    seen = D.body(x)
    said = D.sentence(y).view(3, 5, 1, 1).repeat(1, 1, 4, 4)
    kernel = D.head.weight.view(1, 8, 4, 4)
    wanted = nn.functional.conv2d(D.both(torch.cat([seen, said], 1)), kernel, D.head.bias).flatten()
    assert torch.allclose(found["logits"], wanted, atol=1e-6)
    assert torch.equal(found["features"], seen.flatten(1))


def test_vectors_alone_are_conditions_too():
    torch.manual_seed(0)
    G, D, y = SentenceGenerator(**SMALL, z_dim=3).eval(), SentenceDiscriminator(**SMALL).eval(), conditions(2)
    x = G(noise(2, 3), y)
    assert x.shape == (2, 1, 8, 8) and torch.equal(x, G(noise(2, 3), y["vector"]))
    assert torch.equal(D(x, y)["logits"], D(x, y["vector"])["logits"])
    assert not torch.equal(x, G(noise(2, 3), conditions(2, seed=1)))
    with pytest.raises(RecipeError, match="conditional: true"):
        G(noise(2, 3), None)


def test_without_sentences():
    blind = SMALL | {"sentence_size": 0}
    x = SentenceGenerator(**blind)(noise(2, 100))
    assert SentenceDiscriminator(**blind)(x)["logits"].shape == (2,)


# -- terms -----------------------------------------------------------------------------------------------------


class Sum(Discriminator):
    """The mean of a sample, times a parameter, and a number of its condition."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, x, y=None):
        return {"logits": self.scale * x.flatten(1).mean(1) + y["vector"][:, 0]}


class Said(Generator):
    """Images as bright as what was said, and as the latent."""

    z_dim = 1

    def forward(self, z, y=None):
        return (y["vector"][:, :1] + z).view(-1, 1, 1, 1).expand(-1, 1, 2, 2)


def log_sigmoid(values):
    return [math.log(1 / (1 + math.exp(-value))) for value in values]


def test_the_loss_by_hand():
    """Algorithm 1, lines 7 to 11: log s_r + (log(1 - s_w) + log(1 - s_f)) / 2."""
    real = torch.tensor([1.0, 2.0, 3.0]).view(3, 1, 1, 1).expand(3, 1, 2, 2)
    y = {"vector": torch.tensor([[0.5], [-0.5], [0.25]])}
    fake = -real
    D, G = Sum(), Said()
    turn = dealt("D", G, D, real, y, y_fake=y, fake=fake, loss=MatchingAware())
    right, wrong, made = [1.5, 1.5, 3.25], [1.25, 2.5, 2.5], [-0.5, -2.5, -2.75]
    log_r, log_w, log_f = log_sigmoid(right), log_sigmoid(-one for one in wrong), log_sigmoid(-one for one in made)
    wanted = -(sum(log_r) + (sum(log_w) + sum(log_f)) / 2) / 3
    assert turn.d_loss().item() == pytest.approx(wanted, rel=1e-6)
    assert turn.g_loss().item() == pytest.approx(-sum(log_sigmoid(made)) / 3, rel=1e-6)


def test_class_labels_are_conditions_too():
    class OfLabels(Sum):
        def forward(self, x, y=None):
            return super().forward(x, {"vector": y[:, None].float()})

    real = torch.zeros(3, 1, 2, 2)
    y = torch.tensor([0, 1, 3])
    turn = dealt("D", Said(), OfLabels(), real, y, y_fake=y, fake=real, loss=MatchingAware())
    log_r, log_other = log_sigmoid([0, 1, 3]), log_sigmoid([0, -1, -3])
    assert turn.d_loss().item() == pytest.approx(-(sum(log_r) + sum(log_other)) / 3, rel=1e-6)


def test_without_conditions_the_loss_is_refused():
    D = Sum()
    D.conditional = False
    with pytest.raises(RecipeError, match="conditional: true"):
        MatchingAware().prepare(Said(), D)


def test_interpolation_by_hand():
    """Eq. 5 with the non-saturating loss: fakes of beta t1 + (1 - beta) t2 are judged under that."""
    y = {"vector": torch.tensor([[1.0], [2.0], [4.0]]), "text": torch.arange(3, dtype=torch.uint8)[:, None]}
    real, G, D = torch.zeros(3, 1, 2, 2), Said(), Sum()
    rng = torch.Generator().manual_seed(5)
    z = torch.randn(3, 1, generator=torch.Generator().manual_seed(5)).flatten()
    turn = dealt("G", G, D, real, y, z=torch.zeros(3, 1), y_fake=y, rng=rng, loss=MatchingAware())
    between = torch.tensor([0.25 * 1 + 0.75 * 4, 0.25 * 2 + 0.75 * 1, 0.25 * 4 + 0.75 * 2])
    wanted = -sum(log_sigmoid((2 * between + z).tolist())) / 3
    assert ConditionInterpolation(beta=0.25).g_penalty(turn).item() == pytest.approx(wanted, rel=1e-6)


def test_interpolation_needs_vectors():
    with pytest.raises(RecipeError, match="beta is 1"):
        ConditionInterpolation(beta=1)
    D = Sum()
    D.modality, D.conditional = Captions(8, 1, 6), False
    with pytest.raises(RecipeError, match="conditions that are vectors"):
        ConditionInterpolation().prepare(Said(), D)
    D.conditional = True
    ConditionInterpolation().prepare(Said(), D)


# -- the game --------------------------------------------------------------------------------------------------


def trainer(labels="paired"):
    modality = Captions(8, 1, 6, 2, 16)
    fields = modality.example(10)
    fields["caption"] = fields["caption"][:2]
    torch.manual_seed(0)
    offered = modality.offers(conditional=True)
    G, D = SentenceGenerator(**offered, z_dim=4, width=4), SentenceDiscriminator(**offered, width=4)
    G.modality = D.modality = modality
    G.conditional = D.conditional = True
    adam = {"name": "adam", "lr": 1e-3, "betas": [0.5, 0.9]}
    schedule = {"batch": 6, "d_steps": 1, "ema": 0.9, "order": "alternating", "share_fakes": False, "labels": labels}
    recipe = Recipe.from_dict(
        {
            "name": "tiny",
            "generator": {"name": "sentence-dcgan"},
            "discriminator": {"name": "sentence-dcgan"},
            "loss": {"name": "matching-aware"},
            "regularizers": [],
            "conditional": True,
            "flips": True,
            "g_optimizer": adam,
            "d_optimizer": adam,
            "schedule": schedule,
        }
    )
    return Trainer(recipe, Parts(G, D, MatchingAware(), [ConditionInterpolation()]), fields, modality=modality, seed=0)


@pytest.mark.parametrize("labels", ["paired", "independent"])
def test_survives_a_checkpoint_and_looks_at_no_value(tmp_path, labels):
    goes_on_bit_for_bit(tmp_path, lambda: trainer(labels))
    plays_without_a_look_at_values(trainer(labels))


# -- the number ------------------------------------------------------------------------------------------------


def test_the_share_that_shows_what_was_said():
    metric = CaptionAccuracy()
    real = metric.summarise({"logits": torch.eye(4)})
    fake = metric.summarise({"logits": torch.eye(4)[[0, 1, 2, 0]] + 1})
    assert metric.compare(fake, real) == 75.0 and metric.compare(real, real) == 100.0
    assert metric.spread(fake, real, []) == pytest.approx(100 * (0.75 * 0.25 / 4) ** 0.5)
    with pytest.raises(MetricError, match="3 and 4"):
        metric.compare({"class": fake["class"][:3]}, real)
