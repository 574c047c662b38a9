"""Published forms against what their sources say, read there and not in ours."""

from types import SimpleNamespace

import pytest
import torch

from ganzoo.layers import input_gradient
from ganzoo.recipes.building.build import build_part
from ganzoo.recipes.recipe import load_recipe, resolve
from ganzoo.registry.discovery import load_zoo

REGISTRY = load_zoo(third_party=False).registry
BLOCKS = {
    entry.name: block for entry in REGISTRY.all("recipe") if (block := load_recipe(entry.target).published) is not None
}


@pytest.mark.parametrize("name", ["topk-gan", "rpgan-r1r2", "wgan-gp"])
def test_a_form_has_no_number_of_other_networks(name):
    """Top-k's 8.57 is of BigGAN with labels, config C's 11.65 of StyleGAN2's, 6.68 of the CNN of SNGAN's paper."""
    assert not BLOCKS[name].metrics


def test_fid_of_the_projection_discriminator_is_of_5000_images():
    """kwotsin/mimicry, README.md, the table of reproduced scores: reported 17.5, n_fake 5K."""
    (fid,) = [metric for metric in BLOCKS["cgan-pd"].metrics if metric.name == "fid"]
    assert (fid.value, fid.n) == (17.5, 5000)


def test_fid_of_stylegan2_has_the_spread_that_its_authors_give():
    """NVlabs/stylegan2, README.md, the table of metrics: 2.84 ± 0.03."""
    (fid,) = [metric for metric in BLOCKS["stylegan2"].metrics if metric.name == "fid"]
    assert (fid.value, fid.spread, fid.n) == (2.84, 0.03, 50_000)


def test_channels_of_sngans_discriminator_double_between_its_pairs():
    """Table 3b: 64-64-128-128-256-256-512; the code that gives the other values has 64-128-128-256-256-512-512."""
    assert BLOCKS["sngan"].values["discriminator.growth"].value == "between"


def test_dragans_penalty_is_that_of_its_code_whose_images_are_in_0_to_1():
    """kodalinaveen3/DRAGAN, DRAGAN.ipynb: 10 (slope - 1)^2, its slopes those in pixels of MNIST from 0 to 1."""
    (term,) = resolve(REGISTRY, "dragan@published").regularizers
    near = torch.rand(8, 1, 4, 4, dtype=torch.float64, requires_grad=True)
    here = (2 * near.detach() - 1).requires_grad_()

    def slope(x: torch.Tensor, pixels: torch.Tensor) -> torch.Tensor:
        return input_gradient((pixels**3).sum((1, 2, 3)), x).flatten(1).norm(dim=1)

    theirs = 10 * (slope(near, near) - 1).square().mean()
    ours = term.params["weight"] * (slope(here, (here + 1) / 2) - term.params["k"]).square().mean()
    torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("name", ["contragan", "reacgan"])
def test_studiogans_discriminator_has_twice_its_d_conv_dim_of_96_channels(name):
    """POSTECH-CVLab/PyTorch-StudioGAN, big_resnet.py: d_out_dims_collection of 32x32; eps_ of config.py is 1e-6."""
    recipe = resolve(REGISTRY, f"{name}@published")
    with torch.device("meta"):
        shape = {"image_size": 32, "channels": 3, "num_classes": 10}
        judge = build_part(REGISTRY, "discriminator", recipe.discriminator, **shape)
    kernels = [w for w in judge.parameters() if w.ndim == 4 and w.shape[2:] == (3, 3)]
    assert {w.shape[0] for w in kernels} == {2 * 96}
    assert {recipe.g_optimizer.params["eps"], recipe.d_optimizer.params["eps"]} == {1e-6}


def test_msgan_weighs_its_term_and_weights_against_one_batch_of_fakes():
    """HelenMao/MSGAN, model.py: adversarial losses of two batches, 1 / ratio, a decay of 1e-4; labels of the reals."""
    recipe = resolve(REGISTRY, "msgan@published")
    batches = 2
    (term,) = recipe.regularizers
    assert term.params["weight"] == 1 / batches
    for optimizer in (recipe.g_optimizer, recipe.d_optimizer):
        assert optimizer.params["weight_decay"] == pytest.approx(1e-4 / batches)
    assert recipe.schedule.labels == "paired"


def test_cyclegans_cycle_weighs_ten_times_the_squares_of_one_critic():
    """arXiv:1703.10593, sec. 4: G lowers (D_a - 1)^2 + (D_b - 1)^2 + 10 (cycle of a + cycle of b), nothing halved."""
    recipe = resolve(REGISTRY, "cyclegan@published")
    verdict = {name: torch.tensor([[0.25, -1.5]], dtype=torch.float64, requires_grad=True) for name in ("a", "b")}
    theirs = sum((said - 1).square().mean() for said in verdict.values())
    loss = build_part(REGISTRY, "loss", recipe.loss)
    of_heads = [loss.g_loss(SimpleNamespace(on_fake={"logits": said})) for said in verdict.values()]
    ours = torch.stack(of_heads).mean()
    weight = {term.name: term.params for term in recipe.regularizers}["cycle"]["weight"]
    assert weight / float(ours.detach()) == pytest.approx(10 / float(theirs.detach()))


def test_esrgans_discriminator_has_the_maps_of_its_code():
    """xinntao/BasicSR, VGGStyleDiscriminator128: ten convolutions to 512 maps of 4x4, then 100 units and one."""
    recipe = resolve(REGISTRY, "esrgan@published")
    with torch.device("meta"):
        judge = build_part(REGISTRY, "discriminator", recipe.discriminator, image_size=128, channels=3, num_classes=0)
    weights = [tuple(w.shape) for w in judge.parameters() if w.ndim > 1]
    assert [shape[0] for shape in weights] == [64, 64, 128, 128, 256, 256, 512, 512, 512, 512, 100, 1]
    assert weights[-2] == (100, 512 * 4 * 4)
