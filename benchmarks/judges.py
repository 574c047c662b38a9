"""The judges of a generator: ganzoo, torch-fidelity, torchmetrics and pytorch-fid, each by its own code.

It is no script of its own. Every contestant is opened with the same ``Setting``, and then gives the numbers of n
samples as often as it is asked. All compute in float32 without TF32, unless it says so.
"""

import contextlib
import importlib
import io
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ganzoo.backend.precision import without_tf32
from ganzoo.layers import to_bytes
from ganzoo.metrics import Evaluator
from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.registry import Registry
from ganzoo.storage.cache import Cache

SIDE, CHANNELS = 32, 3
WIDTH = 2048  # of Inception's features
FEWEST = 20  # samples: to warm up with; the Inception Score asks for two in each split
BASE = "torch-fidelity"  # whom the others are compared with
Numbers = dict[str, float]


class UnavailableError(Exception):
    """A library takes no part; the message says why."""


# -- what is judged, and through what ------------------------------------------------------------------------------


@dataclass
class Setting:
    """The setting that all contestants share.

    Attributes:
        G: the generator: latents to images in [-1, 1].
        z_dim: length of a latent.
        real: ``(N, 3, H, W)`` uint8 on the CPU.
        registry: where ganzoo's extractor and metrics are looked up.
        weights: of the extractor.
        folder: in which caches may be kept.
        device: where all of it runs.
        extractor: ganzoo's name for it.
        theirs: the same for torch-fidelity.
    """

    G: nn.Module
    z_dim: int
    real: Tensor
    registry: Registry
    weights: Path
    folder: Path
    device: str
    extractor: str = "inception"
    theirs: dict[str, Any] = field(default_factory=dict)

    def drawing(self) -> Callable[[int], Tensor]:
        """``draw(k)``: the next k images, uint8, from the noise that torch-fidelity draws by itself."""
        rng = np.random.RandomState(2020)

        def draw(k: int) -> Tensor:
            z = torch.from_numpy(rng.randn(k, self.z_dim)).float().to(self.device)
            with torch.no_grad():
                return to_bytes(self.G(z))

        return draw

    def images(self, n: int, batch: int) -> Iterator[Tensor]:
        """Yield the same images, batch by batch."""
        draw = self.drawing()
        yield from (draw(min(batch, n - at)) for at in range(0, n, batch))

    def real_images(self, batch: int) -> Iterator[Tensor]:
        """Yield the real ones."""
        yield from (part.to(self.device) for part in self.real.split(batch))


def real_images(n: int) -> Tensor:
    """``(n, 3, 32, 32)`` uint8: soft patches of colour, of all contrasts, the same each time."""
    rng = torch.Generator().manual_seed(1)
    coarse = torch.rand(n, CHANNELS, 5, 5, generator=rng) * torch.rand(n, 1, 1, 1, generator=rng)
    soft = nn.functional.interpolate(coarse, size=(SIDE, SIDE), mode="bilinear")
    return (soft * 255).to(torch.uint8)


def untrained(registry: Registry, device: str) -> nn.Module:
    """Return the DCGAN's generator, whose batch norms have seen some images: else all of them would
    be the same grey.
    """
    recipe = resolve(registry, "dcgan")
    G = build_parts(recipe, registry, image_size=SIDE, channels=CHANNELS, num_classes=0, seed=0).G
    rng = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for _ in range(20):
            G.train()(torch.randn(32, G.z_dim, generator=rng))
    return G.eval().to(device)


def random_inception(path: Path) -> Path:
    """Write a weights file of Inception's layout; its activations neither fade nor explode."""
    library = importlib.import_module("torch_fidelity.feature_extractor_inceptionv3")
    network = object.__new__(library.FeatureExtractorInceptionV3)
    network.load_state_dict = lambda state: None  # there is none yet: only names and shapes are wanted
    load, library.load_state_dict_from_url = library.load_state_dict_from_url, lambda url, progress: {}
    try:
        with torch.device("meta"):
            network.__init__("inception-v3-compat", ["2048"])
    finally:
        library.load_state_dict_from_url = load
    rng = torch.Generator().manual_seed(0)
    state = {}
    for name, value in network.state_dict().items():
        if value.ndim > 1:
            state[name] = torch.randn(value.shape, generator=rng) * (2 / value.shape[1:].numel()) ** 0.5
        elif name.endswith(("running_mean", "bias")) or value.dtype == torch.int64:
            state[name] = torch.zeros(value.shape, dtype=value.dtype)
        else:
            state[name] = torch.ones(value.shape)
    state["fc.weight"] *= 100  # else all images are of all classes, and every Inception Score is 1
    torch.save(state, path)
    return path


# -- contestants: each is opened once, and then gives numbers of n samples as often as it is asked -----------------


def ganzoo(setting: Setting) -> Callable[[int], Numbers]:
    """Open an ``Evaluator`` anew each time, as torch-fidelity's function does."""
    cache = Cache(setting.folder / "ganzoo")

    def opened() -> tuple[Evaluator, Any]:
        evaluator = Evaluator.open(
            setting.registry,
            setting.extractor,
            ["fid", "is"],
            weights=setting.weights,
            device=setting.device,
            cache=cache,
        )
        return evaluator, evaluator.reference(setting.real, "real")

    opened()

    def score(n: int) -> Numbers:
        evaluator, reference = opened()
        return evaluator.score(setting.drawing(), n, reference)

    return score


def torch_fidelity(setting: Setting, tf32: bool = False) -> Callable[[int], Numbers]:
    """``calculate_metrics`` with the generator as input 1, and the real images' statistics from its own cache."""
    library = imported("torch_fidelity", "torch-fidelity")

    class Generator(library.GenerativeModelBase):
        z_size, z_type, num_classes = setting.z_dim, "normal", 0

        def __init__(self) -> None:
            super().__init__()
            self.G = setting.G

        def forward(self, z: Tensor) -> Tensor:
            return to_bytes(self.G(z))

    class Real(torch.utils.data.Dataset):
        def __len__(self) -> int:
            return len(setting.real)

        def __getitem__(self, at: int) -> Tensor:
            return setting.real[at]

    def score(n: int) -> Numbers:
        with contextlib.nullcontext() if tf32 else without_tf32():
            found = library.calculate_metrics(
                input1=Generator(),
                input1_model_num_samples=n,
                input2=Real(),
                input2_cache_name="real-tf32" if tf32 else "real",
                cache_root=str(setting.folder / "torch-fidelity"),
                fid=True,
                isc=True,
                cuda=setting.device.startswith("cuda"),
                save_cpu_ram=True,
                verbose=False,
                **(setting.theirs or {"feature_extractor_weights_path": str(setting.weights)}),
            )
        return {"fid": found["frechet_inception_distance"], "is": found["inception_score_mean"]}

    score(FEWEST)
    return score


def torchmetrics(setting: Setting) -> Callable[[int], Numbers]:
    """``FrechetInceptionDistance``, fed from memory; its resize set to the original one."""
    library = imported("torchmetrics.image.fid", "torchmetrics")
    fid = library.FrechetInceptionDistance(
        feature=WIDTH,
        reset_real_features=False,
        antialias=False,
        feature_extractor_weights_path=str(setting.weights),
    ).to(setting.device)
    with without_tf32(), torch.no_grad():
        for images in setting.real_images(64):
            fid.update(images, real=True)

    def score(n: int) -> Numbers:
        with without_tf32(), torch.no_grad():
            fid.reset()
            for images in setting.images(n, 64):
                fid.update(images, real=False)
            return {"fid": float(fid.compute())}

    score(FEWEST)
    return score


def pytorch_fid(setting: Setting) -> Callable[[int], Numbers]:
    """Its network and its distance, with its batches of 50; its own loop reads files."""
    score = imported("pytorch_fid.fid_score", "pytorch-fid")
    network = imported("pytorch_fid.inception", "pytorch-fid")
    # Tried on little, because it depends on the version of SciPy, and fails only after all features are there.
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        score.calculate_frechet_distance(np.zeros(2), np.eye(2), np.zeros(2), np.eye(2))
    load = network.load_state_dict_from_url
    network.load_state_dict_from_url = lambda url, progress: torch.load(setting.weights, weights_only=True)
    try:
        model = network.InceptionV3([network.InceptionV3.BLOCK_INDEX_BY_DIM[WIDTH]]).to(setting.device).eval()
    finally:
        network.load_state_dict_from_url = load

    def statistics(batches: Iterator[Tensor]) -> tuple[np.ndarray, np.ndarray]:
        with without_tf32(), torch.no_grad():
            seen = [model(images.float() / 255)[0][:, :, 0, 0].cpu().numpy() for images in batches]
        features = np.concatenate(seen)
        return features.mean(axis=0), np.cov(features, rowvar=False)

    real = statistics(setting.real_images(50))

    def measured(n: int) -> Numbers:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")  # of SciPy's, about an argument
            return {"fid": float(score.calculate_frechet_distance(*statistics(setting.images(n, 50)), *real))}

    return measured


PEERS: dict[str, Callable[[Setting], Callable[[int], Numbers]]] = {
    BASE: torch_fidelity,
    "torchmetrics": torchmetrics,
    "pytorch-fid": pytorch_fid,
}
NOT_EQUAL = {"pytorch-fid": "resizes images in another way"}


def imported(module: str, distribution: str) -> Any:
    """Return a library that may be absent.

    Raises:
        UnavailableError: it is, or cannot be imported.
    """
    if version_of(distribution) is None:
        raise UnavailableError(f"{distribution} is not installed")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module(module)
    except Exception as error:  # whatever a library does at its import
        raise UnavailableError(f"{distribution} cannot be imported: {type(error).__name__}: {error}") from error


def version_of(distribution: str) -> str | None:
    """Of an installed distribution; None if it is not."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
