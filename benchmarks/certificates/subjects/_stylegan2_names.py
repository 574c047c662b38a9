"""Our names of StyleGAN2's parameters by theirs, and the layouts that differ."""

from torch import Tensor

AFFINE = ("affine.weight", "affine.bias", "weight")


def generator_names(architecture: str, sizes: list[int], depth: int, conditional: bool) -> dict[str, str]:
    """Give our name by theirs of each parameter of a generator.

    Args:
        architecture: ``orig``, ``skip`` or ``resnet``.
        sizes: of its blocks, from 4 on.
        depth: layers of the mapping network.
        conditional: it takes labels.
    """
    names = mapping_names("mapping", "mapping", depth, conditional) | {"synthesis.b4.const": "constant"}
    for i, size in enumerate(sizes):
        block = f"synthesis.b{size}"
        names |= _layer(f"{block}.conv1", f"blocks.{i - 1}.keep" if i else "first")
        if i:
            names |= _layer(f"{block}.conv0", f"blocks.{i - 1}.grow")
        if i and architecture == "resnet":
            names[f"{block}.skip.weight"] = f"blocks.{i - 1}.shortcut.0.weight"
        if architecture == "skip" or size == sizes[-1]:
            ours = f"images.{i if architecture == 'skip' else 0}"
            names |= {f"{block}.torgb.{name}": f"{ours}.conv.{name}" for name in AFFINE}
            names[f"{block}.torgb.bias"] = f"{ours}.bias"
    return names


def _layer(theirs: str, ours: str) -> dict[str, str]:
    """Name a styled layer."""
    names = {f"{theirs}.{name}": f"{ours}.conv.{name}" for name in AFFINE}
    return names | {f"{theirs}.noise_strength": f"{ours}.strength", f"{theirs}.bias": f"{ours}.bias"}


def mapping_names(theirs: str, ours: str, depth: int, conditional: bool) -> dict[str, str]:
    """Give our name by theirs of each parameter of a mapping network."""
    layers = {f"fc{i}": f"layers.{i}" for i in range(depth)} | ({"embed": "label"} if conditional else {})
    return {f"{theirs}.{a}.{kind}": f"{ours}.{b}.{kind}" for a, b in layers.items() for kind in ("weight", "bias")}


def discriminator_names(architecture: str, sizes: list[int], depth: int, conditional: bool) -> dict[str, str]:
    """Give our name by theirs of each parameter of a discriminator; arguments as of a generator."""
    names = mapping_names("mapping", "label", depth, conditional) if conditional else {}
    last = {"b4.conv": "conv", "b4.fc": "dense", "b4.out": "head"}
    layers = {f"b{sizes[-1]}.fromrgb": "from_image.0"} | last
    for i, size in enumerate(reversed(sizes[1:])):
        layers |= {f"b{size}.conv0": f"blocks.{i}.keep", f"b{size}.conv1": f"blocks.{i}.shrink"}
        if architecture == "resnet":
            names[f"b{size}.skip.weight"] = f"blocks.{i}.shortcut.weight"
        if architecture == "skip":
            layers[f"b{size // 2}.fromrgb"] = f"from_image.{i + 1}"
    return names | {f"{a}.{kind}": f"{b}.{kind}" for a, b in layers.items() for kind in ("weight", "bias")}


def _transposed(name: str) -> bool:
    """Say whether a parameter of ours has a row for each label, where theirs is a dense layer on one-hot vectors."""
    return name.endswith("label.weight")


def to_theirs(name: str, value: Tensor) -> Tensor:
    """Give a parameter of ours in their layout."""
    return value.squeeze(0) if name == "constant" else value.T if _transposed(name) else value


def to_ours(name: str, value: Tensor) -> Tensor:
    """Give a gradient of theirs in our layout."""
    return value.unsqueeze(0) if name == "constant" else value.T if _transposed(name) else value
