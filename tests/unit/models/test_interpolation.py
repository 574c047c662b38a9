"""Ways between latents: their ends are samples, and what lies between is by formula."""

import math

import pytest
import torch
from untrained import LinearImages, Mapped, model_around, model_of

from ganzoo.errors import GanzooError
from ganzoo.interfaces import Generator


def near(one, other, most=1):
    return (one.int() - other.int()).abs().max() <= most


@pytest.mark.parametrize("name", ["dcgan", "cgan", "stylegan2"])
@pytest.mark.parametrize("kind", [None, "lerp"])
def test_the_ends_are_the_samples_of_the_seeds(name, kind):
    model = model_of(name, size=16)
    y = 3 if model.classes else None
    found = model.interpolate([5, 6, 5], steps=4, y=y, kind=kind)
    first, second = (model.sample(1, y, seed=seed).data[0] for seed in (5, 6))
    assert len(found) == 8 and found.columns == 4
    for at, end in ((0, first), (3, second), (4, second), (7, first)):
        assert near(found.data[at], end)
    assert (found.y is None) is (y is None) and (y is None or found.y.tolist() == [3] * 8)


def test_between_lies_the_great_circle_or_the_straight_line():
    """By hand: half way from angle a to angle b lies (a + b) / 2; the length goes evenly from 2 to 4."""
    model = model_around(LinearImages(z_dim=2))
    one = 2 * torch.tensor([math.cos(0.1), math.sin(0.1)])
    other = 4 * torch.tensor([math.cos(1.3), math.sin(1.3)])
    around = model.interpolate([(one, other)], steps=5).z
    straight = model.interpolate([(one, other)], steps=5, kind="lerp").z
    middle = 3 * torch.tensor([math.cos(0.7), math.sin(0.7)])
    assert torch.allclose(around[2], middle, atol=1e-5)
    assert torch.allclose(straight[1], 0.75 * one + 0.25 * other, atol=1e-6)


def test_styles_go_straight_and_latents_around():
    """The image is a style's first number / 8, and w = 2 z + 1: half way it is the mean of both ends."""
    model = model_around(Mapped())
    z = torch.stack([model.sample(1, seed=seed).z[0] for seed in (1, 2)])
    found = model.interpolate([1, 2], steps=3)
    assert found.z is None and torch.allclose(found.w[1, 0], 2 * z.mean(dim=0) + 1, atol=1e-6)
    assert model.interpolate([1, 2], steps=3, space="z").w is None
    assert model.interpolate([1, 2], steps=3, kind="slerp").z.shape == (3, 4)
    assert torch.equal(model.interpolate([(found.w[0], found.w[2])], steps=3).data, found.data)


def test_pairs_are_ways_of_their_own():
    model = model_around(LinearImages())
    both = model.interpolate([(0, 1), (7, 8)], steps=3)
    assert torch.equal(both.data[3:], model.interpolate([7, 8], steps=3).data) and len(both) == 6


@pytest.mark.parametrize("name", ["cgan", "biggan", "sngan-projection", "sagan"])
def test_a_way_from_class_to_class_begins_and_ends_in_them(name):
    options = {} if name == "cgan" else {"size": 32, "channels": 3}
    name = "cgan-pd" if name == "sngan-projection" else name
    model = model_of(name, **options)
    found = model.interpolate([4], steps=3, y=(2, "class f"))
    first, last = (model.sample(1, y, seed=4).data[0] for y in (2, 5))
    assert near(found.data[0], first) and near(found.data[2], last)
    assert found.y is None and len(found) == 3
    assert near(model.sample(1, 2, seed=4).data[0], first, most=0)  # no hook is left behind


def test_half_way_between_two_classes_their_vectors_are_averaged():
    model = model_around(LinearImages(classes=3), "cgan", classes=("a", "b", "c"))
    G = model.generator
    z = model.sample(1, 0, seed=1).z
    vectors = G.label.weight[[0, 2]].mean(dim=0)
    wanted = ((z + vectors) @ G.matrix).mul(127.5).add(128).clamp(0, 255).to(torch.uint8)
    assert near(model.interpolate([1], steps=3, y=("a", "c")).data[1].flatten(), wanted.flatten())


def test_a_generator_whose_labels_have_no_vectors_is_refused():
    class OneHot(Generator):
        z_dim = 3

        def __init__(self):
            super().__init__()
            self.scale = torch.nn.Parameter(torch.ones(()))

        def forward(self, z, y=None):
            return (
                (self.scale * z * torch.nn.functional.one_hot(y, 3))[:, :1, None]
                .expand(-1, 1, 8)[..., None]
                .expand(-1, 1, 8, 8)
            )

    model = model_around(OneHot(), "cgan", classes=("a", "b", "c"))
    with pytest.raises(GanzooError, match="has nothing between two classes"):
        model.interpolate([1], steps=3, y=("a", "c"))
    assert len(model.interpolate([1, 2], steps=3, y="a")) == 3


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"seeds": [1]}, "a way needs two ends"),
        ({"seeds": []}, "a way needs two ends"),
        ({"steps": 1}, "2 or more steps, not 1"),
        ({"seeds": [1, -2]}, "a seed is a whole number"),
        ({"y": 1}, "its recipe is not conditional"),
        ({"y": (1, 2)}, "its recipe is not conditional"),
        ({"space": "w"}, "maps its latents to no styles"),
        ({"kind": "cubic"}, "not 'cubic'"),
        ({"truncation": 0.5}, "truncation goes with w"),
        ({"seeds": [torch.zeros(3), 1]}, "a latent of dcgan has 4 numbers, not 3"),
    ],
)
def test_what_cannot_be_joined_is_one_sentence(asked, error):
    with pytest.raises(GanzooError, match=error):
        model_around(LinearImages()).interpolate(**asked)
