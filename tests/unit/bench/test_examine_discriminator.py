"""Verdicts given by formula: how well they tell real from fake, seen from unseen; and where a loss draws the line."""

import pytest
import torch
from examinable_run import Dealing, Saying, noise, run
from tiny_players import MeanLoss, SoftLoss

from ganzoo.bench.runs.examine import examine
from ganzoo.bench.runs.examine.threshold import even_odds
from ganzoo.interfaces import Loss
from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo

DARK, BRIGHT = noise(40) // 4, noise(40, 1) // 4 + 190


class EnergyLoss(MeanLoss):
    reads = frozenset({"energy"})


class FeatureLoss(MeanLoss):
    reads = frozenset({"features"})


def found(session):
    return examine(session, ["discriminator"], 0)[0]["discriminator"]


# -- real against fake -----------------------------------------------------------------------------------------


def test_a_discriminator_that_knows_all():
    said = found(run(BRIGHT[:20], DARK, held_out=BRIGHT[20:]))
    assert (said["accuracy"], said["f1"], said["auc"]) == (1, 1, 1)
    assert said["real"] == "held-out images" and said["samples"] == 20 and said["verdict"] == "logits"


def test_one_that_holds_all_for_real():
    said = found(run(BRIGHT[:20], DARK, held_out=BRIGHT[20:], formula=lambda x, y: 0 * x.sum((1, 2, 3)) + 1,
                     loss=SoftLoss()))  # fmt: skip
    assert said["threshold"] == 0 and said["threshold_rule"] == "even odds by the loss"
    assert (said["accuracy"], said["auc"]) == (0.5, 0.5) and said["f1"] == pytest.approx(2 / 3)


def test_a_critics_threshold_is_the_midpoint_of_its_means():
    said = found(run(BRIGHT, DARK, formula=lambda x, y: x.mean((1, 2, 3)) + 70))
    assert said["threshold_rule"] == "midpoint of the mean verdicts" and 69 < said["threshold"] < 71
    assert said["accuracy"] == 1


def test_low_energy_is_real():
    session = run(BRIGHT, DARK, formula=lambda x, y: 1 - x.mean((1, 2, 3)), key="energy", loss=EnergyLoss())
    said = found(session)
    assert said["verdict"] == "minus the energy" and said["auc"] == said["accuracy"] == 1 and said["threshold"] < 0


def test_patches_that_disagree_count_by_their_mean():
    """The top row knows all and the bottom row is its opposite, less than half as sure."""

    def patches(x, y):
        mean = x.mean((1, 2, 3))
        return torch.stack([mean, -0.4 * mean], dim=1)[:, None]

    assert found(run(BRIGHT, DARK, formula=patches))["auc"] == 1


def test_conditions_of_fakes_are_none_of_the_levels_that_they_are_played_with():
    """A modality of levels whose ``play`` reads a condition that is not generated."""
    session = run(BRIGHT, DARK)

    class Marked(type(session.modality)):
        def example(self, n=2):
            return super().example(n) | {"mark": torch.zeros(n, 2)}

        def condition(self, row):
            return row["mark"]

    session.modality = Marked(image_size=4, channels=1)
    session.fields = {**session.fields, "mark": torch.zeros(40, 2)}
    assert found(session)["auc"] == 1


def test_without_held_out_images_it_is_said_what_was_done():
    said = found(run(BRIGHT, DARK, samples=30))
    assert said["real"] == "training images" and said["samples"] == 30
    assert said["membership_skipped"] == "there are no held-out images" and "membership_auc" not in said
    assert said["warnings"] == []


def test_a_loss_that_trains_no_verdict_is_skipped():
    said = found(run(BRIGHT, DARK, loss=FeatureLoss()))
    assert said == {"skipped": "the loss reads the discriminator's features and trains no verdict", "warnings": []}


def test_verdicts_that_are_no_numbers_are_skipped():
    said = found(run(BRIGHT, DARK, formula=lambda x, y: x.mean((1, 2, 3)) / 0))
    assert "NaN or infinite" in said["skipped"]


def test_labels_go_with_their_images():
    """The images of class k have k in their first pixel, which the discriminator compares with the label."""
    images, y = noise(60), torch.arange(60) % 3
    images[:, 0, 0, 0] = y.byte() * 100

    def agrees(x, y):
        return ((x[:, 0, 0, 0] + 1) * 127.5 / 100 - y).abs().lt(0.1).float()

    for held_out in ((None, None), (images.clone(), y)):
        said = found(run(images, images, labels=y, held_out=held_out[0], held_labels=held_out[1], formula=agrees))
        assert said["threshold"] == 1 and said["auc"] == 0.5  # all agree
    strange = found(run(images, images, labels=y, held_out=images, held_labels=(y + 1) % 3, formula=agrees))
    assert strange["auc"] == 0 and strange["membership_auc"] == 1


def test_held_out_images_without_labels_are_no_use_where_the_verdict_takes_one():
    said = found(run(BRIGHT, BRIGHT, labels=torch.arange(40) % 2, held_out=DARK))
    assert said["real"] == "training images"
    assert said["membership_skipped"] == "the held-out images have no labels"


# -- seen against unseen ---------------------------------------------------------------------------------------


def test_a_discriminator_that_knows_its_training_images_is_found_out():
    said = found(run(BRIGHT, DARK, held_out=DARK[:25]))
    assert said["membership_auc"] == said["membership_accuracy"] == 1 and said["membership_images"] == 25
    (warning,) = said["warnings"]
    assert "AUC of 1.00" in warning


def test_one_that_cannot_tell_them_is_not():
    said = found(run(noise(80), DARK, held_out=noise(80, 5)))
    assert 0.4 < said["membership_auc"] < 0.6 and 0.3 < said["membership_accuracy"] < 0.7
    assert said["warnings"] == []


def test_a_few_images_by_chance_are_no_warning():
    said = found(run(BRIGHT[:2], DARK, held_out=DARK[:2]))
    assert said["membership_auc"] == 1 and said["membership_p"] > 0.05 and said["warnings"] == []


def test_equal_verdicts_win_the_attack_nothing():
    said = found(run(BRIGHT, DARK, held_out=DARK, formula=lambda x, y: 0 * x.sum((1, 2, 3))))
    assert said["membership_auc"] == 0.5 and said["membership_accuracy"] == 0


# -- where a loss draws the line -------------------------------------------------------------------------------

LINES = {
    "dcgan": 0.0,
    "gan": 0.0,
    "geometric-gan": 0.0,
    "lsgan": 0.5,
    "mlp-lsgan": 0.5,
    "feature-matching-gan": 0.0,
    "fisher-gan": 0.0,
    "fgan-kl": 1.0,  # f'(1) of u log u
    "fgan-pearson": 0.0,
    "fgan-js": 0.0,
    "wgan-gp": None,
    "rsgan": None,
    "rahinge": None,
    "softmax-gan": None,
    "ebgan": None,
    "cramer-gan": None,
    "mmd-gan": None,
}


@pytest.mark.parametrize(("name", "line"), LINES.items())
def test_even_odds_of_the_recipes(name, line):
    zoo = load_zoo(third_party=False)
    recipe = resolve(zoo.registry, name)
    parts = build_parts(recipe, zoo.registry, image_size=8, channels=1, num_classes=0, seed=0)
    before = {key: value.clone() for key, value in parts.loss.state_dict().items()}
    assert even_odds(parts.loss, parts.G, parts.D, (1, 8, 8)) == line
    assert all(torch.equal(value, before[key]) for key, value in parts.loss.state_dict().items())


class Targets(Loss):
    """Least squares with the targets -0.3 and 1.05."""

    def d_loss(self, turn):
        return ((turn.on_real["logits"] - 1.05).square() + (turn.on_fake["logits"] + 0.3).square()).mean()

    def g_loss(self, turn):
        raise AssertionError("nobody plays G")


class Rising(Targets):
    def d_loss(self, turn):
        return turn.on_fake["logits"].mean()


class NoNumber(Targets):
    def d_loss(self, turn):
        return turn.on_fake["logits"].sqrt().mean()


class Looking(Targets):
    """Looks at more than verdicts on whole images."""

    def d_loss(self, turn):
        return turn.on_real["features"].mean()


def test_even_odds_of_a_strangers_loss():
    G, D = Dealing(DARK), Saying(None)
    assert even_odds(Targets(), G, D, (1, 4, 4)) == pytest.approx(0.375, abs=1e-3)
    assert even_odds(Rising(), G, D, (1, 4, 4)) is None
    assert even_odds(NoNumber(), G, D, (1, 4, 4)) is None
    assert even_odds(Looking(), G, D, (1, 4, 4)) is None
