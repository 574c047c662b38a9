"""VGG-16, CLIP and DINOv2 against torch-fidelity's own classes, torch's reader of archives, and a plain forward."""

import math
import warnings
import zipfile
from dataclasses import replace

import pytest
import tiny_extractor
import torch
from ganzoo_plugins.dinov2.extractor import DINOv2Extractor
from ganzoo_plugins.dinov2.transformer import VisionTransformer
from ganzoo_plugins.fidelity.clip import CLIPExtractor
from ganzoo_plugins.fidelity.frechet import FrechetDistance
from ganzoo_plugins.fidelity.torchscript import read_torchscript
from ganzoo_plugins.fidelity.vgg import VGG16Extractor

from ganzoo.errors import MetricError, SetupError
from ganzoo.metrics import Evaluator
from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.registry import Entry, Registry
from ganzoo.storage.cache import Cache
from ganzoo.testing import check_entry

pytestmark = pytest.mark.usefixtures("silence")  # nothing here is worth a line to the user

EXTRACTORS = load_zoo(third_party=False).registry.all("extractor")
CLIPS = {entry.name: entry.load() for entry in EXTRACTORS if entry.name.startswith("clip-")}
DINOS = {entry.name: entry.load() for entry in EXTRACTORS if entry.name.startswith("dinov2-")}


def drawn(*shape, seed=0, scale=1.0):
    return scale * torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def close(found, want, rel=1e-5):
    """Alike up to rounding, and not because all images look the same."""
    assert found.shape == want.shape and found.dtype == torch.float32
    assert float((found - want).abs().max()) < rel * float(want.abs().max())
    assert float(want.std(0).max()) > 1e-2 * float(want.abs().max())


# -- VGG-16 ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def vgg_weights(tmp_path_factory):
    """Weights of the right layout, each a few numbers read over and over: half a gigabyte in a file of little."""
    import torchvision

    with torch.device("meta"):
        layout = torchvision.models.vgg16(init_weights=False).state_dict()
    state = {}
    for seed, (name, value) in enumerate(layout.items()):
        if value.ndim == 2:
            rows, columns = value.shape
            held = drawn(columns + 7 * rows, seed=seed, scale=(2 / columns) ** 0.5)
            state[name] = held.as_strided((rows, columns), (7, 1))
        else:
            fan = value.shape[1:].numel() if value.ndim == 4 else 0
            state[name] = drawn(*value.shape, seed=seed, scale=(2 / fan) ** 0.5 if fan else 0.0)
    path = tmp_path_factory.mktemp("vgg") / "random.pth"
    torch.save(state, path)
    return path


def test_vgg_sees_what_torch_fidelity_sees(vgg_weights, monkeypatch):
    import torch_fidelity
    import torchvision

    original = torchvision.models.vgg16

    def blank():
        with torch.device("meta"):
            network = original(init_weights=False)
        return network.to_empty(device="cpu")

    images = tiny_extractor.images(2, size=32)
    ours = VGG16Extractor(vgg_weights)
    with torch.no_grad():
        monkeypatch.setattr("ganzoo_plugins.fidelity.vgg._AT_ONCE", 1)
        seen = ours(images)
        head = ours.head(seen["features"])
    monkeypatch.setattr(torchvision.models, "vgg16", blank)
    theirs = torch_fidelity.feature_extractor_vgg16.FeatureExtractorVGG16(
        "vgg16", ["fc2_relu"], feature_extractor_weights_path=str(vgg_weights)
    )
    with torch.no_grad():
        (want,) = theirs(images)
    close(seen["features"], want)
    assert seen["features"].shape == (2, 4096) and seen["logits"].shape == (2, 1000)
    assert torch.equal(seen["logits"], head) and not ours.training


# -- CLIP --------------------------------------------------------------------------------------------------------------


class Tower(torch.nn.Module):
    """A tiny CLIP as its archives are laid out: the image tower, and a text projection beside it."""

    def __init__(self, visual, width):
        super().__init__()
        self.visual = visual
        self.text_projection = torch.nn.Parameter(torch.zeros(3, width))
        self.register_buffer("input_resolution", torch.tensor(visual.input_resolution))

    def forward(self, images):
        return self.visual(images)


def tower(layers, *, side, width, patch):
    from torch_fidelity.feature_extractor_clip import CLIPVisual

    torch.manual_seed(0)
    made = Tower(CLIPVisual(8, side, layers, width, patch).visual, 8).eval()
    for module in made.modules():
        if isinstance(module, torch.nn.Conv2d):
            module.weight.data *= 3  # or images would fade on their way
    return made


def archive_of(made, path, side):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TorchScript is deprecated, and is what CLIP is published in
        torch.jit.save(torch.jit.trace(made, torch.zeros(1, 3, side, side)), path)
    return path


class SmallViT(CLIPExtractor, model="vit-b-32"):
    pass


class SmallResNet(CLIPExtractor, model="rn50"):
    pass


SmallViT.model = replace(SmallViT.model, side=32, layout=(8, 64, 8))
SmallResNet.model = replace(SmallResNet.model, side=64, layout=(8, 2, 3))


KINDS = {
    "vit": (SmallViT, {"layers": 2, "side": 32, "width": 64, "patch": 8}),
    "resnet": (SmallResNet, {"layers": (1, 2, 1, 1), "side": 64, "width": 4, "patch": None}),
}


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clip")
    with torch.random.fork_rng(devices=[]):
        return {name: archive_of(tower(**how), folder / f"{name}.pt", how["side"]) for name, (_, how) in KINDS.items()}


@pytest.mark.parametrize("name", KINDS)
def test_clip_sees_what_torch_fidelity_sees(archives, name):
    import torch_fidelity

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = torch_fidelity.feature_extractor_clip.FeatureExtractorCLIP(
            "clip-vit-b-32", ["clip"], feature_extractor_weights_path=str(archives[name])
        )
    images = tiny_extractor.images(5, size=8)
    ours = KINDS[name][0](archives[name])
    with torch.no_grad():
        (want,) = theirs(images)
        seen = ours(images)
    assert seen.keys() == {"features"} and not ours.training
    close(seen["features"], want)


@pytest.mark.parametrize("name", KINDS)
def test_an_archive_holds_the_tensors_that_torch_finds_in_it(archives, name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        want = torch.jit.load(archives[name]).state_dict()
    found = read_torchscript(archives[name])
    assert want.keys() <= found.keys() and len(want) > 20
    assert all(torch.equal(found[key], value) and found[key].dtype == value.dtype for key, value in want.items())


def test_half_precision_and_views_are_read_as_they_are(tmp_path):
    state = {"half": drawn(4, 6).half(), "turned": drawn(4, 6).T, "part": drawn(9)[3:5], "count": torch.tensor(3)}
    torch.save(state, tmp_path / "state.pt")
    found = read_torchscript(tmp_path / "state.pt")
    assert found.keys() == state.keys()
    assert all(torch.equal(found[key], value) and found[key].dtype == value.dtype for key, value in state.items())


def rewritten(source, path, change):
    """An archive like another, its table changed."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w") as new:
        for item in old.namelist():
            held = old.read(item)
            new.writestr(item, change(held) if item.endswith("/data.pkl") else held)
    return path


EVIL = b"cos\nsystem\n(S'touch pwned'\ntR."


def test_an_archive_that_asks_for_more_than_tensors_is_refused(archives, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for asked, change in {
        "os.system": lambda held: EVIL,
        "builtins.eval": lambda held: EVIL.replace(b"os\nsystem", b"builtins\neval"),
        "torch.load": lambda held: EVIL.replace(b"os\nsystem", b"torch\nload"),
        "__torch__evil": lambda held: EVIL.replace(b"os\nsystem", b"__torch__evil\nrun"),
    }.items():
        path = rewritten(archives["vit"], tmp_path / "evil.pt", change)
        with pytest.raises(SetupError, match=rf"evil\.pt cannot be read .* it asks for {asked}"):
            SmallViT(path)
    assert not (tmp_path / "pwned").exists()


def test_damaged_archives_are_refused(archives, tmp_path):
    path = tmp_path / "bad.pt"
    for made in (
        lambda: path.write_bytes(b"nothing"),
        lambda: path.write_bytes(archives["vit"].read_bytes()[:5000]),
        lambda: rewritten(archives["vit"], path, lambda held: held[:200]),
        lambda: path.unlink(),
    ):
        made()
        with pytest.raises(SetupError, match=r"bad\.pt cannot be read as an archive of tensors: ."):
            SmallViT(path)


def test_another_clip_is_refused(archives):
    others = {SmallViT: "resnet", SmallResNet: "vit", CLIPS["clip-rn50"]: "resnet"}
    for kind, name in others.items():
        with pytest.raises(SetupError, match=r"are not those of the CLIP model that clip-.* holds"):
            kind(archives[name])


def test_what_is_no_clip_is_refused(tmp_path):
    torch.save({"visual.conv1.weight": torch.zeros(3)}, tmp_path / "other.pt")
    with pytest.raises(SetupError, match=r"other\.pt are not those of the CLIP model"):
        SmallViT(tmp_path / "other.pt")


def test_the_clips_are_those_of_torch_fidelity():
    from torch_fidelity.feature_extractor_clip import MODEL_METADATA, MODEL_URLS

    assert {kind.name for kind in CLIPS.values()} == set(MODEL_METADATA)
    for name, kind in CLIPS.items():
        assert kind.name == name
        digest = MODEL_METADATA[kind.name]["hash"]
        assert (kind.weights.url, kind.weights.sha256) == (MODEL_URLS[kind.name], digest)
        assert kind.weights.name == f"{kind.name}-{digest}.pt"
        assert kind.weights_path(None).name == kind.weights.name
    assert len({(kind.model.side, kind.model.layout) for kind in CLIPS.values()}) == len(CLIPS)


# -- DINOv2 ------------------------------------------------------------------------------------------------------------


class Small(DINOv2Extractor, model="s"):
    pass


Small.model = replace(Small.model, width=128, depth=2)


def random_dino(width=128, depth=2):
    with torch.device("meta"):
        layout = VisionTransformer(width, depth).state_dict()
    state = {}
    for seed, (name, value) in enumerate(layout.items()):
        scale = 1 / value.shape[1:].numel() ** 0.5 if name.endswith("weight") and value.ndim > 1 else 0.5
        state[name] = drawn(*value.shape, seed=seed, scale=scale) + (value.ndim == 1)
    return state


@pytest.fixture(scope="module")
def dino(tmp_path_factory):
    path = tmp_path_factory.mktemp("dino") / "random.pth"
    torch.save(random_dino(), path)
    return path


def cubic(distance, a=-0.75):
    d = abs(distance)
    if d <= 1:
        return (a + 2) * d**3 - (a + 3) * d**2 + 1
    return a * (d**3 - 5 * d**2 + 8 * d - 4) if d < 2 else 0.0


def resizing(new, old):
    """The matrix of a bicubic resize whose scale is that of a tenth more than there is."""
    matrix = torch.zeros(new, old, dtype=torch.float64)
    for row in range(new):
        at = (row + 0.5) * old / (new + 0.1) - 0.5
        for tap in range(math.floor(at) - 1, math.floor(at) + 3):
            matrix[row, min(max(tap, 0), old - 1)] += cubic(at - tap)
    return matrix


def plain_forward(state, images):
    """The class token, patch by patch and head by head, in float64."""
    w = {name: value.double() for name, value in state.items()}
    width = w["cls_token"].shape[-1]

    def norm(x, name):
        centred = x - x.mean(-1, keepdim=True)
        scaled = centred / (centred.square().mean(-1, keepdim=True) + 1e-6).sqrt()
        return scaled * w[f"{name}.weight"] + w[f"{name}.bias"]

    def dense(x, name):
        return torch.einsum("...i,oi->...o", x, w[f"{name}.weight"]) + w[f"{name}.bias"]

    kernel = w["patch_embed.proj.weight"]
    cells = images.unfold(2, 14, 14).unfold(3, 14, 14)
    patches = torch.einsum("bcyxij,ocij->byxo", cells, kernel).flatten(1, 2) + w["patch_embed.proj.bias"]
    resize = resizing(16, 37)
    table = torch.einsum("yh,xw,hwc->yxc", resize, resize, w["pos_embed"][0, 1:].view(37, 37, width))
    positions = torch.cat([w["pos_embed"][0, :1], table.flatten(0, 1)])
    x = torch.cat([w["cls_token"].expand(len(images), 1, width), patches], dim=1) + positions
    blocks = 1 + max(int(name.split(".")[1]) for name in w if name.startswith("blocks."))
    for block in range(blocks):
        at = f"blocks.{block}"
        q, k, v = dense(norm(x, f"{at}.norm1"), f"{at}.attn.qkv").chunk(3, dim=-1)
        heads = []
        for head in range(width // 64):
            mine = slice(64 * head, 64 * (head + 1))
            weights = (torch.einsum("bqd,bkd->bqk", q[..., mine], k[..., mine]) / 8).softmax(-1)
            heads.append(weights @ v[..., mine])
        x = x + w[f"{at}.ls1.gamma"] * dense(torch.cat(heads, -1), f"{at}.attn.proj")
        hidden = dense(norm(x, f"{at}.norm2"), f"{at}.mlp.fc1")
        hidden = hidden * (1 + torch.erf(hidden / math.sqrt(2))) / 2
        x = x + w[f"{at}.ls2.gamma"] * dense(hidden, f"{at}.mlp.fc2")
    return norm(x, "norm")[:, 0]


def test_dino_sees_what_a_plain_forward_sees(dino):
    from torch_fidelity.interpolate_compat_tensorflow import interpolate_bilinear_2d_like_tensorflow1x

    images = tiny_extractor.images(3, size=32)
    sized = interpolate_bilinear_2d_like_tensorflow1x(images.double(), size=(224, 224), align_corners=False)
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    want = plain_forward(random_dino(), (sized / 255 - mean) / std)
    ours = Small(dino)
    with torch.no_grad():
        seen = ours(images)
    assert seen.keys() == {"features"} and not ours.training
    close(seen["features"], want, rel=1e-4)


def test_of_the_size_it_was_trained_on_the_positions_are_left_alone():
    network = VisionTransformer(64, 1)
    assert network._positions(37, 37) is network.pos_embed
    assert network._positions(16, 12).shape == (1, 1 + 16 * 12, 64)


@pytest.mark.parametrize("kind", DINOS.values(), ids=DINOS)
def test_the_networks_have_as_many_numbers_as_the_published_files(kind):
    with torch.device("meta"):
        network = VisionTransformer(kind.model.width, kind.model.depth)
    size = 4 * sum(values.numel() for values in network.parameters())
    assert size < kind.weights.size < 1.001 * size  # names and the archive's own bytes come on top
    assert kind.weights_path(None).name == kind.weights.name


def test_another_transformer_is_refused(dino, tmp_path):
    with pytest.raises(SetupError, match=r"random\.pth are not those of the network that dinov2_vits14_pretrain"):
        DINOS["dinov2-vit-s-14"](dino)
    torch.save([1, 2], tmp_path / "list.pth")
    with pytest.raises(SetupError, match=r"list\.pth holds something else than named tensors"):
        Small(tmp_path / "list.pth")
    with pytest.raises(SetupError, match=r"gone\.pth cannot be read as a file of tensors alone"):
        Small(tmp_path / "gone.pth")


# -- all ---------------------------------------------------------------------------------------------------------------


def test_grey_images_are_seen_as_colour_and_other_channels_are_refused(dino, archives):
    grey = tiny_extractor.images(4, size=8, channels=1)
    for network in (Small(dino), SmallViT(archives["vit"])):
        with torch.no_grad():
            assert torch.equal(network(grey)["features"], network(grey.expand(-1, 3, -1, -1))["features"])
            with pytest.raises(
                MetricError, match=rf"the extractor {network.name} sees images of 1 or 3 channels, not 2"
            ):
                network(tiny_extractor.images(4, channels=2))


def test_many_images_are_seen_in_parts(dino, monkeypatch):
    images, network = tiny_extractor.images(5, size=8), Small(dino)
    with torch.no_grad():
        whole = network(images)["features"]
        monkeypatch.setattr("ganzoo_plugins.dinov2.extractor._AT_ONCE", 2)
        parts = network(images)["features"]
    torch.testing.assert_close(parts, whole, rtol=1e-4, atol=1e-5)


def test_a_judge_names_its_numbers_by_them(dino, tmp_path):
    found = tiny_extractor.registry()
    found.add([Entry("extractor", "small-dino", f"{__name__}:Small", "mine", "1")])
    evaluator = Evaluator.open(found, "small-dino", ["fid"], weights=dino, cache=Cache(tmp_path))
    reference = evaluator.reference(tiny_extractor.images(12, size=8), "some")
    number = evaluator.score(tiny_extractor.drawing(tiny_extractor.images(10, seed=1, size=8)), 10, reference)["fid"]
    assert number > 0
    assert evaluator.columns[0].label.startswith("FD[small-dino-")  # the user's weights are not the published ones
    assert FrechetDistance().label("clip-vit-b-32") == "FD[clip-vit-b-32]"


@pytest.mark.parametrize("name", ["clip-vit-b-32", "clip-rn50", "dinov2-vit-l-14"])
def test_without_classes_there_is_no_inception_score(name, tmp_path):
    registry = load_zoo(third_party=False).registry
    with pytest.raises(
        MetricError, match=f"metric 'is' reads logits, which the extractor {name} does not give; leave it out"
    ) as e:
        Evaluator.open(registry, name, ["fid", "is"], point=0, cache=Cache(tmp_path))
    _, said, rest = str(e.value).partition("of --metrics, or use --extractor ")
    others, _, why = rest.partition(" (")
    assert why == f"the extractor {name} says `classifies = False`: it knows no classes)"
    assert said and "inception" in others and "clip" not in others and "ring" not in others


@pytest.mark.parametrize("small", ["dino", "clip"])
def test_with_its_weights_at_hand_it_conforms(small, dino, archives, monkeypatch):
    kind, path = {"dino": (Small, dino), "clip": (SmallViT, archives["vit"])}[small]
    monkeypatch.setattr(kind, "weights_path", classmethod(lambda cls, given: given or path))
    registry = Registry()
    registry.add([Entry("extractor", "small", f"{__name__}:{kind.__name__}", "mine", "1")])
    found = check_entry(registry, registry.get("extractor", "small"))
    assert [finding.detail for finding in found if not finding.ok] == []
    assert {"sight", "frozen", "repeats"} <= {finding.check for finding in found}
