"""What a classifier learns from generated images that show what they were asked for, and from some that do not."""

import pytest
import torch
from examinable_run import noise, run

from ganzoo.bench.runs.examine import classification as module
from ganzoo.bench.runs.examine import classifier as learning
from ganzoo.bench.runs.examine import examine
from ganzoo.bench.runs.examine.classifier import Classifier, classified, trained, updates_for
from ganzoo.interfaces import Shuffled


@pytest.fixture(autouse=True)
def _few_updates(monkeypatch):
    monkeypatch.setattr(learning, "LEAST_UPDATES", 25)


def shapes(n, seed=0, size=8, classes=3):
    """Noise with a bright row at one of three heights, and which."""
    y = torch.arange(n) % classes
    images = noise(n, seed, size) // 3
    images[torch.arange(n), 0, 2 * y] = 250
    return images, y


def found(session):
    return examine(session, ["classification"], 0)[0]["classification"]


def test_images_that_show_what_was_asked_for_teach_as_well_as_real_ones():
    (images, y), (test, truth) = shapes(60), shapes(45, 1)
    said = found(run(images, labels=y, held_out=test, held_labels=truth))
    for name in ("generated", "real", "both"):
        assert said[f"accuracy_{name}"] > 0.9 and said[f"f1_{name}"] > 0.9
    assert said["tested_on"] == "held-out images" and said["test_images"] == 45 and said["images"] == 60
    assert said["updates"] == 25 and said["warnings"] == []


def test_images_that_do_not_teach_nothing_and_that_is_said():
    (images, y), (test, truth) = shapes(60), shapes(45, 1)
    asked = images[torch.randperm(60, generator=torch.Generator().manual_seed(0))]
    said = found(run(images, asked, labels=y, held_out=test, held_labels=truth))
    assert said["accuracy_real"] > 0.9 > 0.6 > said["accuracy_generated"]
    (warning,) = said["warnings"]
    assert warning.startswith("generated images do not show the class") and "on 33%" in warning


def test_without_held_out_images_a_fifth_is_held_back():
    images, y = shapes(60)
    for held_out in (None, images):  # images without labels are no test either
        said = found(run(images, labels=y, held_out=held_out))
        assert said["tested_on"] == "a fifth of the training images, which the generator has seen"
        assert said["test_images"] == 12 and said["images"] == 48


def test_what_is_held_back_is_not_learnt():
    images, y = shapes(30)
    (train, learnt), (test, truth), _ = module._parts(run(images, labels=y))
    assert len(train) == 24 and len(test) == 6 and learnt.shape == (24,) and truth.shape == (6,)
    everything = torch.cat((train, test)).flatten(1)
    assert len(everything.unique(dim=0)) == 30


def test_no_more_images_are_learnt_than_stated(monkeypatch):
    monkeypatch.setattr(module, "MOST", 20)
    (images, y), (test, truth) = shapes(60), shapes(12, 1)
    assert found(run(images, labels=y, held_out=test, held_labels=truth))["images"] == 20


def test_what_cannot_be_examined_is_skipped_with_the_reason():
    images, y = shapes(30)
    points = torch.randn(30, 2, 1, 1, generator=torch.Generator().manual_seed(0))
    assert "not conditional" in found(run(images))["skipped"]
    assert "points" in found(run(points, labels=y))["skipped"]
    assert "4 pixels" in found(run(images[:, :, :3, :3], labels=y))["skipped"]
    assert "6 training images" in found(run(images[:6], labels=y[:6]))["skipped"]


def test_a_list_of_conditions_is_not_taken_for_labels_of_the_images():
    """Conditions may be dealt apart from the images, or be numbers that no class has."""
    images, y = shapes(30)
    apart, unnamed = run(images, labels=y), run(images, labels=y)

    class Apart(type(apart.modality)):
        def deal(self, fields, seed):
            return Shuffled({name: len(field) for name, field in fields.items()}, seed, by={"x": "row", "y": "value"})

    apart.modality = Apart(image_size=8, channels=1, num_classes=3)
    unnamed.classes = 0
    for session in (apart, unnamed):
        assert "no classes of which each image has one" in found(session)["skipped"]


@pytest.mark.parametrize(
    ("size", "channels", "widths"),
    [
        (4, 1, [16, 32]),
        (8, 1, [16, 32, 64]),
        (28, 1, [16, 32, 64, 128, 128]),
        (64, 3, [16, 32, 64, 128, 128, 128]),
    ],
)
def test_one_architecture_for_every_size(size, channels, widths):
    model = Classifier(image_size=size, channels=channels, classes=7)
    body = model.body(torch.zeros(2, channels, size, size))
    assert [layer.out_channels for layer in model.body if isinstance(layer, torch.nn.Conv2d)] == widths
    assert body.shape == (2, widths[-1], 2, 2)
    assert model(torch.zeros(2, channels, size, size)).shape == (2, 7)


def test_updates_are_passes_but_at_least_so_many():
    assert updates_for(10) == 25 and updates_for(128 * 100) == 500


def test_the_same_seed_gives_the_same_classifier_and_touches_no_stream():
    images, y = shapes(40)
    before = torch.get_rng_state()
    how = {"classes": 3, "updates": 4, "device": torch.device("cpu")}
    one, same, other = (trained(images, y, seed=seed, **how) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    states = [torch.cat([w.flatten() for w in model.parameters()]) for model in (one, same, other)]
    assert torch.equal(states[0], states[1]) and not torch.equal(states[0], states[2])
    assert not one.training and classified(one, images).shape == (40,)
