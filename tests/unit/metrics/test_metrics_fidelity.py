import sys

import pytest
import tiny_extractor
import torch
from ganzoo_plugins.fidelity.frechet import FrechetDistance
from ganzoo_plugins.fidelity.inception import InceptionExtractor, _at_once, _freeze
from ganzoo_plugins.fidelity.inception_score import InceptionScore
from ganzoo_plugins.fidelity.kernel import KernelDistance

from ganzoo.errors import MetricError, SetupError
from ganzoo.layers import enlarged
from ganzoo.metrics import Evaluator
from ganzoo.storage.cache import Cache

pytestmark = pytest.mark.usefixtures("silence")  # nothing here is worth a line to the user


@pytest.fixture(scope="module")
def layout():
    """The names and shapes of the Inception network's tensors, without drawing 95 MB of random numbers."""
    import torch_fidelity

    network = object.__new__(torch_fidelity.FeatureExtractorInceptionV3)
    network.load_state_dict = lambda state: None
    nothing = torch_fidelity.feature_extractor_inceptionv3
    with pytest.MonkeyPatch.context() as patch, torch.device("meta"):
        patch.setattr(nothing, "load_state_dict_from_url", lambda url, progress: {})
        network.__init__("inception-v3-compat", ["2048"])
    return {name: (value.shape, value.dtype) for name, value in network.state_dict().items()}


@pytest.fixture(scope="module")
def random_weights(layout, tmp_path_factory):
    """A file of the right layout, with weights whose activations neither fade nor explode."""
    rng = torch.Generator().manual_seed(0)
    state = {}
    for name, (shape, dtype) in layout.items():
        if len(shape) > 1:
            state[name] = torch.randn(shape, generator=rng) * (2 / shape[1:].numel()) ** 0.5
        elif name.endswith("running_mean") or name.endswith("bias") or dtype == torch.int64:
            state[name] = torch.zeros(shape, dtype=dtype)
        else:
            state[name] = torch.ones(shape)
    path = tmp_path_factory.mktemp("weights") / "random.pth"
    torch.save(state, path)
    return path


@pytest.fixture(scope="module")
def inception(random_weights):
    return InceptionExtractor(random_weights)


def test_the_inception_numbers_equal_those_of_torch_fidelity(random_weights, inception):
    import torch_fidelity

    fake, real = tiny_extractor.images(6, seed=1), tiny_extractor.images(5, seed=2) // 2

    class Set(torch.utils.data.Dataset):
        def __init__(self, pixels):
            self.pixels = pixels

        def __len__(self):
            return len(self.pixels)

        def __getitem__(self, at):
            return self.pixels[at]

    theirs = torch_fidelity.calculate_metrics(
        input1=Set(fake),
        input2=Set(real),
        feature_extractor_weights_path=str(random_weights),
        fid=True,
        isc=True,
        isc_splits=3,
        kid=True,
        kid_subset_size=5,
        cuda=False,
        cache=False,
        save_cpu_ram=True,
        verbose=False,
    )
    with torch.no_grad():
        on_fake, on_real = inception(fake), inception(real)
    assert on_fake["features"].shape == (6, 2048)
    assert on_fake["logits"].shape == (6, 1008)
    score = InceptionScore()
    score.splits = 3
    for metric, key in ((KernelDistance(), "kernel_inception_distance_mean"), (score, "inception_score_mean")):
        ours = metric.compare(metric.summarise(on_fake), metric.summarise(on_real))
        assert ours == pytest.approx(theirs[key], rel=1e-6, abs=0), key
    # Of so few images, torch-fidelity's eigenvalues are good for five digits. Its own formula on our features shows
    # that the features are not what differs; tests/test_frechet.py has the exact distance.
    library = torch_fidelity.metric_fid
    statistics = [library.fid_features_to_statistics(seen["features"]) for seen in (on_fake, on_real)]
    their_formula = library.fid_statistics_to_metric(*statistics, verbose=False)[library.KEY_METRIC_FID]
    assert their_formula == pytest.approx(theirs["frechet_inception_distance"], rel=1e-6, abs=0)
    metric = FrechetDistance()
    ours = metric.compare(metric.summarise(on_fake), metric.summarise(on_real))
    assert ours == pytest.approx(theirs["frechet_inception_distance"], rel=1e-5, abs=0)
    assert theirs["frechet_inception_distance"] > 0.1
    assert theirs["inception_score_mean"] > 1.00001


@pytest.mark.parametrize("size", [1, 8, 32, 299, 320])
def test_images_are_enlarged_as_by_torch_fidelity_to_the_bit(size):
    from torch_fidelity.interpolate_compat_tensorflow import interpolate_bilinear_2d_like_tensorflow1x

    images = tiny_extractor.images(2, size=320)[:, :, :size, 3 : 3 + max(size - 3, 1)].float()
    theirs = interpolate_bilinear_2d_like_tensorflow1x(images, size=(299, 299), align_corners=False)
    assert torch.equal(enlarged(images, 299), theirs)


def test_the_features_are_those_of_torch_fidelity_whatever_the_batch(random_weights, inception, monkeypatch):
    import torch_fidelity

    images = tiny_extractor.images(5, seed=4)
    theirs = torch_fidelity.FeatureExtractorInceptionV3(
        "inception-v3-compat", ["2048", "logits_unbiased"], feature_extractor_weights_path=str(random_weights)
    )
    with torch.no_grad():
        want = theirs(images)
        monkeypatch.setattr("ganzoo_plugins.fidelity.inception._AT_ONCE", 2)
        found = inception(images)
    for key, values in zip(("features", "logits"), want, strict=True):
        assert float((found[key] - values).abs().max()) < 3e-6 * float(values.abs().max()), key
        assert float(values.std(0).max()) > 1e-2 * float(values.abs().max())


def test_frozen_batch_norms_are_those_of_torch():
    block = torch.nn.Module()
    block.bn = torch.nn.BatchNorm2d(4, eps=0.001)
    for values in (block.bn.weight, block.bn.bias, block.bn.running_mean, block.bn.running_var):
        torch.nn.init.uniform_(values, 0.5, 2.0)
    block.requires_grad_(False).eval()
    x = torch.randn(2, 4, 8, 8).to(memory_format=torch.channels_last)
    want = block.bn(x)
    _freeze(block)
    assert not isinstance(block.bn, torch.nn.BatchNorm2d)
    torch.testing.assert_close(block.bn(x.clone()), want, rtol=1e-6, atol=1e-6)


def test_a_gpu_sees_as_many_images_at_once_as_its_memory_suits(monkeypatch):
    assert _at_once(torch.device("cpu")) == 64
    for gib, n in ((4, 64), (11.9, 125), (79.1, 250)):
        properties = type("Properties", (), {"total_memory": int(gib * 2**30)})
        monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device, found=properties: found)
        assert _at_once(torch.device("cuda", 0)) == n


def test_grey_is_repeated_to_three_channels_and_others_are_refused(inception):
    grey = tiny_extractor.images(2, channels=1)
    with torch.no_grad():
        seen, repeated = inception(grey)["features"], inception(grey.repeat(1, 3, 1, 1))["features"]
    torch.testing.assert_close(seen, repeated, rtol=1e-6, atol=1e-6)
    assert (seen[0] - seen[1]).abs().max() > 1e-3
    with pytest.raises(MetricError, match="1 or 3 channels, not 2"):
        inception(tiny_extractor.images(2, channels=2))


def test_other_weights_of_the_same_layout_are_not_called_fid(random_weights, tmp_path):
    cache = Cache(tmp_path)
    evaluator = Evaluator.open(
        tiny_extractor.registry(), "inception", ["fid", "is"], weights=random_weights, cache=cache
    )
    mark = evaluator.identity["sha256"][:8]
    assert [column.label for column in evaluator.columns] == [f"FD[inception-{mark}]", f"IS[inception-{mark}]"]
    assert (FrechetDistance().label("inception"), InceptionScore().label("inception")) == ("FID", "IS")


def test_weights_are_found_where_torch_fidelity_puts_them(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    found = InceptionExtractor.weights_path(None)
    assert found == tmp_path / "hub" / "checkpoints" / "weights-inception-2015-12-05-6726825d.pth"


def test_weights_of_another_network_are_refused(tmp_path):
    path = tmp_path / "other.pth"
    torch.save({"fc.weight": torch.zeros(3, 3)}, path)
    with pytest.raises(SetupError, match="not those of torch-fidelity's Inception v3"):
        InceptionExtractor(path)


class Payload:
    def __reduce__(self):
        return tiny_extractor.SEEN.append, ("code in a weights file ran",)


@pytest.mark.parametrize("content", [Payload(), [torch.zeros(2)], {"a": 3}, b""], ids=["code", "list", "int", "empty"])
def test_a_file_that_holds_more_than_tensors_is_refused_and_never_run(tmp_path, content):
    tiny_extractor.SEEN.clear()
    path = tmp_path / "evil.pth"
    path.write_bytes(content) if isinstance(content, bytes) else torch.save(content, path)
    with pytest.raises(SetupError, match=r"evil\.pth"):
        InceptionExtractor(path)
    assert tiny_extractor.SEEN == []


class _Broken:
    def find_spec(self, name, path=None, target=None):
        if name == "torch_fidelity":
            raise RuntimeError("operator torchvision::nms does not exist")


@pytest.fixture
def broken_library(monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "torch_fidelity"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [_Broken(), *sys.meta_path])


def test_a_library_that_cannot_be_imported_is_explained_in_one_sentence(broken_library, tmp_path):
    with pytest.raises(SetupError) as caught:
        Evaluator.open(tiny_extractor.registry(), "digits", ["fid", "kid"], cache=Cache(tmp_path))
    sentence = str(caught.value)
    assert "RuntimeError: operator torchvision::nms does not exist" in sentence
    assert "reinstall torchvision from the same index as torch" in sentence
    assert "--extractor none" in sentence
    assert "\n" not in sentence


def test_fid_and_is_need_no_library(broken_library, tmp_path):
    evaluator = Evaluator.open(tiny_extractor.registry(), "digits", ["fid", "is"], cache=Cache(tmp_path))
    reference = evaluator.reference(tiny_extractor.images(30, channels=1), "real")
    found = evaluator.score(tiny_extractor.drawing(tiny_extractor.images(40, seed=1, channels=1)), 40, reference)
    assert found["fid"] > 0 and found["is"] > 1
    assert "torch_fidelity" not in sys.modules


@pytest.mark.parametrize("n", [20, 47, 500])
def test_the_inception_score_is_that_of_torch_fidelity(n):
    import torch_fidelity

    logits = 2 * torch.randn(n, 12, generator=torch.Generator().manual_seed(n))
    metric = InceptionScore()
    found = metric.compare(metric.summarise({"logits": logits}), {})
    theirs = torch_fidelity.metric_isc.isc_features_to_metric(logits)
    assert found == pytest.approx(theirs["inception_score_mean"], rel=1e-12)
    assert found > 1.3


def test_classes_that_are_ruled_out_do_not_spoil_the_inception_score():
    logits = torch.full((40, 3), -3000.0)
    logits[torch.arange(40), torch.arange(40) % 2] = 0.0
    metric = InceptionScore()
    score = metric.compare(metric.summarise({"logits": logits}), {})
    assert 1 <= score <= 2 + 1e-12


def test_a_kernel_distance_below_zero_stays(monkeypatch):
    metric = KernelDistance()
    summary = metric.summarise({"features": torch.randn(40, 8, generator=torch.Generator().manual_seed(5))})
    assert metric.compare(summary, summary) < 0
