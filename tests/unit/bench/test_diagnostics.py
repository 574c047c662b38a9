"""What is looked at while a run trains."""

from types import SimpleNamespace

import pytest
import torch
from examinable_run import fields_of
from run_files import last_weights, timeless
from small_benches import rows_in, specs, start_run
from tiny_players import ConvD, MeanLoss, ScalarD, ScalarG, SoftLoss, conv_trainer, recipe, scalar_trainer
from torch import nn

import ganzoo.bench.runs.intervals
from ganzoo.bench.runs.monitoring.diagnostics import Probe, spacing
from ganzoo.layers import to_unit
from ganzoo.recipes.building.build import Parts
from ganzoo.recipes.building.old_shapes import modality_of
from ganzoo.training import Trainer


def random_images(n, seed, size=4):
    return torch.randint(0, 256, (n, 1, size, size), dtype=torch.uint8, generator=torch.Generator().manual_seed(seed))


def session(trainer, pixels, labels=None, held_out=None):
    held = None if held_out is None else fields_of(*held_out)
    modality = modality_of(pixels, labels)
    return SimpleNamespace(trainer=trainer, fields=fields_of(pixels, labels), modality=modality, held_out=held)


def test_spacing_is_the_mean_distance_of_two():
    images = torch.randn(17, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    assert spacing(images).item() == pytest.approx(torch.pdist(images.flatten(1).double()).mean().item(), rel=1e-9)
    far = torch.tensor([[1e4], [1e4], [1e4 + 1]])
    assert spacing(far).item() == pytest.approx(2 / 3, rel=1e-9)
    assert spacing(torch.full((5, 2), 3.7)).item() == 0


def test_a_look_by_hand():
    """D says twice the image's mean; every fake is half its latent in every pixel."""
    trainer, pixels, held_out = scalar_trainer(), random_images(32, 7), random_images(8, 8)
    seen = Probe(session(trainer, pixels, held_out=(held_out, None)), n=64).look()
    on_real, on_held_out = (2 * to_unit(images).mean((1, 2, 3)).double() for images in (pixels, held_out))
    assert seen["logits_real"] == pytest.approx(on_real.mean().item(), rel=1e-5)
    assert seen["logits_held_out"] == pytest.approx(on_held_out.mean().item(), rel=1e-5)
    error = (on_real.var() / 32 + on_held_out.var() / 8).sqrt()
    assert seen["logits_error"] == pytest.approx(error.item(), rel=1e-5)
    real = torch.pdist(to_unit(pixels).flatten(1).double()).mean().item()
    # sixteen pixels of 0.5 z: two standard normal latents lie 2 / sqrt(pi) apart in the mean
    assert seen["diversity"] == pytest.approx(4 * 0.5 * 2 / torch.pi**0.5 / real, rel=0.2)
    with torch.no_grad():
        trainer.parts.G.w.mul_(0.01)
    later = Probe(session(trainer, pixels), n=64).look()
    assert later["diversity"] == pytest.approx(0.01 * seen["diversity"], rel=1e-4)
    assert later["logits_fake"] == pytest.approx(0.01 * seen["logits_fake"], rel=1e-4)
    assert later["logits_held_out"] is None and later["logits_error"] is None


class EnergyD(ScalarD):
    outputs = frozenset({"energy"})

    def forward(self, x, y=None):
        return {"energy": super().forward(x)["logits"]}


class PatchD(ScalarD):
    def forward(self, x, y=None):
        logits = super().forward(x)["logits"]
        return {"logits": torch.stack([3 * logits, -logits], dim=1)}  # the mean is that of ScalarD


class EnergyLoss(MeanLoss):
    reads = frozenset({"energy"})


class FeatureLoss(SoftLoss):
    reads = frozenset({"features"})


def look_with(D, loss, pixels):
    return Probe(session(Trainer(recipe(), Parts(ScalarG(), D, loss, []), pixels, None, seed=0), pixels)).look()


def test_an_energy_is_read_with_its_sign_turned():
    pixels = random_images(32, 7)
    energy, logits = look_with(EnergyD(), EnergyLoss(), pixels), look_with(ScalarD(), MeanLoss(), pixels)
    assert energy["logits_real"] == -logits["logits_real"] != 0
    assert energy["logits_fake"] == -logits["logits_fake"] != 0


def test_an_image_with_two_verdicts_counts_by_their_mean():
    pixels = random_images(32, 7)
    twice, once = (look_with(D(), MeanLoss(), pixels) for D in (PatchD, ScalarD))
    for name in ("logits_real", "logits_fake"):
        assert twice[name] == pytest.approx(once[name], rel=1e-5) and once[name]


def test_logits_that_the_loss_does_not_read_say_nothing():
    seen = look_with(ScalarD(), FeatureLoss(), random_images(32, 7))
    assert seen.pop("diversity") > 0
    assert set(seen.values()) == {None}


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_what_is_no_number_is_none(value):
    trainer = scalar_trainer()
    with torch.no_grad():
        trainer.parts.G.w.fill_(value)
    seen = Probe(session(trainer, random_images(32, 7))).look()
    assert seen["logits_fake"] is None and seen["diversity"] is None
    assert seen["logits_real"] is not None


@pytest.mark.parametrize("n", [1, 3, 10, 40])
def test_players_are_shown_as_many_as_fill_batches(n):
    """Of 4 in training; fewer only where there are fewer."""
    pixels, shown = random_images(40, 7), []

    class Shown(ScalarD):
        def forward(self, x, y=None):
            shown.append(len(x))
            return super().forward(x)

    held_out = random_images(max(n, 2), 8)
    trainer = Trainer(recipe(), Parts(ScalarG(), Shown(), MeanLoss(), []), pixels, None, seed=0)
    Probe(session(trainer, pixels, held_out=(held_out, None)), n=10).look()
    assert shown == [8, 8, {1: 2, 3: 3, 10: 8, 40: 8}[n]]


def looked_at(looks, classes, steps=6):
    """A trainer of everything that has a state, looked at after each step or never."""
    trainer = conv_trainer({"batch": 4, "ema": 0.5}, classes=classes)
    pixels, held_out = random_images(40, 7, 8), random_images(9, 8, 8)
    labels = torch.arange(40) % classes if classes else None
    probe = Probe(session(trainer, pixels, labels, (held_out, labels[:9] if classes else None)))
    seen = []
    for _ in range(steps):
        trainer.step()
        if looks:
            seen.append(probe.look())
    return seen, trainer


@pytest.mark.parametrize("classes", [0, 3])
def test_looking_leaves_training_alone_and_is_the_same_each_time(classes):
    (seen, trainer), (again, _) = (looked_at(True, classes) for _ in range(2))
    _, untouched = looked_at(False, classes)
    tensors, others = trainer.state()[0], untouched.state()[0]
    assert all(torch.equal(tensors[name], others[name]) for name in others)
    assert all(a.training for a in trainer.parts.D.modules())
    assert seen == again and len({look["logits_real"] for look in seen}) == 6
    assert all(value is not None for look in seen for value in look.values())


def test_a_module_that_d_keeps_in_evaluation_mode_stays_in_it():
    def prepare(parts):
        parts.D.net.eval()
        return parts

    trainer = conv_trainer(prepare=prepare)
    Probe(session(trainer, random_images(40, 7, 8))).look()
    assert trainer.parts.D.training and not any(module.training for module in trainer.parts.D.net.modules())


def test_d_is_asked_in_evaluation_mode():
    trainer = conv_trainer()
    pixels = random_images(40, 7, 8)
    seen = Probe(session(trainer, pixels)).look()
    with torch.no_grad():
        logits = trainer.parts.D.eval()(to_unit(pixels))["logits"]
    assert isinstance(trainer.parts.D, ConvD) and any(isinstance(m, nn.Dropout) for m in trainer.parts.D.modules())
    assert seen["logits_real"] == pytest.approx(logits.mean().item(), rel=1e-5)


PACKED = ("generator.width=4", "discriminator={name: pac-dcgan, packing: 3, width: 4}", "schedule.batch=16")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The same run with looks and without, on packs, and a conditional one."""
    folder, results = tmp_path_factory.mktemp("looks"), {}
    for name, of, overrides, looks in (
        ("looks", "dcgan", PACKED, 50),
        ("none", "dcgan", PACKED, 0),
        ("labels", "cgan", ("generator.width=4", "discriminator.width=4", "schedule.batch=16"), 50),
    ):
        (spec,) = specs(of, kimg=1.0, overrides=overrides)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ganzoo.bench.runs.intervals, "LOOKS", looks)
            results[name] = start_run(folder / name, spec).play()
    return folder, results


def of_kind(folder, kind):
    return [row for row in rows_in(folder / "metrics.jsonl") if row["kind"] == kind]


@pytest.mark.parametrize("name", ["looks", "labels"])
def test_a_run_looks_fifty_times_and_writes_gradients_down(runs, name):
    folder, results = runs
    assert results[name]["status"] == "done"
    looks = of_kind(folder / name, "look")
    assert 45 <= len(looks) <= 50 and looks[-1]["kimg"] == results[name]["kimg"]
    numbers = ("logits_real", "logits_fake", "diversity")
    assert all(isinstance(look[key], float) and look[key] == look[key] for look in looks for key in numbers)
    assert list(looks[0]) == [
        *("kind", "step", "kimg"),
        *("logits_real", "logits_fake", "logits_held_out", "logits_error", "diversity"),
    ]
    rows = of_kind(folder / name, "train")
    measured = [row for row in rows if row["d_gradient"] is not None]  # one step in four, and there are few steps
    assert len(measured) >= len(rows) // 4
    assert all(row["d_gradient"] > 0 and row["g_gradient"] > 0 for row in measured)


def test_a_run_that_is_looked_at_ends_in_the_same_bits(runs):
    folder, _ = runs
    assert of_kind(folder / "none", "look") == []
    assert last_weights(folder / "looks") == last_weights(folder / "none")
    train, others = (timeless(of_kind(folder / name, "train")) for name in ("looks", "none"))
    assert train == others
