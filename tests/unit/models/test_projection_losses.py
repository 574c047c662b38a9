"""Projection by LPIPS and by pixels: what is made small, and what is said where the weights are missing."""

import hashlib

import pytest
import torch
from click.testing import CliRunner
from exported_models import exportable
from ganzoo_plugins.fidelity import lpips
from lpips_weights import tensors
from untrained import LinearImages, model_around, model_of

from ganzoo.cli import cli
from ganzoo.errors import GanzooError, SetupError
from ganzoo.layers import PerceptualDistance
from ganzoo.models.projections.losses import LARGEST, _averaged


@pytest.fixture(scope="module")
def alex(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "lpips.pth"
    torch.save(tensors("alex"), path)
    return path


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """Torch's folder of checkpoints, which is empty."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    (tmp_path / "hub" / "checkpoints").mkdir(parents=True)
    return tmp_path / "hub" / "checkpoints"


def linear(size=32):
    return model_around(LinearImages(size=size), size=size)


def test_the_perceptual_distance_is_made_small(alex):
    """As the network itself tells it, of the image that was reached before it was rounded."""
    model = linear()
    target = model.sample(1, seed=9).data
    found = model.project(target[0], 60, restarts=2, loss="lpips-alex", extractor_weights=alex)
    network = PerceptualDistance("alex", tensors("alex"))
    with torch.no_grad():
        reached = model.generator(found.samples.z)
        apart = float(network(reached, target.float() / 127.5 - 1))
    assert found.distance == pytest.approx(apart, rel=1e-3, abs=1e-6)
    assert found.distance < found.distances[:, 0].min() / 10
    assert found.loss == f"lpips-alex-{hashlib.sha256(alex.read_bytes()).hexdigest()[:8]}"
    assert "lpips-alex" in repr(found)


def test_pixels_are_the_default_where_weights_are_missing_and_that_is_one_line(hub, caplog):
    model = linear()
    target = model.sample(1, seed=9).data[0]
    with caplog.at_level("WARNING"):
        found = model.project(target, 3)
    assert found.loss == "pixels"
    assert [one.getMessage() for one in caplog.records] == [
        "the distance is over pixels: lpips-vgg16.pth is not here, the weights of LPIPS (--loss lpips)"
    ]
    assert torch.equal(found.distances, model.project(target, 3, loss="pixels").distances)


def test_small_images_and_points_are_compared_by_pixels_without_a_word(hub, caplog):
    with caplog.at_level("WARNING"):
        assert linear(8).project(linear(8).sample(1).data[0], 2).loss == "pixels"
    assert caplog.text == ""


def test_lpips_is_the_default_where_its_weights_are_here(hub, monkeypatch):
    state = tensors("vgg16")
    torch.save(state, hub / "lpips-vgg16.pth")
    heads = b"".join(state[f"lin{i}.model.1.weight"].numpy().tobytes() for i in range(5))
    monkeypatch.setitem(lpips.PUBLISHED_HEADS, "vgg16", hashlib.sha256(heads).hexdigest())
    model = linear()
    target = model.sample(1, seed=9).data[0]
    found = model.project(target, 2, restarts=1)
    assert found.loss == "lpips-vgg16"
    assert torch.equal(found.distances, model.project(target, 2, restarts=1, loss="lpips").distances)


def test_the_weights_of_lpips_are_asked_for(hub):
    model = linear()
    with pytest.raises(SetupError) as failed:
        model.project(model.sample(1).data[0], 2, loss="lpips")
    for part in ("lpips-vgg16.pth", "torch.save(lpips.LPIPS(net='vgg')", "--extractor-weights", "--loss pixels"):
        assert part in str(failed.value)
    assert "\n" not in str(failed.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"loss": "lpip"}, "no loss 'lpip' of a projection.*did you mean 'lpips'"),
        ({"loss": "pixels", "extractor_weights": "x.pth"}, "leave --extractor-weights out"),
        ({"loss": "lpips-alex", "extractor_weights": 3}, "extractor_weights is a text or a pathlib.Path, not int"),
        (
            {"loss": "vgg16"},
            "vgg16 gives no gradients; a projection takes pixels, lpips, digits, .*lpips-alex",
        ),
    ],
)
def test_what_is_no_loss_is_refused(options, said):
    model = linear()
    with pytest.raises(GanzooError, match=said):
        model.project(model.sample(1).data[0], 2, **options)


def test_lpips_refuses_what_it_does_not_see(alex):
    small = linear(8)
    with pytest.raises(GanzooError, match="LPIPS sees images of 32 pixels a side or more, not 8x8"):
        small.project(small.sample(1).data[0], 2, loss="lpips-alex", extractor_weights=alex)
    mlp = ("generator={name: mlp, width: 8, depth: 1, output: linear}", "discriminator={name: mlp, width: 8, depth: 1}")
    points = model_of("ns-gan", *mlp, points=True, channels=2)
    with pytest.raises(GanzooError, match="ns-gan draws points, which lpips-alex does not see"):
        points.project("1,2", 2, loss="lpips-alex", extractor_weights=alex)


@pytest.mark.parametrize(
    ("size", "seen"), [((256, 300), (256, 300)), ((511, 600), (511, 600)), ((512, 1024), (256, 512))]
)
def test_large_images_are_averaged_first(size, seen):
    images = torch.arange(size[0] * size[1], dtype=torch.float64).view(1, 1, *size)
    found = _averaged(images)
    assert tuple(found.shape[2:]) == seen and min(found.shape[2:]) < 2 * LARGEST
    assert float(found.mean()) == pytest.approx(float(images.mean()))


def test_the_command_takes_a_loss(alex, tmp_path):
    exportable("dcgan", size=32).export(tmp_path / "mine")
    words = ["--loss", "lpips-alex", "--extractor-weights", str(alex), "--steps", "2", "--restarts", "1"]
    image, out = str(tmp_path / "mine" / "samples.png"), str(tmp_path / "x.png")
    done = CliRunner().invoke(cli, ["--no-plugins", "project", str(tmp_path / "mine"), image, *words, "--out", out])
    assert done.exit_code == 0, done.output
    assert "lpips-alex-" in done.stderr.splitlines()[-1] and " distance " in done.stderr.splitlines()[-1]
