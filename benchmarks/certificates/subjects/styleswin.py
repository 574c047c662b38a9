"""StyleSwin: the generator, and the wavelet discriminator without spectral normalisation."""

import importlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from ganzoo_plugins.styleswin import discriminator, generator
from ganzoo_plugins.styleswin.discriminator import WaveletDiscriminator
from ganzoo_plugins.styleswin.generator import StyleSwinGenerator
from torch import Tensor, nn

from ..clone import definitions_in, imported_from
from ..draws import double_by_default
from ..formula import filled, images, spread
from ..networks import count, network_values, same_weights
from ..starts import deviations_drawn, start
from ..subject import Subject, Values

SIZE, WIDTH, BATCH, STYLE, DEPTH = 16, 16, 4, 6, 2
SIZES = 3  # of maps, 4, 8 and 16 pixels wide
FFHQ = {"image_size": 1024, "channels": 3, "num_classes": 0}


def generator_names() -> dict[str, str]:
    """Give our names of a generator's parameters by theirs."""
    names = {"input.input": "constant"}
    for i in range(DEPTH):
        names |= _both(f"style.{i + 1}", f"mapping.layers.{i}")
    for i in range(SIZES):
        for j in range(2):
            names |= _of_block(f"layers.{i}.blocks.{j}", f"blocks.{2 * i + j}")
        names |= _both(f"to_rgbs.{i}.conv", f"images.{i}.dense") | {f"to_rgbs.{i}.bias": f"images.{i}.bias"}
    for i in range(SIZES - 1):
        them, us = f"layers.{i}.upsample", f"larger.{i}"
        names |= _both(f"{them}.norm", f"{us}.norm")
        names |= {f"{them}.reduction.weight": f"{us}.dense.weight", f"{them}.alpha": f"{us}.strength"}
    return names


def _of_block(them: str, us: str) -> dict[str, str]:
    names = _both(f"{them}.norm1.style", f"{us}.first.affine") | _both(f"{them}.norm2.style", f"{us}.second.affine")
    names |= _both(f"{them}.qkv", f"{us}.attention.asked") | _both(f"{them}.proj", f"{us}.attention.out")
    names |= _both(f"{them}.mlp.fc1", f"{us}.perceptron.0") | _both(f"{them}.mlp.fc2", f"{us}.perceptron.2")
    for half in range(2):
        names[f"{them}.attn.{half}.relative_position_bias_table"] = f"{us}.attention.halves.{half}.bias"
    return names


def _both(them: str, us: str) -> dict[str, str]:
    return {f"{them}.{kind}": f"{us}.{kind}" for kind in ("weight", "bias")}


def discriminator_names() -> dict[str, str]:
    """Give our names of a discriminator's parameters by theirs."""
    names = {"final_conv.0.weight": "features.0.weight", "final_conv.1.bias": "features.1.bias"}
    names |= _both("final_linear.0", "features.3") | {"final_linear.1.bias": "features.4.bias"}
    names |= _both("final_linear.2", "head")
    for i in range(SIZES - 1):
        them, us = f"from_rgbs.{i}.conv", f"from_wavelets.{i}"
        names |= {f"{them}.0.weight": f"{us}.0.weight", f"{them}.1.bias": f"{us}.1.bias"}
    for i in range(SIZES - 2):
        them, us = f"convs.{i}", f"stages.{i}"
        names |= {f"{them}.conv1.0.weight": f"{us}.0.weight", f"{them}.conv1.1.bias": f"{us}.1.bias"}
        names |= {f"{them}.conv2.1.weight": f"{us}.2.convolution.weight", f"{them}.conv2.2.bias": f"{us}.3.bias"}
    return names


def to_theirs(name: str, value: Tensor) -> Tensor:
    """Give a parameter of ours in their layout: channels of the constant come first."""
    return value.permute(0, 3, 1, 2) if name == "constant" else value


def to_ours(name: str, value: Tensor) -> Tensor:
    """Give a gradient of theirs in our layout."""
    return value.permute(0, 2, 3, 1) if name == "constant" else value


def our_networks() -> tuple[StyleSwinGenerator, WaveletDiscriminator]:
    """Give both networks, of as many channels at all sizes, as theirs have up to 32 pixels."""
    common: dict[str, Any] = {"image_size": SIZE, "channels": 3, "num_classes": 0, "width": WIDTH}
    with double_by_default(), patch.object(generator, "MOST", WIDTH), patch.object(discriminator, "MOST", WIDTH):
        return StyleSwinGenerator(**common, z_dim=STYLE, w_dim=STYLE, depth=DEPTH), WaveletDiscriminator(**common)


def given() -> tuple[Tensor, Tensor]:
    """Give latents and images."""
    return spread("z", (BATCH, STYLE)).requires_grad_(), images("x", BATCH, 3, SIZE).requires_grad_()


def ours() -> Values:
    """Run ours."""
    (G, D), (z, x) = map(filled, our_networks()), given()
    found: dict[str, Any] = network_values("G", G, G(z), {"z": z})
    found |= network_values("D", D, D(x)["logits"], {"x": x})
    with started():
        found |= start("G", our_networks()[0])
    with torch.device("meta"):
        G, D = (
            StyleSwinGenerator(**FFHQ, z_dim=512, w_dim=512, depth=8, width=16),
            WaveletDiscriminator(**FFHQ, width=32),
        )
    return found | {"parameters of G for FFHQ": count(G), "parameters of D for FFHQ": count(D)}


@contextmanager
def started() -> Iterator[None]:
    """Let weights be the standard deviations that they are drawn with, before any is cut off."""

    def cut(weight: Tensor, mean: float = 0.0, std: float = 1.0) -> Tensor:
        with torch.no_grad():
            return weight.fill_(std)

    def glorot(weight: Tensor, gain: float = 1.0) -> Tensor:
        return cut(weight, std=gain * (2 / (weight[0].numel() + weight.numel() / weight.shape[1])) ** 0.5)

    with (
        deviations_drawn(),
        patch.object(nn.init, "trunc_normal_", cut),
        patch.object(nn.init, "xavier_normal_", glorot),
    ):
        yield


@contextmanager
def their_modules(clone: Path) -> Iterator[tuple[Any, Any]]:
    """Give their networks' modules, with the operators that they have for a CPU, in double precision."""
    operators: dict[str, Any] = {"torch": torch, "nn": nn, "F": nn.functional}
    definitions_in(clone / "op/fused_act.py", ("FusedLeakyReLU", "fused_leaky_relu"), operators)
    definitions_in(clone / "op/upfirdn2d.py", ("upfirdn2d", "upfirdn2d_native"), operators)
    layers = {"to_2tuple": lambda n: (n, n), "trunc_normal_": lambda w, std: nn.init.trunc_normal_(w, std=std)}
    stubs = {"op": operators, "timm": {}, "timm.models": {}, "timm.models.layers": layers}
    with ExitStack() as stack:
        stack.enter_context(imported_from(clone, stubs))
        stack.enter_context(patch.object(torch, "float", torch.float64))
        yield importlib.import_module("models.generator"), importlib.import_module("models.discriminator")


@contextmanager
def narrow(network: type) -> Iterator[None]:
    """Let a network of theirs have 16 channels where its code says 512."""
    made: Any = network.__init__  # type: ignore[misc]
    code = made.__code__
    narrowed = code.replace(co_consts=tuple(WIDTH if value == 512 else value for value in code.co_consts))
    made.__code__ = narrowed
    try:
        yield
    finally:
        made.__code__ = code


def their_networks(of_G: Any, of_D: Any) -> tuple[nn.Module, nn.Module]:
    """Give their networks, narrow, and the discriminator without spectral normalisation."""
    with double_by_default(), narrow(of_G.Generator), narrow(of_D.Discriminator):
        G, D = of_G.Generator(SIZE, STYLE, DEPTH), of_D.Discriminator(SIZE, sn=True)
    without_norm(D)
    return G, D


def without_norm(network: nn.Module) -> None:
    """Take spectral normalisation out of a network."""
    for layer in network.modules():
        if "weight_orig" in dict(layer.named_parameters(recurse=False)):
            nn.utils.remove_spectral_norm(layer)


def theirs(clone: Path) -> Values:
    """Run the authors'."""
    with their_modules(clone) as (of_G, of_D):
        (G, D), (z, x) = their_networks(of_G, of_D), given()
        of_ours, naming = [filled(it) for it in our_networks()], (generator_names(), discriminator_names())
        for network, own, names in zip((G, D), of_ours, naming, strict=True):
            same_weights(network, own, names, to_theirs)
        found: dict[str, Any] = network_values("G", G, G(z)[0].tanh(), {"z": z}, naming[0], to_ours)
        found |= network_values("D", D, D(x).squeeze(1), {"x": x}, naming[1])
        with started():
            with double_by_default(), narrow(of_G.Generator):
                fresh = of_G.Generator(SIZE, STYLE, DEPTH)
            found |= start("G", fresh, naming[0])
        with torch.device("meta"):
            G, D = of_G.Generator(1024, 512, 8, channel_multiplier=1), of_D.Discriminator(1024, sn=True)
            without_norm(D)
    return found | {"parameters of G for FFHQ": count(G), "parameters of D for FFHQ": count(D)}


SUBJECT = Subject(
    title="StyleSwin: the generator and the wavelet discriminator",
    repository="microsoft/StyleSwin",
    licence="MIT",
    files=(
        *(f"models/{name}.py" for name in ("generator", "discriminator", "basic_layers")),
        *(f"op/{name}.py" for name in ("fused_act", "upfirdn2d")),
    ),
    ran="in float64 on a CPU, with 16 channels where their code has 512; its operators as they are for a CPU, and two "
    "functions of timm replaced by PyTorch's",
    compared="both networks at 16x16, with windows of 4 and 8 pixels, shifted ones among them, and the gradients of "
    "all parameters; standard deviations of the generator's weights at the start; numbers of parameters for FFHQ-1024",
    departs="our images pass tanh, which was put behind theirs; spectral normalisation was taken out of their "
    "discriminator, as a recipe has it in a term of its own",
    ours=ours,
    theirs=theirs,
)
