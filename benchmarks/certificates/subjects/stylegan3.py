"""StyleGAN3: its filters, its input, and generators of both configurations."""

import importlib
from pathlib import Path
from typing import Any

import torch
from ganzoo_plugins.stylegan2.bands import bands
from ganzoo_plugins.stylegan2.kaiser import low_pass, radial_low_pass
from ganzoo_plugins.stylegan2.stylegan3 import StyleGAN3Generator
from torch import Tensor, nn
from torch.nn.functional import one_hot

from ..draws import double_by_default
from ..formula import filled, labels, spread, uniform
from ..networks import count, differentiated, network_values, same_weights
from ..starts import deviations_drawn, start
from ..subject import Subject, Values
from ._nvidia import in_double
from ._stylegan2_names import mapping_names, to_ours, to_theirs

SIZE, WIDTH, Z_DIM, W_DIM, DEPTH, CLASSES, BATCH, LAYERS = 32, 8, 10, 12, 2, 3, 4, 8
CASES = {"translation": 0, "rotation": CLASSES}  # configuration and number of labels
FILTERS = {"doubling": (12, 2.0, 2.28, 32.0), "fourfold": (24, 16.0, 16.0, 128.0), "steep": (12, 60.0, 4.0, 256.0)}
TRANSFORM = ((0.8, -0.6, 0.15), (0.6, 0.8, -0.1), (0.0, 0.0, 1.0))
FORGOTTEN = 0.5 ** (BATCH / 20e3)
PUBLISHED = {"translation": 64, "rotation": 128}  # widths of the paper's ablations at 256x256


def weight(name: str, like: Tensor) -> Tensor:
    """Give a weight of the spread that the authors' networks start from, and biases about 0 or 1."""
    slow = 100.0 if ".layers." in f".{name}" and name.startswith("mapping") else 1.0
    if like.ndim > 1:
        return spread(name, like.shape, std=slow)
    about = torch.tensor([1.0, 0.0, 0.0, 0.0]) if name == "start.affine.bias" else float(name.endswith("affine.bias"))
    return spread(name, like.shape, std=0.2 * slow) + about


def our_network(equivariance: str, classes: int) -> StyleGAN3Generator:
    """Give a generator of a few narrow layers."""
    return StyleGAN3Generator(
        image_size=SIZE,
        channels=3,
        num_classes=classes,
        z_dim=Z_DIM,
        w_dim=W_DIM,
        depth=DEPTH,
        width=WIDTH,
        layers=LAYERS,
        equivariance=equivariance,
    )


def our_filled(equivariance: str, classes: int) -> StyleGAN3Generator:
    """Give it with weights, magnitudes and phases by formula, in evaluation mode."""
    with double_by_default():
        G = filled(our_network(equivariance, classes), weight).eval()
    places = uniform("places", (2, *G.start.phases.shape))
    G.start.phases.copy_(places[0] - 0.5)
    G.start.frequencies.copy_(2 * spread("frequencies", G.start.frequencies.shape, std=0.5))
    for i, magnitude in enumerate(magnitudes(G)):
        magnitude.fill_(0.5 + i / LAYERS)
    return G


def magnitudes(G: StyleGAN3Generator) -> list[Tensor]:
    """Give the mean squares that are followed, layer by layer."""
    return [layer.magnitude.mean_square for layer in (*G.layers, G.image)]


def given(classes: int) -> tuple[Tensor, Tensor | None]:
    """Give latents and labels."""
    return spread("z", (BATCH, Z_DIM)).requires_grad_(), labels(BATCH, classes) if classes else None


def styles() -> Tensor:
    """Give styles that differ from layer to layer."""
    return spread("w", (BATCH, LAYERS + 2, W_DIM)).requires_grad_()


def ours() -> Values:
    """Run ours."""
    found: dict[str, Any] = {}
    for name, given_to in FILTERS.items():
        found |= {f"filter {name}": low_pass(*given_to), f"radial filter {name}": radial_low_pass(*given_to)}
    for size in (256, 1024):
        maps = bands(size, 14, 10)
        told = [(*band.size, band.rate, band.cutoff, band.half_width) for band in maps]
        found[f"maps of 14 layers at {size}x{size}"] = torch.tensor(told, dtype=torch.float64)
    moved = torch.tensor(TRANSFORM, dtype=torch.float64)
    for equivariance, classes in CASES.items():
        G = our_filled(equivariance, classes)
        z, y = given(classes)
        found |= network_values(f"G {equivariance}", G, G(z, y), {"z": z})
        w = styles()
        found |= differentiated(f"input, {equivariance}", G.start(w[:, 0], moved), {"w": w})
        found |= differentiated(f"images of styles, moved, {equivariance}", G.synthesise(w, moved), {"w": w})
        found[f"images in training mode, {equivariance}"] = G.train()(z, y)
        found[f"mean squares after it, {equivariance}"] = torch.stack(magnitudes(G))
        with torch.device("meta"):
            published = StyleGAN3Generator(
                image_size=256,
                channels=3,
                num_classes=0,
                z_dim=512,
                w_dim=512,
                width=PUBLISHED[equivariance],
                equivariance=equivariance,
            )
        found[f"parameters at 256x256, {equivariance}"] = count(published)
    with deviations_drawn():
        G = our_network("translation", CLASSES)
    return found | start("layers", G.layers) | start("mapping", G.mapping)


class Bounded(nn.Module):
    """Their generator, and the tanh that ours ends in."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, z: Tensor, y: Tensor | None, **more: Any) -> Tensor:
        """Make images of latents and labels."""
        c = None if y is None else one_hot(y, CLASSES).to(z.dtype)
        out: Tensor = self.network(z, c, **more)
        return out.tanh()


def names_of(G: nn.Module, classes: int) -> dict[str, str]:
    """Give our name by theirs of each parameter."""
    synthesis: Any = G.synthesis
    names = mapping_names("mapping", "mapping", DEPTH, bool(classes))
    layers = {"input": "start"} | {name: f"layers.{i}" for i, name in enumerate(synthesis.layer_names)}
    layers[synthesis.layer_names[-1]] = "image"
    for theirs_name, ours_name in layers.items():
        kinds = ("affine.weight", "affine.bias", "weight", *(["bias"] if theirs_name != "input" else []))
        names |= {f"synthesis.{theirs_name}.{kind}": f"{ours_name}.{kind}" for kind in kinds}
    return names


def their_network(networks: Any, equivariance: str, classes: int) -> Any:
    """Give the authors' generator of the same layers."""
    more = {"conv_kernel": 1, "use_radial_filters": True} if equivariance == "rotation" else {}
    return networks.Generator(
        z_dim=Z_DIM,
        c_dim=classes,
        w_dim=W_DIM,
        img_resolution=SIZE,
        img_channels=3,
        mapping_kwargs={"num_layers": DEPTH},
        channel_base=WIDTH * SIZE,
        num_layers=LAYERS,
        magnitude_ema_beta=FORGOTTEN,
        conv_clamp=None,
        **more,
    )


def their_published(networks: Any, equivariance: str) -> int:
    """Count the parameters of the authors' generator as their documentation sets it for the ablations at 256x256."""
    turns = equivariance == "rotation"
    more = {"conv_kernel": 1, "use_radial_filters": True, "channel_max": 1024} if turns else {}
    base = 16384 * (1 + turns)
    common = {"z_dim": 512, "c_dim": 0, "w_dim": 512, "img_resolution": 256, "img_channels": 3}
    return count(networks.Generator(**common, mapping_kwargs={"num_layers": 2}, channel_base=base, **more))


def their_maps(networks: Any, size: int) -> Tensor:
    """Give the maps that the authors' layers make: height, width, sampling rate, cutoff, half width."""
    synthesis = networks.SynthesisNetwork(w_dim=2, img_resolution=size, img_channels=3, channel_base=size)
    layers = [getattr(synthesis, name) for name in synthesis.layer_names]
    told = [(*it.out_size[::-1], it.out_sampling_rate, it.out_cutoff, it.out_half_width) for it in layers]
    return torch.tensor([[float(number) for number in row] for row in told], dtype=torch.float64)


def theirs(clone: Path) -> Values:
    """Run the authors'."""
    found: dict[str, Any] = {}
    with in_double(clone), double_by_default():
        networks = importlib.import_module("training.networks_stylegan3")
        design = networks.SynthesisLayer.design_lowpass_filter
        for name, (taps, cutoff, half, rate) in FILTERS.items():
            found[f"filter {name}"] = design(taps, cutoff, 2 * half, rate)
            found[f"radial filter {name}"] = design(taps, cutoff, 2 * half, rate, radial=True)
        for size in (256, 1024):
            found[f"maps of 14 layers at {size}x{size}"] = their_maps(networks, size)
        for equivariance, classes in CASES.items():
            found |= their_values(networks, equivariance, classes)
            found[f"parameters at 256x256, {equivariance}"] = their_published(networks, equivariance)
    with in_double(clone), deviations_drawn():
        networks = importlib.import_module("training.networks_stylegan3")
        G = their_network(networks, "translation", CLASSES)
    names = {a.removeprefix("synthesis."): b.removeprefix("layers.") for a, b in names_of(G, CLASSES).items()}
    layers = nn.ModuleDict({name: getattr(G.synthesis, name) for name in G.synthesis.layer_names[:-1]})
    mapped = {a.removeprefix("mapping."): b.removeprefix("mapping.") for a, b in names_of(G, CLASSES).items()}
    return found | start("layers", layers, names) | start("mapping", G.mapping, mapped)


def their_values(networks: Any, equivariance: str, classes: int) -> dict[str, Any]:
    """Give all that is compared of one generator."""
    ours_filled, G = our_filled(equivariance, classes), their_network(networks, equivariance, classes)
    names = names_of(G, classes)
    same_weights(G, ours_filled, names, to_theirs)
    layers = [getattr(G.synthesis, name) for name in G.synthesis.layer_names]
    G.synthesis.input.phases.copy_(ours_filled.start.phases)
    G.synthesis.input.freqs.copy_(ours_filled.start.frequencies)
    for layer, square in zip(layers, magnitudes(ours_filled), strict=True):
        layer.magnitude_ema.copy_(square)
    z, y = given(classes)
    whole = Bounded(G)
    inner = {f"network.{name}": ours_name for name, ours_name in names.items()}
    found = network_values(f"G {equivariance}", whole, whole(z, y), {"z": z}, inner, to_ours)
    G.synthesis.input.transform.copy_(torch.tensor(TRANSFORM))
    w = styles()
    found |= differentiated(f"input, {equivariance}", G.synthesis.input(w[:, 0]), {"w": w})
    found |= differentiated(f"images of styles, moved, {equivariance}", G.synthesis(w).tanh(), {"w": w})
    G.synthesis.input.transform.copy_(torch.eye(3))
    found[f"images in training mode, {equivariance}"] = whole(z, y, update_emas=True)
    found[f"mean squares after it, {equivariance}"] = torch.stack([layer.magnitude_ema for layer in layers])
    return found


SUBJECT = Subject(
    title="StyleGAN3: filters, moved sine waves, and generators of both configurations",
    repository="NVlabs/stylegan3",
    licence="NVIDIA Source Code License (non-commercial)",
    files=(
        "training/networks_stylegan3.py",
        *(f"torch_utils/ops/{name}.py" for name in ("bias_act", "filtered_lrelu", "upfirdn2d")),
    ),
    ran="as it is, on a CPU, where custom operators fall back on their references in PyTorch; in float64, by naming "
    "it torch.float32 while it ran",
    compared="separable and radial filters; sizes, sampling rates and band limits of 14 layers at 256x256 and "
    "1024x1024; generators of 8 layers at 32x32, configuration T without labels and R with "
    "labels: images, the input's waves and images of styles that differ from layer to layer on a plane that is turned "
    "and shifted, images in training mode and the mean squares that are followed, with gradients; standard deviations "
    "of the weights of layers and mapping at the start; numbers of parameters of both at 256x256",
    departs="theirs brings weights and styles to unit size before the 1e-8 of demodulation is added, which is "
    "most of what is left; our images pass tanh, which was put behind theirs; clamps and fp16, which ours has not, "
    "were left out",
    ours=ours,
    theirs=theirs,
    tolerance=1e-8,
)
