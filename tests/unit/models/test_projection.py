"""Projection: what is known to have an exact answer is found, and an image of the generator's own again."""

import os

import numpy as np
import pytest
import torch
from PIL import Image
from untrained import LinearImages, model_around, model_of

from ganzoo.errors import DataError, GanzooError
from ganzoo.models.projections.distances import distance


def test_the_distance_is_the_mean_over_the_scales():
    """By hand, of 8x8: whole and halved. A checkerboard of -1 and 1 is 1 away from grey whole, and 0 halved."""
    board = torch.ones(8, 8)
    board[::2, ::2] = board[1::2, 1::2] = -1
    grey = torch.zeros(1, 1, 8, 8)
    assert distance(board[None, None], grey).tolist() == [0.5]
    assert distance(torch.ones(2, 1, 8, 8), -torch.ones(1, 1, 8, 8)).tolist() == [4.0, 4.0]
    assert distance(torch.tensor([3.0, 0.0]).view(1, 2, 1, 1), torch.zeros(1, 2, 1, 1)).tolist() == [4.5]


def test_a_linear_generator_gives_the_latent_back():
    """Its image determines the latent: least squares has one solution."""
    model = model_around(LinearImages())
    sample = model.sample(1, seed=9)
    found = model.project(sample.data[0], 400, restarts=2)
    assert torch.allclose(found.latent, sample.z[0], atol=0.03)  # half a grey level is 0.004
    assert found.distance < 1e-4
    assert (found.image.int() - sample.data[0].int()).abs().max() <= 1


@pytest.mark.parametrize(("name", "steps"), [("dcgan", 150), ("cgan", 150), ("stylegan2", 60)])
def test_an_image_of_its_own_is_reached(name, steps):
    """From the nearest of 512 other samples; rounding to grey levels alone is worth (2 / 255)^2 / 12 = 5e-6."""
    model = model_of(name)
    if name != "stylegan2":  # whose images differ from each other from the beginning
        rng = torch.Generator().manual_seed(0)
        for p in model.generator.parameters():
            if p.ndim > 1:
                p.data = torch.randn(p.shape, generator=rng) * 1.5 / (p.numel() / p.shape[p.ndim == 4]) ** 0.5
    target = model.sample(1, seed=77)
    found = model.project(target.data, steps, restarts=2)
    begin = found.distances[:, 0].min()
    assert begin > 1e-3 and found.distance < begin / 10
    assert found.distance == found.distances.min() and found.distances.shape == (2, steps + 1)
    again = model.project(target.data, 3, restarts=2)
    assert torch.equal(again.distances[:, 0], found.distances[:, 0])
    assert torch.equal(again.latent, model.project(target.data, 3, restarts=2).latent)


def test_one_style_is_found_for_all_layers():
    """Those of the mapping network are alike in all layers, and so are those that it could have given."""
    model = model_of("stylegan2")
    found = model.project(model.sample(1, seed=77).data, 10, restarts=2).latent
    assert len(found) == model.generator.layers and torch.equal(found, found[:1].expand_as(found))


def test_a_class_may_be_given_or_found():
    """Vectors of classes lie 11 apart, and latents of up to about 3 cannot make up for that."""
    model = model_around(LinearImages(classes=3), "cgan", classes=("a", "b", "c"))
    model.generator.matrix.data.mul_(0.1)
    model.generator.label.weight.data.copy_(8 * torch.eye(3, 4))
    target = model.sample(1, 2, seed=3)
    assert model.project(target.data, 5).samples.y.tolist() == [2]
    wrong = model.project(target.data, 100, y="a")
    assert wrong.samples.y.tolist() == [0] and wrong.distance > 10 * model.project(target.data, 100, y="c").distance


def test_latents_stay_where_they_are_drawn():
    """Uniform latents end at 0 and 1; an image that would need others is approached from there."""
    model = model_around(LinearImages(normal=False))
    far = (torch.full((1, 4), 3.0) @ model.generator.matrix).view(1, 8, 8).mul(127.5).add(128).clamp(0, 255)
    z = model.project(far.to(torch.uint8), 50, restarts=2).latent
    assert z.min() >= 0 and z.max() <= 1


def test_points_are_projected_onto():
    mlp = ("generator={name: mlp, width: 8, depth: 1, output: linear}", "discriminator={name: mlp, width: 8, depth: 1}")
    model = model_of("ns-gan", *mlp, points=True, channels=2)
    target = model.sample(1, seed=3).data
    text = ",".join(str(value) for value in target.flatten().tolist())
    for asked in (target, target.numpy(), text):
        assert model.project(asked, 200).distance < 1e-4
    with pytest.raises(GanzooError, match="a point of ns-gan has 2 finite numbers, not 3"):
        model.project("1,2,3")
    with pytest.raises(GanzooError, match="is no point: give its numbers"):
        model.project("here.png")


def test_images_come_from_files_pictures_arrays_and_tensors(tmp_path):
    model = model_around(LinearImages())
    target = model.sample(1, seed=9)
    picture = target.pil()[0]
    picture.save(tmp_path / "x.png")
    found = [
        model.project(asked, 3).target
        for asked in (tmp_path / "x.png", str(tmp_path / "x.png"), picture, np.asarray(picture), target.data)
    ]
    assert all(torch.equal(one, target.data) for one in found)


def test_another_size_is_cut_and_resized_and_that_is_said(tmp_path, caplog):
    """A picture of three 16x16 squares side by side: the middle one is taken, and is grey 200 all over."""
    wide = np.zeros((16, 48, 3), dtype=np.uint8)
    wide[:, 16:32] = 200
    model = model_around(LinearImages())
    with caplog.at_level("WARNING"):
        found = model.project(Image.fromarray(wide), 2)
    assert found.target.shape == (1, 1, 8, 8) and (found.target == 200).all()
    assert "the image is 16x48x3, and dcgan draws 8x8x1" in caplog.text


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        (lambda _: torch.zeros(1, 8, 8), "an image is uint8"),
        (lambda _: torch.zeros(2, 1, 8, 8, dtype=torch.uint8), "an image is uint8"),
        (lambda _: torch.zeros(5, 8, 8, dtype=torch.uint8), "the image has 5 channels, and dcgan draws 1"),
        (lambda folder: folder / "gone.png", "gone.png cannot be read: No such file"),
        (lambda folder: (folder / "x.png").write_bytes(b"text") and folder / "x.png", "x.png is no image"),
        (lambda folder: os.mkfifo(folder / "pipe.png") or folder / "pipe.png", r"pipe\.png is no file"),
        (lambda _: None, "an image is a path, .* and not NoneType"),
    ],
)
def test_what_is_no_image_is_one_sentence(tmp_path, asked, error):
    with pytest.raises((GanzooError, DataError), match=error):
        model_around(LinearImages()).project(asked(tmp_path))


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"steps": 0}, "steps is a whole number from 1 on, not 0"),
        ({"restarts": 0}, "restarts is a whole number from 1 to 512, not 0"),
        ({"restarts": 513}, "restarts is a whole number from 1 to 512, not 513"),
        ({"rate": 0.0}, r"above 0, not 0\.0"),
        ({"rate": "fast"}, "rate is a finite number, not 'fast'"),
        ({"seed": -1}, "a seed is a whole number from 0"),
    ],
)
def test_numbers_out_of_range_are_refused(asked, error):
    model = model_around(LinearImages())
    with pytest.raises(GanzooError, match=error):
        model.project(model.sample(1).data, **asked)


def test_a_projection_is_saved(tmp_path):
    model = model_around(LinearImages(classes=3), "cgan", classes=("a", "b", "c"))
    found = model.project(model.sample(1, seed=9).data, 3)
    with np.load(found.save(tmp_path / "x.npz")) as arrays:
        assert sorted(arrays.files) == ["distances", "image", "label", "latent", "loss", "target"]
        assert np.array_equal(arrays["latent"], found.latent.numpy())
    found.save(tmp_path / "x.png")
    with Image.open(tmp_path / "x.png") as picture:
        assert picture.size == (2 * 66 + 2, 66 + 2)  # two images of 8 pixels, each enlarged to 64, and 2 between
    with pytest.raises(GanzooError, match=r"written as x.png or x.npz, and not as 'x.jpg'"):
        found.save(tmp_path / "x.jpg")
    assert "distance" in repr(found) and found._repr_png_() == found.png()
