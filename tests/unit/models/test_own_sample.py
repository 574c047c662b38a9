"""Generators that sample otherwise than they are trained: all that is judged, shown and exported is the sample."""

import pytest
import torch
from exported_models import exportable
from tiny_players import MeanLoss, ScalarD, ScalarG, recipe
from tiny_recipes import REGISTRY
from untrained import LinearImages, Mapped, model_around

from ganzoo.errors import GanzooError
from ganzoo.layers import to_bytes
from ganzoo.models import load
from ganzoo.recipes.building.build import Parts
from ganzoo.registry.discovery import Zoo
from ganzoo.training import Trainer


class Doubled(ScalarG):
    """Twice what is trained."""

    def sample(self, z, y=None):
        return 2 * self(z, y)


class Inverted(LinearImages):
    """The negative of what is trained."""

    def sample(self, z, y=None):
        return -self(z, y)


class Hard(LinearImages):
    """Black and white, which has no slope."""

    def sample(self, z, y=None):
        return (self(z, y) > 0).float() * 2 - 1


class HardMapped(Mapped):
    """Styles whose images are not what is shown."""

    def sample(self, z, y=None):
        return -self(z, y)


class Deciding(LinearImages):
    """It samples by Python's own choice."""

    def sample(self, z, y=None):
        return self(z, y) * (2 if float(z.sum()) > 0 else 1)


@pytest.mark.parametrize("ema", [0.0, 0.5])
def test_the_evaluated_generator_samples_and_the_game_does_not(ema):
    """D: v <- v - lr (w z - x), with what G is trained on; what is generated is 2 w z of the weights after it."""
    pixels = torch.randint(0, 256, (32, 1, 4, 4), dtype=torch.uint8, generator=torch.Generator().manual_seed(7))
    sgd = {"name": "sgd", "lr": 0.1}
    t = Trainer(recipe({"ema": ema}, sgd, sgd), Parts(Doubled(), ScalarD(), MeanLoss(), []), pixels, None, seed=0)
    turn, _ = t.take_turn("D")
    wanted = 2.0 - 0.1 * (0.5 * turn.z.mean().item() - turn.real.mean().item())
    assert t.parts.D.v.item() == pytest.approx(wanted, rel=1e-5)
    t.step()
    z = torch.tensor([[1.0], [-3.0]])
    w = t.average.model.w.item()
    assert t.generate(z, None)[:, 0, 0, 0].tolist() == pytest.approx([2 * w, -6 * w], rel=1e-6)


def test_a_models_samples_and_ways_are_those():
    model = model_around(Inverted())
    sample = model.sample(3)
    with torch.no_grad():
        assert torch.equal(sample.data, to_bytes(-model.generator(sample.z)))
        way = model.interpolate((0, 1), 3)
        assert torch.equal(way.data, to_bytes(-model.generator(way.z)))


def test_labels_are_blended_on_the_way_to_the_sample():
    model = model_around(Inverted(classes=3), "cgan", classes=("a", "b", "c"))
    way = model.interpolate((0,), 3, y=("a", "c"))
    z, G = way.z[:1], model.generator
    with torch.no_grad():
        middle = (G.label.weight[0] + G.label.weight[2]) / 2
        wanted = -((z + middle) @ G.matrix).view(1, 1, 8, 8)
    assert (to_bytes(wanted).int() - way.data[1:2].int()).abs().max() <= 1


def test_a_projection_is_onto_samples_and_refused_where_they_have_no_slope():
    model = model_around(Inverted())
    sample = model.sample(1, seed=9)
    assert torch.allclose(model.project(sample.data[0], 400, restarts=2).latent, sample.z[0], atol=0.03)
    hard = model_around(Hard())
    with pytest.raises(GanzooError, match="dcgan cannot be projected onto: its samples have no slope in the latent"):
        hard.project(hard.sample(1).data, 3)


def test_styles_that_do_not_make_the_sample_are_left_aside():
    model = model_around(HardMapped())
    assert model.trained.mapped is None and model_around(Mapped()).trained.mapped is not None
    with pytest.raises(GanzooError, match="there is no w to go through"):
        model.interpolate((0, 1), 3, space="w")


@pytest.mark.parametrize("format", ["pt2", "onnx", "html"])
def test_a_program_draws_the_sample(format, tmp_path):
    if format == "onnx":
        pytest.importorskip("onnxscript")
        pytest.importorskip("onnxruntime")
    model = model_around(Inverted())
    done = model.export(tmp_path / f"x.{format}", format)
    assert done.deviation < 1e-5
    if format == "pt2":
        z = torch.randn(5, 4)
        torch.testing.assert_close(torch.export.load(done.path).module()(z), -model.generator(z))


@pytest.mark.parametrize("format", ["pt2", "html"])
def test_one_that_cannot_be_traced_is_refused_in_a_sentence(format, tmp_path):
    with pytest.raises(GanzooError, match="cannot be traced by torch") as caught:
        model_around(Deciding()).export(tmp_path / f"x.{format}", format)
    assert "\n" not in str(caught.value)


def test_a_folder_draws_the_sample_again(tmp_path, monkeypatch):
    cls = REGISTRY.get("generator", "dcgan").load()
    plain = exportable("dcgan").sample(3)
    monkeypatch.setattr(cls, "sample", lambda self, z, y=None: -self(z, y))
    exportable("dcgan").export(tmp_path / "out")
    again = load(tmp_path / "out", zoo=Zoo(REGISTRY, ()))
    assert torch.equal(again.sample(3).data, 255 - plain.data)
