"""WGAN-GP's two pairs of networks for CIFAR-10, convolutional and residual."""

import functools
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

from ganzoo_plugins.wgan_gp.convolutional import WGANGPCritic, WGANGPGenerator
from ganzoo_plugins.wgan_gp.residual import ResNetCritic, ResNetGenerator
from torch import Tensor, nn

from ..clone import functions_of_python_2
from ..formula import filled, images, spread
from ..networks import network_values, without_undone
from ..subject import Subject, Values
from ._tensorflow import RAN, tensorflow_1, values

WIDTH, Z, BATCH = 8, 128, 4
PAIRS: Mapping[str, tuple[type[nn.Module], type[nn.Module]]] = {
    "convolutional": (WGANGPGenerator, WGANGPCritic),
    "residual": (ResNetGenerator, ResNetCritic),
}
FILES = {"convolutional": "gan_cifar.py", "residual": "gan_cifar_resnet.py"}
SHAPE: dict[str, Any] = {"image_size": 32, "channels": 3, "num_classes": 0, "width": WIDTH}
UNDONE = r"d parameter net\.[234]\.(conv\d|shortcut)\.bias, G, res"  # before batch normalisation
CONSTANTS: dict[str, Any] = {"DIM": WIDTH, "DIM_G": WIDTH, "DIM_D": WIDTH, "OUTPUT_DIM": 3072, "MODE": "wgan-gp"}
CONSTANTS |= {"NORMALIZATION_G": True, "NORMALIZATION_D": False, "CONDITIONAL": False, "ACGAN": False}
DEFINED = ("LeakyReLU", "nonlinearity", "Normalize", "ConvMeanPool", "MeanPoolConv", "UpsampleConv", "ResidualBlock")
DEFINED = (*DEFINED, "OptimizedResBlockDisc1", "Generator", "Discriminator")
PARTS = {"Filters": "weight", "W": "weight", "scale": "weight", "Biases": "bias", "b": "bias", "offset": "bias"}
LINKS = {
    "convolutional": {
        **{"Generator.Input": "net.0", "Generator.BN1": "net.1", "Generator.2": "net.4", "Generator.BN2": "net.5"},
        **{"Generator.3": "net.7", "Generator.BN3": "net.8", "Generator.5": "net.10"},
        **{"Discriminator.1": "body.0", "Discriminator.2": "body.2", "Discriminator.3": "body.4"},
        "Discriminator.Output": "head",
    },
    "residual": {
        **{"Generator.Input": "net.0", "Generator.OutputN": "net.5", "Generator.Output": "net.7"},
        **{f"Generator.{i}": f"net.{i + 1}" for i in (1, 2, 3)},
        **{f"Discriminator.{i}": f"body.{i - 1}" for i in (1, 2, 3, 4)},
        "Discriminator.Output": "head",
    },
}
INNER = {"Conv1": "conv1", "Conv2": "conv2", "Shortcut": "shortcut", "N1": "bn1", "N2": "bn2"}


def networks(kind: str) -> tuple[nn.Module, nn.Module]:
    """Make ours, with weights by formula."""
    G, D = PAIRS[kind]
    return filled(G(**SHAPE, z_dim=Z)), filled(D(**SHAPE))


def inputs() -> tuple[Tensor, Tensor]:
    """Give latents and images."""
    return spread("z", (BATCH, Z)).requires_grad_(), images("x", BATCH, 3, 32).requires_grad_()


def named(player: str, kind: str) -> str:
    """Name a player's quantities."""
    return f"{player}, {kind}, 32x32, DIM={WIDTH}"


def ours() -> Values:
    """Run ours."""
    found: dict[str, Tensor | int] = {}
    for kind in PAIRS:
        (G, D), (z, x) = networks(kind), inputs()
        found |= network_values(named("G", kind), G, G(z), {"z": z})
        found |= network_values(named("D", kind), D, D(x)["logits"], {"x": x})
    return without_undone(found, UNDONE)


def theirs(clone: Path) -> Values:
    """Run the authors'."""
    found: dict[str, Tensor | int] = {}
    for kind in PAIRS:
        (G, D), (z, x) = networks(kind), inputs()
        mirrored = kind == "convolutional"
        there, back = functools.partial(to_theirs, mirrored), functools.partial(to_ours, mirrored)
        for player, ours in (("G", G), ("D", D)):
            with tensorflow_1() as tf, patch.dict(sys.modules):
                made = _made(tf, clone, kind)
                name = functools.partial(called, kind)
                if player == "G":
                    given = {"z": tf.constant(z.detach().numpy())}
                    labels = () if mirrored else (None,)
                    output = tf.reshape(made.Generator(BATCH, *labels, noise=given["z"]), [BATCH, 3, 32, 32])
                else:
                    given = {"x": tf.constant(there("x", x.detach()).numpy())}
                    output = made.Discriminator(given["x"]) if mirrored else made.Discriminator(given["x"], None)[0]
                    output = tf.reshape(output, [BATCH])
                found |= values(tf, named(player, kind), ours, output, given, name, there, back)
    return without_undone(found, UNDONE)


def _made(tf: Any, clone: Path, kind: str) -> Any:
    """Give the authors' functions."""
    tf.disable_tensor_equality()  # variables are keys of their tables
    lib = sys.modules["tflib"] = functions_of_python_2(clone / "tflib" / "__init__.py")
    lib.ops = type(sys)("ops")
    for name in ("linear", "conv2d", "batchnorm", "deconv2d"):
        setattr(lib.ops, name, functions_of_python_2(clone / "tflib" / "ops" / f"{name}.py"))
    return functions_of_python_2(clone / FILES[kind], DEFINED, tf=tf, lib=lib, functools=functools, **CONSTANTS)


def called(kind: str, name: str) -> str | None:
    """Give our name of a variable of theirs, or none of a bias that batch normalisation undoes, which ours lacks."""
    link, _, part = name.rpartition("/")[2].rpartition(".")
    if kind == "convolutional" and (link, part) in (
        ("Generator.Input", "b"),
        ("Generator.2", "Biases"),
        ("Generator.3", "Biases"),
    ):
        return None
    if link in LINKS[kind]:
        return f"{LINKS[kind][link]}.{PARTS[part]}"
    block, _, inner = link.rpartition(".")
    return f"{LINKS[kind][block]}.{INNER[inner]}.{PARTS[part]}"


def _turned(name: str, it: Tensor) -> Tensor:
    """Turn kernels and images by half a turn, and the pixels of what a dense layer makes or reads."""
    if it.ndim == 4:
        return it.flip(2, 3)
    if name.startswith(("net.0.", "net.1.")):
        return it.unflatten(0, (4 * WIDTH, 4, 4)).flip(1, 2).flatten(0, 2)
    return it.unflatten(1, (4 * WIDTH, 4, 4)).flip(2, 3).flatten(1) if name == "head.weight" else it


def to_theirs(mirrored: bool, name: str, it: Tensor) -> Tensor:
    """Put our weights, images and gradients into their layout."""
    it = _turned(name, it) if mirrored else it
    if it.ndim == 4 and name not in ("x", "output"):
        return it.permute(2, 3, 1, 0)
    if it.ndim == 2 and name in ("net.0.weight", "head.weight"):
        return it.T
    return it[None] if mirrored and name.startswith("net.1.") else it


def to_ours(mirrored: bool, name: str, it: Tensor) -> Tensor:
    """Put theirs into ours."""
    if it.ndim == 4 and name not in ("x", "output"):
        it = it.permute(3, 2, 0, 1)
    if it.ndim == 2 and name in ("net.0.weight", "head.weight"):
        it = it.T
    it = it[0] if mirrored and name.startswith("net.1.") else it
    return _turned(name, it) if mirrored else it


SUBJECT = Subject(
    title="WGAN-GP: generators and critics for CIFAR-10, convolutional and residual",
    repository="igul222/improved_wgan_training",
    licence="MIT",
    files=(*FILES.values(), *(f"tflib/ops/{name}.py" for name in ("linear", "conv2d", "deconv2d", "batchnorm"))),
    ran=f"their functions alone, print as a function, {RAN}",
    compared="images and logits, and gradients of inputs and parameters, in training mode",
    departs="5x5 convolutions of stride 2 leave the odd pixel of padding at the other side, so that the convolutional "
    "pair is theirs turned by half a turn: weights and images were turned; theirs has biases before batch "
    "normalisation, which it undoes",
    ours=ours,
    theirs=theirs,
)
