"""Examinations together: found by name, the same each time, and training goes on as if nobody had looked."""

import json

import pytest
import small_benches as benches
import torch
from examinable_run import noise, run
from tiny_players import conv_trainer

from ganzoo.bench.results.terms.fields import EXAMINATIONS as OFFERED
from ganzoo.bench.runs.examine import EXAMINATIONS, examine
from ganzoo.bench.runs.generating.conditions import Drawn
from ganzoo.bench.runs.session import TrainingSession
from ganzoo.errors import GanzooError, MetricError
from ganzoo.layers import to_bytes
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache
from ganzoo.training.execution.networks import Networks


def test_what_is_offered_is_what_there_is():
    assert tuple(EXAMINATIONS) == OFFERED


def test_an_unknown_one_is_named():
    with pytest.raises(GanzooError, match="'memorization'; did you mean 'memorisation'"):
        examine(run(noise(4)), ["memorization"], 0)


def test_each_finds_the_same_whichever_others_are_asked_for():
    def session():
        return run(noise(30), noise(90, 1), held_out=noise(25, 2), formula=lambda x, y: x.square().mean((1, 2, 3)))

    (alone, _), (both, _) = (examine(session(), names, 3) for names in (["discriminator"], list(EXAMINATIONS)))
    assert both["discriminator"] == alone["discriminator"] and both.keys() == EXAMINATIONS.keys()
    assert examine(session(), ["discriminator"], 4)[0] != alone


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MetricError("too few images"), "too few images"),
        (torch.OutOfMemoryError("out of memory\nTried to allocate 20 GiB"), "out of memory"),
        (MemoryError(), "MemoryError"),
    ],
)
def test_one_that_breaks_takes_neither_the_run_nor_the_others_down(monkeypatch, error, said):
    def breaks(session, rng):
        raise error

    monkeypatch.setitem(EXAMINATIONS, "memorisation", breaks)
    session = run(noise(30), noise(90, 1), held_out=noise(25, 2), formula=lambda x, y: x.square().mean((1, 2, 3)))
    found, pictures = examine(session, ["memorisation", "discriminator"], 0)
    assert found["memorisation"] == {"skipped": said, "warnings": []}
    assert 0 <= found["discriminator"]["auc"] <= 1 and "memorisation" not in pictures


def a_run(precision):
    """A conditional run with every kind of state, in which every examination is possible."""
    session = run(
        noise(40, 7, size=8), labels=torch.arange(40) % 2, held_out=noise(20, size=8), held_labels=torch.arange(20) % 2
    )
    session.trainer = trainer = conv_trainer({"ema": 0.9}, classes=2)
    players = trainer.parts.G, trainer.parts.D
    trainer.networks = Networks(*players, precision=precision, compiled=False, device=trainer.device)
    trainer.parts.D.net[1].eval()  # a part may keep some of its modules in evaluation mode

    def draw(rng, *, playing=False):
        def images(n):
            z, y = torch.randn(n, 5, generator=rng), trainer.dealer.labels(n, rng)
            return Drawn(to_bytes(trainer.generate(z, y)), y)

        return images

    session.draw = draw
    return session


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_training_goes_on_as_if_nobody_had_looked(precision, monkeypatch):
    monkeypatch.setattr("ganzoo.bench.runs.examine.classifier.LEAST_UPDATES", 2)
    states = []
    for looks in (False, True):
        session = a_run(precision)
        trainer = session.trainer
        trainer.step()
        if looks:
            found, _ = examine(session, EXAMINATIONS, 0)
            assert not any("skipped" in one for one in found.values())
            assert not trainer.parts.D.net[1].training and trainer.parts.D.training
        trainer.step()
        trainer.step()
        states.append(trainer.state()[0])
    for name, value in states[0].items():
        assert torch.equal(value, states[1][name]), name


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """A fitted run of a conditional recipe, hardly trained."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GANZOO_CACHE", str(tmp_path_factory.mktemp("cache")))
        (spec,) = benches.specs(
            "cgan", overrides=("generator.width=32", "discriminator.width=32"), extractor="digits", samples=200
        )
        session = TrainingSession(spec, load_zoo(third_party=False), Cache.open())
        for _ in range(5):
            session.trainer.step()
        patch.setattr("ganzoo.bench.runs.examine.classifier.LEAST_UPDATES", 5)
        patch.setattr("ganzoo.bench.runs.examine.classifier.PASSES", 1)
        yield session, *examine(session, EXAMINATIONS, 0)


def test_a_run_on_digits_is_examined(digits):
    _, found, pictures = digits
    assert found.keys() == EXAMINATIONS.keys() and pictures.keys() == {"memorisation"}
    assert found["memorisation"]["space"] == "features of digits" and found["memorisation"]["samples"] == 200
    assert found["discriminator"]["samples"] == 200 and 0 <= found["discriminator"]["auc"] <= 1
    assert found["classification"]["accuracy_real"] > 0.1


def test_what_is_found_is_flat_and_json(digits):
    _, found, _ = digits
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    for one in found.values():
        assert all(isinstance(value, str | int | float) for key, value in one.items() if key != "warnings")
        assert all(isinstance(warning, str) for warning in one["warnings"])


def test_the_same_run_is_found_to_be_the_same(digits):
    session, found, pictures = digits
    names = ["memorisation", "discriminator"]
    again, drawn = examine(session, names, 0)
    assert again == {name: found[name] for name in names} and drawn == pictures
