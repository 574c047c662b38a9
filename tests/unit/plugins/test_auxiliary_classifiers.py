import math

import pytest
import torch
from feature_players import CLASSES, PlainD, PlainG, drawn, fitted, game, moved, shown, weights_of
from ganzoo_plugins.class_conditioning.auxiliary_classifier import AuxiliaryClassifier
from ganzoo_plugins.class_conditioning.discriminative_classifier import AuxiliaryDiscriminativeClassifier
from ganzoo_plugins.class_conditioning.twin_classifier import TwinAuxiliaryClassifier
from ganzoo_plugins.dcgan.discriminator import DCGANDiscriminator
from ganzoo_plugins.dcgan.generator import DCGANGenerator
from stand_in_turn import NoHostSync

from ganzoo.errors import RecipeError

TERMS = [AuxiliaryClassifier, TwinAuxiliaryClassifier, AuxiliaryDiscriminativeClassifier]
Y, Y_FAKE = torch.tensor([0, 2, 1, 1, 2]), torch.tensor([2, 0, 1, 0, 2])


def entropy(head, features, y):
    """The mean of -log softmax at the class, by hand."""
    total = 0.0
    for x, k in zip(features.tolist(), y.tolist(), strict=True):
        scores = [
            sum(w * v for w, v in zip(row, x, strict=True)) + b
            for row, b in zip(head.weight.tolist(), head.bias.tolist(), strict=True)
        ]
        total += math.log(sum(math.exp(s) for s in scores)) - scores[k]
    return total / len(y)


def both(term, **options):
    real, fake = drawn(5, 4, seed=1), drawn(5, 4, seed=2)
    term, *_ = fitted(term, **options)
    d, g = (shown(player, real, fake, Y, Y_FAKE) for player in "DG")
    return real, fake, term, term.d_penalty(d).item(), term.g_penalty(g).item()


def test_auxiliary_classifier_by_hand():
    real, fake, term, d, g = both(AuxiliaryClassifier())
    on_real, on_fake = entropy(term.head, real, Y), entropy(term.head, fake, Y_FAKE)
    assert (d, g) == pytest.approx((on_real + on_fake, on_fake), rel=1e-12)
    assert abs(on_real - on_fake) > 1e-3
    *_, d, g = both(AuxiliaryClassifier(on_fake=False))
    assert (d, g) == pytest.approx((on_real, on_fake), rel=1e-12)


def test_twin_classifiers_by_hand():
    real, fake, term, d, g = both(TwinAuxiliaryClassifier())
    on_real, on_fake, twin = (
        entropy(term.head, real, Y),
        entropy(term.head, fake, Y_FAKE),
        entropy(term.twin, fake, Y_FAKE),
    )
    assert (d, g) == pytest.approx((on_real + twin, on_fake - twin), rel=1e-12)
    *_, d, g = both(TwinAuxiliaryClassifier(on_fake=True))
    assert (d, g) == pytest.approx((on_real + twin + on_fake, on_fake - twin), rel=1e-12)


def test_discriminative_classifier_by_hand():
    real, fake, term, d, g = both(AuxiliaryDiscriminativeClassifier())
    assert term.head.out_features == 2 * CLASSES
    assert d == pytest.approx(entropy(term.head, real, Y) + entropy(term.head, fake, CLASSES + Y_FAKE), rel=1e-12)
    # the normalising sums of G's two logarithms are one, and cancel
    logits = term.head(fake)
    rows = torch.arange(5)
    assert g == pytest.approx((logits[rows, CLASSES + Y_FAKE] - logits[rows, Y_FAKE]).mean().item(), rel=1e-12)


@pytest.mark.parametrize("cls", TERMS)
def test_weights_of_either_turn(cls):
    *_, d, g = both(cls())
    *_, d_twice, g_thrice = both(cls(d_weight=2.0, g_weight=3.0))
    assert (d_twice, g_thrice) == pytest.approx((2 * d, 3 * g), rel=1e-12)


def posteriors(joint):
    return [[p / sum(row) for p in row] for row in joint]


def test_twin_at_its_best_measures_a_divergence():
    """With C the posterior of real classes and C_mi that of fake ones, G's term is KL(fake, real) of the posteriors."""
    # joint distributions of x in {0, 1} and y in {0, 1}, in eighths
    P, Q = [[3, 1], [2, 2]], [[1, 1], [5, 1]]
    term, *_ = fitted(TwinAuxiliaryClassifier(), num_classes=2)
    with torch.no_grad():
        for head, joint in ((term.head, P), (term.twin, Q)):
            head.bias.zero_()
            head.weight.zero_()
            head.weight[:, :2] = torch.tensor(posteriors(joint), dtype=torch.float64).log().T
    draws = [(x, y) for x in (0, 1) for y in (0, 1) for _ in range(Q[x][y])]
    fake = torch.nn.functional.one_hot(torch.tensor([x for x, _ in draws]), 4).double()
    y = torch.tensor([y for _, y in draws])
    p, q = posteriors(P), posteriors(Q)
    kl = sum(Q[x][k] / 8 * math.log(q[x][k] / p[x][k]) for x in (0, 1) for k in (0, 1))
    assert kl > 0.01
    assert term.g_penalty(shown("G", fake, fake, y, y)).item() == pytest.approx(kl, rel=1e-12)
    with torch.no_grad():
        term.twin.weight.copy_(term.head.weight)
    assert term.g_penalty(shown("G", fake, fake, y, y)).item() == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize("cls", TERMS)
def test_gradients(cls):
    term, *_ = fitted(cls())
    real, fake = drawn(5, 4, seed=3), drawn(5, 4, seed=4)
    assert torch.autograd.gradcheck(lambda r, f: term.d_penalty(shown("D", r, f, Y, Y_FAKE)), (real, fake))
    assert torch.autograd.gradcheck(lambda f: term.g_penalty(shown("G", real, f, Y, Y_FAKE)), (fake,))


@pytest.mark.parametrize("cls", TERMS)
def test_nobody_waits_for_a_value(cls):
    term, *_ = fitted(cls())
    real, fake = drawn(5, 4, seed=3), drawn(5, 4, seed=4)
    with NoHostSync():
        d = term.d_penalty(shown("D", real, fake, Y, Y_FAKE))
        g = term.g_penalty(shown("G", real, fake, Y, Y_FAKE))
    assert d.shape == g.shape == ()


def players(classes=CLASSES, conditioning="none"):
    torch.manual_seed(3)
    shape = {"image_size": 8, "channels": 1, "num_classes": classes, "width": 4}
    return DCGANGenerator(**shape, z_dim=6), DCGANDiscriminator(**shape, conditioning=conditioning)


@pytest.mark.parametrize("cls", TERMS)
def test_the_heads_and_features_move_in_the_turn_of_d_and_g_in_its_own(cls):
    term, (G, D) = cls(), players()
    trainer = game(term, G, D, classes=CLASSES)
    heads = weights_of(term, "regularizer.0")
    assert heads
    assert moved(trainer, "D") == heads | weights_of(D, "D", without=["head"])
    assert moved(trainer, "G") == weights_of(G, "G")


@pytest.mark.parametrize("cls", TERMS)
def test_either_player_descends_its_own_term(cls):
    term, (G, D) = cls(), players()
    trainer = game(term, G, D, classes=CLASSES, lr=3e-3, optimizer="adam", batch=32)
    for player in "DG":
        values = [trainer.take_turn(player)[1].item() for _ in range(60)]
        assert sum(values[-10:]) < sum(values[:10])


def test_the_classifier_learns_what_the_labels_say():
    """On images that are their class, D's turns end in a classifier that is right."""
    term, (G, D) = AuxiliaryClassifier(on_fake=False), players()
    trainer = game(term, G, D, classes=CLASSES, lr=3e-3, optimizer="adam", batch=32)
    trainer.feed.fields["x"][:] = (100 * (torch.arange(40) % CLASSES)).to(torch.uint8)[:, None, None, None]
    for _ in range(60):
        trainer.take_turn("D")
    D.eval()
    with torch.no_grad():
        told = term.head(D(trainer.feed.fields["x"] / 127.5 - 1)["features"]).argmax(1)
    assert torch.equal(told, trainer.feed.fields["y"])


NAMES = dict(
    zip(
        TERMS, ("auxiliary-classifier", "twin-auxiliary-classifier", "auxiliary-discriminative-classifier"), strict=True
    )
)


@pytest.mark.parametrize("cls", TERMS)
def test_refusals(cls):
    with pytest.raises(
        RecipeError, match=f"^regularizer '{NAMES[cls]}' needs labels, and this recipe is not conditional: .*true$"
    ):
        cls().prepare(PlainG(0), PlainD(0))
    with pytest.raises(RecipeError, match=f"^regularizer '{NAMES[cls]}' asks the discriminator's features"):
        cls().prepare(PlainG(), PlainD(sees=True))
    G, D = players(conditioning="concat")
    with pytest.raises(RecipeError, match="DCGANDiscriminator puts the label into them"):
        game(cls(), G, D, classes=CLASSES)
    game(cls(), *players(conditioning="projection"), classes=CLASSES).step()
    for name in ("d_weight", "g_weight"):
        with pytest.raises(RecipeError, match=f"^{name} is -1"):
            cls(**{name: -1.0})
