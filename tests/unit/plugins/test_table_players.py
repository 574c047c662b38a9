import math

import pytest
import torch
from ganzoo_plugins.tables.condition_loss import ConditionLoss
from ganzoo_plugins.tables.discriminator import PackedTableDiscriminator
from ganzoo_plugins.tables.generator import TableGenerator, gumbel_softmax
from ganzoo_plugins.tables.pack_penalty import PackPenalty
from ganzoo_plugins.tables.scored_generator import ScoredGenerator
from stand_in_turn import Constant, Formula, dealt
from torch.nn.functional import one_hot

from ganzoo.errors import RecipeError

SPANS = (("value", 1), ("mode", 2), ("choice", 3), ("choice", 2))


class Given(ScoredGenerator):
    """Gives the same scores for every latent."""

    z_dim = 1

    def __init__(self, scores):
        super().__init__()
        self.conditions = 5
        self.spans, self.given = SPANS, torch.nn.Parameter(torch.tensor(scores))

    def scores(self, z, y=None):
        return self.given.expand(len(z), -1)

    def drawn(self, scores):
        parts = scores.split([size for _, size in SPANS], dim=1)
        return torch.cat([part.softmax(1) for part in parts], dim=1)


def generator(num_classes=5, **more):
    torch.manual_seed(0)
    return TableGenerator(spans=SPANS, num_classes=num_classes, z_dim=4, width=8, **more)


def critic(packing=2, num_classes=5, **more):
    torch.manual_seed(0)
    return PackedTableDiscriminator(spans=SPANS, num_classes=num_classes, packing=packing, width=16, **more)


def test_a_generated_row():
    G = generator()
    x = G(torch.randn(6, 4), torch.arange(6) % 5)
    assert x.shape == (6, 8)
    assert (x[:, 0].abs() <= 1).all()
    for start, size in ((1, 2), (3, 3), (6, 2)):
        assert torch.allclose(x[:, start : start + size].sum(1), torch.ones(6))


def test_layers_are_joined_with_what_they_read():
    """sdv-dev/CTGAN: each layer's 8 outputs and its input; the last dense layer reads latents, condition and both."""
    G = generator()
    shapes = {name: tuple(p.shape) for name, p in G.named_parameters()}
    assert shapes["layers.0.0.weight"] == (8, 9)
    assert shapes["layers.1.0.weight"] == (8, 17)
    assert shapes["head.weight"] == (8, 25)


def test_as_many_parameters_as_the_authors():
    """128 latents, 5 conditions and 8 numbers with layers of 256; packs of 10 rows of 13: counted by hand."""
    G = TableGenerator(spans=SPANS, num_classes=5)
    dense = (133 + 1) * 256 + (389 + 1) * 256 + (645 + 1) * 8
    assert sum(p.numel() for p in G.parameters()) == dense + 2 * 2 * 256
    D = PackedTableDiscriminator(spans=SPANS, num_classes=5)
    assert sum(p.numel() for p in D.parameters()) == (130 + 1) * 256 + (256 + 1) * 256 + 257
    kinds = [type(layer).__name__ for layer in D.net]
    assert kinds == ["Linear", "LeakyReLU", "Dropout"] * 2 + ["Linear"]


def test_the_choice_is_drawn_by_the_softmax_of_the_scores():
    """arXiv:1611.01144: the argmax of a Gumbel-softmax has the softmax's probabilities, whatever the temperature."""
    torch.manual_seed(0)
    scores = torch.tensor([1.0, 0.0, -1.0]).expand(30_000, 3)
    chosen = gumbel_softmax(scores, 0.2).argmax(1)
    counts = torch.bincount(chosen, minlength=3).double()
    wanted = 30_000 * scores[0].double().softmax(0)
    assert ((counts - wanted).square() / wanted).sum() < 13.8  # 0.999, 2 degrees of freedom


def test_what_is_asked_for_is_part_of_the_latent_and_of_the_row():
    G, D = generator().eval(), critic(dropout=0.0)
    z = torch.randn(2, 4)
    assert not torch.equal(G.scores(z, torch.tensor([0, 1])), G.scores(z, torch.tensor([2, 1])))
    x = torch.randn(2, 8)
    asked = D(x, torch.tensor([0, 4]))["logits"]
    shares = one_hot(torch.tensor([0, 4]), 5).float()
    assert torch.equal(D(x, shares)["logits"], asked)
    assert not torch.equal(D(x, torch.tensor([1, 4]))["logits"], asked)


def test_unconditional_players():
    G, D = generator(0), critic(num_classes=0)
    assert D(G(torch.randn(4, 4)))["logits"].shape == (4,)


def test_the_rows_of_a_pack_have_one_verdict():
    logits = critic(packing=3, dropout=0.0)(torch.randn(6, 8), torch.arange(6) % 5)["logits"]
    assert logits[0] == logits[1] == logits[2] != logits[3] == logits[4] == logits[5]


def test_condition_loss_by_hand():
    """-log softmax of the asked value within its own column: scores (log 1, log 2, log 5) and (log 3, log 1)."""
    logs = [math.log(x) for x in (1, 2, 5)] + [math.log(3), 0.0]
    G = Given([0.3, 7.0, -7.0, *logs])
    y = torch.tensor([1, 2, 3, 4])
    turn = dealt("G", G, None, torch.zeros(4, 8), y_fake=y)
    wanted = -(math.log(2 / 8) + math.log(5 / 8) + math.log(3 / 4) + math.log(1 / 4)) / 4
    for of in ("scores", "draw"):  # these rows are drawn as the softmax itself
        assert ConditionLoss(of=of).g_penalty(turn).item() == pytest.approx(wanted, rel=1e-6)


def test_condition_loss_moves_the_asked_columns_alone():
    G = Given([0.0] * 8)
    turn = dealt("G", G, None, torch.zeros(1, 8), y_fake=torch.tensor([1]))
    ConditionLoss().g_penalty(turn).backward()
    assert torch.allclose(G.given.grad, torch.tensor([0, 0, 0, 1 / 3, -2 / 3, 1 / 3, 0, 0]))


def test_nothing_asked_for_is_no_loss():
    assert ConditionLoss().g_penalty(dealt("G", Given([0.0] * 8), None, torch.zeros(2, 8))) is None
    term = ConditionLoss()
    for conditions, said in ((5, None), (0, "nothing is asked for in a game without conditions: leave it out")):
        term.prepare(generator(conditions), critic())
        assert term.unreached(None) == said


def test_a_generator_without_scores_is_refused():
    with pytest.raises(RecipeError, match="condition-loss reads the scores of choices, which Constant does not have"):
        ConditionLoss().prepare(Constant(), critic())


class Sum(PackedTableDiscriminator):
    """The verdict on a pack is the sum of a times its rows' numbers and b times their conditions."""

    def __init__(self, a, b, packing):
        super().__init__(spans=SPANS, num_classes=5, packing=packing)
        self.a, self.b = a, b

    def forward(self, x, y=None):
        verdict = (self.a * x.sum(1) + self.b * y.sum(1)).view(-1, self.packing).sum(1)
        return {"logits": verdict.repeat_interleave(self.packing)}


@pytest.mark.parametrize("packing", [1, 2, 4])
def test_pack_penalty_by_hand(packing):
    """The gradient of a pack of m rows is a in its 8 m numbers and b in its 5 m conditions."""
    y = torch.tensor([0, 1, 2, 3])
    turn = dealt("D", Constant(), Sum(0.5, 0.25, packing), torch.randn(4, 8), y, y_fake=y, fake=torch.randn(4, 8))
    norm = math.sqrt(packing * (8 * 0.5**2 + 5 * 0.25**2))
    assert PackPenalty().d_penalty(turn).item() == pytest.approx((norm - 1) ** 2, rel=1e-5)


@pytest.mark.parametrize("rows", [6, 7])
def test_pack_penalty_against_the_gradient_written_out(rows):
    """One share a pack, and the norm over rows and conditions of the pack; the seventh row fills no pack."""
    D = critic(packing=3, dropout=0.0)
    real, fake = torch.randn(rows, 8), torch.randn(rows, 8)
    y, y_fake = torch.arange(rows) % 5, (torch.arange(rows) + 2) % 5
    turn = dealt("D", Constant(), D, real, y, y_fake=y_fake, fake=fake, rng=torch.Generator().manual_seed(5))
    found = PackPenalty(target=0.5).d_penalty(turn)

    share = torch.rand(2, 1, generator=torch.Generator().manual_seed(5))
    row_r = torch.cat([real, one_hot(y, 5).float()], 1)[:6].view(2, 39)
    row_f = torch.cat([fake, one_hot(y_fake, 5).float()], 1)[:6].view(2, 39)
    packs = (row_r + share * (row_f - row_r)).requires_grad_()
    (gradient,) = torch.autograd.grad(D.net(packs).sum(), packs, create_graph=True)
    wanted = (gradient.norm(dim=1) - 0.5).square().mean()
    assert found.item() == pytest.approx(wanted.item(), rel=1e-5)

    ours = torch.autograd.grad(found, list(D.parameters()), allow_unused=True)
    theirs = torch.autograd.grad(wanted, list(D.parameters()), allow_unused=True)
    for a, b in zip(ours, theirs, strict=True):
        assert (a is None) == (b is None)
        assert a is None or torch.allclose(a, b, atol=1e-6)


def test_refusals():
    with pytest.raises(RecipeError, match="pack-penalty is for discriminators of packs of rows, which Formula is not"):
        PackPenalty().prepare(Constant(), Formula(lambda x: x))
    turn = dealt("D", Constant(), critic(packing=8), torch.randn(4, 8), fake=torch.randn(4, 8))
    with pytest.raises(RecipeError, match="packing is 8, and a batch of 4 fills no pack"):
        PackPenalty().d_penalty(turn)
    with pytest.raises(RecipeError, match="dropout is 1"):
        critic(dropout=1)
    with pytest.raises(RecipeError, match="width is 0"):
        TableGenerator(spans=SPANS, num_classes=0, width=0)
    with pytest.raises(RecipeError, match="of is 'values'"):
        ConditionLoss(of="values")
