"""LPIPS against torch-fidelity's code with the same random weights; diversity and paired distances by their sums."""

import hashlib
import itertools

import pytest
import tiny_extractor
import torch
from ganzoo_plugins.fidelity import lpips
from ganzoo_plugins.fidelity.lpips import PerceptualExtractor
from ganzoo_plugins.fidelity.pairs import Diversity, PairedDistance
from lpips_weights import TRUNKS, tensors

from ganzoo.errors import MetricError, SetupError
from ganzoo.layers import PerceptualDistance
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage import weights
from ganzoo.storage.cache import Cache
from ganzoo.testing import check_entry


def images(n, seed, size=36):
    return torch.rand(n, 3, size, size, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def test_it_is_torch_fidelitys_with_vgg16(monkeypatch):
    import torchvision
    from torch_fidelity import sample_similarity_lpips as library

    state = tensors("vgg16")
    with torch.device("meta"):
        trunk = torchvision.models.vgg16(init_weights=False)
    trunk.features.load_state_dict(
        {name.removeprefix("net.slice1."): v for name, v in state.items() if name.startswith("net.")}, assign=True
    )
    heads = {name: value for name, value in state.items() if name.startswith("lin")}
    monkeypatch.setattr(library, "torchvision_load_pretrained_vgg16", lambda: trunk)
    monkeypatch.setattr(library, "load_state_dict_from_url", lambda url, **given: heads)
    theirs = library.SampleSimilarityLPIPS("lpips")
    bytes_ = [((batch + 1) * 127.5).round().to(torch.uint8) for batch in (images(3, 1), images(3, 2))]
    ours = PerceptualDistance("vgg16", state)
    with torch.no_grad():
        found = ours(*(one.float() / 127.5 - 1 for one in bytes_))
        assert torch.allclose(found, theirs(*bytes_), rtol=1e-4)
    assert found.std() > 1e-3 * found.mean()


@pytest.mark.parametrize("trunk", TRUNKS)
def test_squared_distances_of_vectors_are_the_distance(trunk):
    network = PerceptualDistance(trunk, tensors(trunk))
    one, other = images(3, 1), images(3, 2)
    with torch.no_grad():
        apart = (network.embedded(one) - network.embedded(other)).square().sum(1)
        assert torch.allclose(apart, network(one, other), rtol=1e-4)
        assert torch.allclose(network(one, other), network(other, one))
        assert network(one, one).abs().max() == 0


def test_it_has_a_gradient_that_leads_to_the_target():
    network = PerceptualDistance("alex", tensors("alex"))
    target, moved = images(1, 1), images(1, 2).requires_grad_()
    first = network(moved, target)
    (gradient,) = torch.autograd.grad(first.sum(), moved)
    with torch.no_grad():
        nearer = network(moved - 1e-2 * gradient / gradient.norm(), target)
    assert float(nearer) < float(first.detach())
    assert not any(p.requires_grad for p in network.parameters())


@pytest.mark.parametrize("trunk", TRUNKS)
def test_the_extractor_gives_those_vectors(trunk, tmp_path):
    state = tensors(trunk)
    torch.save(state, tmp_path / "lpips.pth")
    kind = load_zoo(third_party=False).registry.get("extractor", f"lpips-{trunk}").load()
    seen = tiny_extractor.images(4, size=32)
    with torch.no_grad():
        found = kind(weights=tmp_path / "lpips.pth")(seen)["features"]
        assert torch.allclose(found, PerceptualDistance(trunk, state).embedded(seen.float() / 127.5 - 1), atol=1e-6)
        with pytest.raises(MetricError, match="32 pixels a side or more, not 8x8"):
            kind(weights=tmp_path / "lpips.pth")(tiny_extractor.images(2))
    assert issubclass(kind, PerceptualExtractor)
    assert not kind.classifies


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"lin0.model.1.weight": -torch.ones(1, 64, 1, 1)}, "negative"),
        ({"lin0.model.1.weight": torch.ones(1, 5, 1, 1)}, "linear heads"),
        ({"net.slice1.0.weight": torch.ones(2, 2)}, "trunk 'alex'"),
    ],
)
def test_weights_of_something_else_are_told(tmp_path, change, words):
    torch.save(tensors("alex") | change, tmp_path / "lpips.pth")
    kind = load_zoo(third_party=False).registry.get("extractor", "lpips-alex").load()
    with pytest.raises(SetupError, match=words) as failed:
        kind(weights=tmp_path / "lpips.pth")
    assert "torch.save(lpips.LPIPS(net='alex').state_dict(), 'lpips-alex.pth')" in str(failed.value)


# -- published weights -------------------------------------------------------------------------------------------------


@pytest.fixture
def alex(tmp_path, monkeypatch):
    """The class of lpips-alex, a file of weights whose heads are said to be published, and torch's folder."""
    state = tensors("alex")
    torch.save(state, tmp_path / "lpips-alex.pth")
    heads = b"".join(state[f"lin{i}.model.1.weight"].numpy().tobytes() for i in range(5))
    monkeypatch.setitem(lpips.PUBLISHED_HEADS, "alex", hashlib.sha256(heads).hexdigest())
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    (tmp_path / "hub" / "checkpoints").mkdir(parents=True)
    return load_zoo(third_party=False).registry.get("extractor", "lpips-alex").load(), tmp_path, state


def put_torchvisions(folder, monkeypatch, state, changed=0.0):
    """Write the trunk as torchvision publishes it: under its own names, with a digest in the file's name."""
    trunk = {f"features.{k.removeprefix('net.slice1.')}": v + changed for k, v in state.items() if k[:3] == "net"}
    torch.save({**trunk, "classifier.1.weight": torch.ones(2)}, folder / "trunk.pth")
    digest = hashlib.sha256((folder / "trunk.pth").read_bytes()).hexdigest()
    monkeypatch.setitem(lpips.TORCHVISION, "alex", f"alexnet-owt-{digest[:8]}.pth")
    return (folder / "trunk.pth").rename(folder / "hub" / "checkpoints" / f"alexnet-owt-{digest[:8]}.pth")


def found(kind, folder, given=True):
    """The path, the digest, and whether the weights are the published ones."""
    return weights.find("lpips-alex", kind, folder / "lpips-alex.pth" if given else None, Cache(folder / "cache"))


def test_weights_with_the_published_heads_keep_the_name_of_lpips(alex, monkeypatch):
    kind, folder, state = alex
    assert kind.holds_published(folder / "lpips-alex.pth") is True and found(kind, folder)[2]
    path = put_torchvisions(folder, monkeypatch, state)
    assert found(kind, folder)[2]
    path.write_bytes(path.read_bytes() + b".")  # which is no longer what its name says
    assert found(kind, folder)[2]


def test_other_heads_or_another_trunk_do_not(alex, monkeypatch):
    kind, folder, state = alex
    put_torchvisions(folder, monkeypatch, state, changed=1e-3)
    assert not found(kind, folder)[2]
    torch.save(tensors("alex", seed=1), folder / "lpips-alex.pth")
    assert not found(kind, folder)[2]
    (folder / "lpips-alex.pth").rename(folder / "hub" / "checkpoints" / "lpips-alex.pth")
    with pytest.raises(SetupError, match="does not hold the published weights of lpips-alex: write it by") as failed:
        found(kind, folder, given=False)
    assert "\n" not in str(failed.value)


def test_missing_weights_are_asked_for_with_the_command_that_writes_them(alex):
    kind, folder, _ = alex
    with pytest.raises(SetupError) as failed:
        found(kind, folder, given=False)
    for part in ("lpips-alex.pth is missing", "torch.save(lpips.LPIPS(net='alex').state_dict()", "--extractor-weights"):
        assert part in str(failed.value)


def test_it_is_embedded_with_gradients(tmp_path):
    torch.save(tensors("alex"), tmp_path / "lpips.pth")
    kind = load_zoo(third_party=False).registry.get("extractor", "lpips-alex").load()
    extractor = kind(weights=tmp_path / "lpips.pth")
    seen = tiny_extractor.images(2, size=32)
    played = (seen.float() / 127.5 - 1).requires_grad_()
    embedded = extractor.embedded(played)
    assert torch.allclose(embedded, extractor(seen)["features"], atol=1e-6)
    (gradient,) = torch.autograd.grad(embedded.sum(), played)
    assert gradient.abs().amax() > 0


# -- metrics of pairs --------------------------------------------------------------------------------------------------


def rows(n, seed):
    return torch.randn(n, 6, generator=torch.Generator().manual_seed(seed)) + 3


def test_diversity_is_the_mean_over_all_pairs():
    seen = rows(9, 0)
    pairs = [float((a - b).double().square().sum()) for a, b in itertools.combinations(seen, 2)]
    metric = Diversity()
    found = metric.summarise({"features": seen})
    assert metric.compare(found, found) == pytest.approx(sum(pairs) / len(pairs), rel=1e-5)
    same = metric.summarise({"features": seen[:1].expand(5, -1)})
    assert metric.compare(same, same) == pytest.approx(0, abs=1e-9)
    with pytest.raises(MetricError, match="at least 2"):
        metric.summarise({"features": seen[:1]})


def test_a_paired_distance_is_the_mean_over_places():
    one, other = {"features": rows(7, 0)}, {"features": rows(7, 1)}
    apart = (one["features"] - other["features"]).double().square().sum(1)
    metric = PairedDistance()
    assert metric.compare(one, other) == pytest.approx(float(apart.mean()), rel=1e-6)
    assert metric.spread(one, other, []) == pytest.approx(float(apart.std()) / 7**0.5, rel=1e-6)
    with pytest.raises(MetricError, match="as many generated images as real ones, not 7 and 6"):
        metric.compare(one, {"features": rows(6, 1)})


def test_titles_are_those_of_lpips_with_its_own_weights():
    assert PairedDistance().label("lpips-alex") == "LPIPS (alex)"
    assert Diversity().label("lpips-vgg16") == "LPIPS diversity (vgg16)"
    assert PairedDistance().label("lpips-alex-0123abcd") == "paired[lpips-alex-0123abcd]"


def test_they_meet_their_interfaces(tmp_path, monkeypatch):
    """The extractor with its weights, which resizes nothing, and the metrics."""
    registry = load_zoo(third_party=False).registry
    kind = registry.get("extractor", "lpips-alex").load()
    torch.save(tensors("alex"), tmp_path / "lpips.pth")
    monkeypatch.setattr(
        PerceptualExtractor, "weights_path", classmethod(lambda cls, given: given or tmp_path / "lpips.pth")
    )
    for part, name in (("extractor", "lpips-alex"), ("metric", "paired"), ("metric", "diversity")):
        found = check_entry(registry, registry.get(part, name))
        assert [finding.detail for finding in found if not finding.ok] == []
        assert {"sight", "repeats"} & {finding.check for finding in found}
    assert not kind.resizes
