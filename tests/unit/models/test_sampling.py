"""Drawing from a model: the same samples whatever is asked for beside them, for every kind of generator."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny_recipes import CLASSES
from untrained import LinearImages, model_around, model_of, names

from ganzoo.errors import GanzooError
from ganzoo.models import Samples

# One for each way to make an image of a latent, conditional ones among them, and one of points.
FAMILIES = {
    "dcgan": {},
    "wgan-gp": {"channels": 3},
    "cgan": {},
    "biggan": {"size": 32, "channels": 3},
    "sagan": {"size": 32, "channels": 3},
    "sngan-resnet": {"size": 32, "channels": 3},
    "stylegan2": {"size": 16},
    "r3gan": {"size": 16},
    "infogan": {},
    "began": {"size": 16},
    "mlp-lsgan": {},
    "ns-gan": {"points": True, "channels": 2},
}
MLP = ("generator={name: mlp, width: 8, depth: 1, output: linear}", "discriminator={name: mlp, width: 8, depth: 1}")


@pytest.fixture(params=FAMILIES)
def model(request):
    points = FAMILIES[request.param].get("points", False)
    return model_of(request.param, *(MLP if points else ()), **FAMILIES[request.param])


def test_the_first_ones_are_the_same_for_any_number(model):
    few, many = model.sample(3), model.sample(70)
    assert torch.equal(few.z, many.z[:3])
    assert len(many) == 70 and many.data.shape[1:] == model.trained.shape
    difference = few.data.float() - many.data[:3].float()
    assert difference.abs().max() <= (1e-5 if model.kind == "points" else 1)  # sums of another order round otherwise
    assert few.kind == many.kind == model.kind
    assert many.data.dtype == (torch.float32 if model.kind == "points" else torch.uint8)
    assert not torch.equal(model.sample(3, seed=1).z, few.z)


def test_batches_are_the_samples(model):
    whole = model.sample(150, seed=5)
    parts = list(model.batches(150, seed=5, batch=40))
    assert [len(part) for part in parts] == [40, 40, 40, 30]
    assert torch.equal(torch.cat([part.z for part in parts]), whole.z)
    if model.classes:
        assert torch.equal(torch.cat([part.y for part in parts]), torch.arange(150) % CLASSES)


def test_all_of_a_model_is_told(model):
    text = repr(model)
    assert model.name in text and f"z_dim {model.z_dim}" in text
    assert ("10 classes" in text) is bool(model.classes)


def test_z_of_a_sample_gives_the_sample_again():
    model = model_of("cgan")
    found = model.sample(20, seed=2)
    again = model.generator(found.z, found.y).mul(127.5).add(128).clamp(0, 255).to(torch.uint8)
    assert torch.equal(again, found.data)


def test_classes_are_given_by_index_by_name_and_one_by_one():
    model = model_of("cgan")
    assert model.classes == names(True)
    by_index, by_name = model.sample(4, y=3), model.sample(4, y="class d")
    assert torch.equal(by_index.data, by_name.data) and by_index.y.tolist() == [3] * 4
    assert model.sample(3, y=["class a", 9, "2"]).y.tolist() == [0, 9, 2]
    assert model.sample(2, y=torch.tensor([4, 5])).y.tolist() == [4, 5]


def test_a_name_that_is_a_number_wins_over_an_index():
    model = model_around(LinearImages(classes=3), "cgan", classes=("2", "1", "0"))
    assert model.sample(1, y="2").y.tolist() == [0]
    assert model.sample(1, y=2).y.tolist() == [2]


@pytest.mark.parametrize(
    ("name", "asked", "error"),
    [
        ("cgan", {"y": "class k"}, "knows no class 'class k'; did you mean"),
        ("cgan", {"y": 10}, "has the classes 0 to 9, and no class 10"),
        ("cgan", {"y": -1}, "no class -1"),
        ("cgan", {"y": [1, 2]}, "4 samples need one class, or one for each: 2 were given"),
        ("dcgan", {"y": 1}, "its recipe is not conditional"),
        ("dcgan", {"seed": -1}, "a seed is a whole number from 0"),
        ("dcgan", {"batch": 0}, "batch is a whole number from 1"),
        ("dcgan", {"noise": "loud"}, "'held' or 'drawn', not 'loud'"),
    ],
)
def test_what_cannot_be_drawn_is_one_sentence(name, asked, error):
    with pytest.raises(GanzooError, match=error):
        model_of(name).sample(4, **asked)


def test_labels_of_the_training_set_have_its_frequencies():
    """Each count of 10,000 labels lies within five standard deviations, sqrt(n p (1 - p))."""
    model = model_around(LinearImages(classes=3), "cgan", classes=("a", "b", "c"))
    model.trained = replace(model.trained, counts=(10, 30, 60))
    found = model.training_labels(10_000).bincount().tolist()
    for count, p in zip(found, (0.1, 0.3, 0.6), strict=True):
        assert abs(count - 10_000 * p) < 5 * (10_000 * p * (1 - p)) ** 0.5
    assert torch.equal(model.training_labels(50), model.training_labels(50))
    assert model_of("dcgan").training_labels(3) is None


def test_held_noise_makes_images_functions_of_latents_and_drawn_noise_does_not():
    model = model_of("stylegan2", size=16)
    for module in model.generator.modules():
        if type(module).__name__ == "StyledLayer":
            module.strength.data.fill_(1.0)  # of the noise, which begins at 0
    alone, beside = model.sample(1).data[0], model.sample(64).data[0]
    assert (alone.float() - beside.float()).abs().max() <= 1
    assert not torch.equal(model.sample(4, noise="drawn").data, model.sample(4).data)
    assert torch.equal(model.sample(4, noise="drawn").data, model.sample(4, noise="drawn").data)


def test_drawing_leaves_torch_as_it_was():
    model = model_of("stylegan2", size=16)
    before = torch.get_rng_state()
    model.sample(3)
    assert torch.equal(torch.get_rng_state(), before) and torch.is_grad_enabled()


def test_samples_are_a_sequence():
    found = model_of("cgan").sample(10)
    assert isinstance(found[2:5], Samples) and found[2:5].y.tolist() == [2, 3, 4]
    assert torch.equal(found[[7, 1]].data, found.data[[7, 1]])
    assert torch.equal(found[3], found.data[3]) and len(list(found)) == 10
    assert found.numpy().shape == (10, 1, 8, 8) and found.numpy().dtype == "uint8"
    assert repr(found) == "Samples(10 images of 8x8x1, 10 classes)"


def test_images_that_are_no_numbers_are_one_sentence():
    broken = LinearImages()
    broken.matrix.data.fill_(float("nan"))
    with pytest.raises(GanzooError, match="hold NaN"):
        model_around(broken).sample(2)


def test_more_samples_than_memory_holds_are_refused_before_the_first_is_drawn():
    model = model_of("dcgan")
    with pytest.raises(GanzooError, match=r"samples take .* GiB in memory.*from Model\.batches"):
        model.sample(10**15)
    with pytest.raises(GanzooError, match="the labels of"):
        model_of("cgan").batches(10**15)
    assert len(next(model.batches(10**15))) == 64


def test_samples_of_none_are_no_picture_and_no_file(tmp_path):
    none = model_of("dcgan").sample(2)[2:]
    assert len(none) == 0 and none._repr_png_() is None
    for make in (none.png, lambda: none.save(tmp_path / "x.npz"), lambda: none.save(tmp_path / "x/")):
        with pytest.raises(GanzooError, match=r"these are none|no samples"):
            make()
    assert not list(tmp_path.iterdir())


def test_one_sample_is_named_by_a_number_of_numpy_or_torch():
    samples = model_of("dcgan").sample(3)
    for at in (np.int64(1), torch.tensor(1), 1):
        assert torch.equal(samples[at], samples.data[1])
    assert len(samples[[]]) == 0


@pytest.mark.parametrize(
    "given", [np.int64(1), torch.tensor(1), np.array([1, 1, 1]), [np.int64(1)] * 3, iter([1, 1, 1])]
)
def test_classes_are_numbers_of_any_library(given):
    model = model_of("cgan")
    assert torch.equal(model.sample(3, given).data, model.sample(3, 1).data)


@pytest.mark.parametrize("given", [1.0, torch.tensor([1.5] * 3), [None] * 3, np.float64(1)])
def test_what_is_no_class_is_one_sentence(given):
    with pytest.raises(GanzooError, match=r"y is a class|knows no class"):
        model_of("cgan").sample(3, given)


def test_a_model_is_moved_only_to_devices_that_are_there():
    model = model_of("dcgan")
    assert model.to(torch.device("cpu")).device.type == "cpu"
    with pytest.raises(GanzooError, match="no device 'tpu'"):
        model.to("tpu")
