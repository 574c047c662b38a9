"""SNGAN's residual networks for 32x32, without labels and with class-conditional normalisation and projection."""

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from ganzoo_plugins.sngan.resnet_discriminator import SNGANResNetDiscriminator
from ganzoo_plugins.sngan.resnet_generator import SNGANResNetGenerator
from torch import Tensor, nn

from ..clone import imported_from
from ..formula import filled, images, labels, spread
from ..networks import count, network_values, without_undone
from ..subject import Subject, Values
from ._chainer import EPSILON, RAN, chain_values, chainer_in_double, scaled, with_our_weights
from ._spectral import DEPARTS, normalised

WIDTH, Z, BATCH = 16, 12, 6
CLASSES = (0, 5)
PUBLISHED = {"G": 256, "D": 128}
SHAPE: dict[str, Any] = {"image_size": 32, "channels": 3}


def named(player: str, classes: int, width: int = WIDTH) -> str:
    """Name a player's quantities."""
    return f"{player}, 32x32, ch={width}, {f'{classes} classes' if classes else 'no labels'}"


def networks(classes: int) -> tuple[nn.Module, nn.Module]:
    """Make ours, with weights by formula, D spectrally normalised."""
    G = filled(SNGANResNetGenerator(**SHAPE, num_classes=classes, z_dim=Z, width=WIDTH))
    D = filled(SNGANResNetDiscriminator(**SHAPE, num_classes=classes, width=WIDTH))
    normalised(G, D, generator=False)
    return G, D


def inputs(classes: int) -> tuple[Tensor, Tensor, Tensor | None]:
    """Give latents, images and labels."""
    y = labels(BATCH, classes) if classes else None
    return spread("z", (BATCH, Z)).requires_grad_(), images("x", BATCH, 3, 32).requires_grad_(), y


def ours() -> Values:
    """Run ours."""
    found: dict[str, Tensor | int] = {}
    for classes in CLASSES:
        (G, D), (z, x, y) = networks(classes), inputs(classes)
        found |= network_values(named("G", classes), G, G(z, y), {"z": z})
        found |= network_values(named("D", classes), D, D(x, y)["logits"], {"x": x})
        with torch.device("meta"):
            for player, made in (("G", SNGANResNetGenerator), ("D", SNGANResNetDiscriminator)):
                whole = made(**SHAPE, num_classes=2 * classes)
                found[f"parameters of {named(player, 2 * classes, PUBLISHED[player])}"] = count(whole)
    return without_undone(found)


def theirs(clone: Path) -> Values:
    """Run the authors'."""
    found: dict[str, Tensor | int] = {}
    with imported_from(clone), chainer_in_double() as chainer:
        importlib.import_module("source.functions.max_sv")._l2normalize = scaled
        Generator = importlib.import_module("gen_models.resnet_32").ResNetGenerator
        Discriminator = importlib.import_module("dis_models.snresnet_32").SNResNetProjectionDiscriminator
        for classes in CLASSES:
            (ours_G, ours_D), (z, x, y) = networks(classes), inputs(classes)
            latents, pictures = (chainer.Variable(it.detach().numpy()) for it in (z, x))
            given = None if y is None else y.numpy().astype(np.int32)
            G, D = Generator(ch=WIDTH, dim_z=Z, n_classes=classes), Discriminator(ch=WIDTH, n_classes=classes)
            names = with_our_weights(G, ours_G, links("G", classes), about_one)
            found |= chain_values(named("G", classes), G, G(z=latents, y=given), {"z": latents}, names)
            names = with_our_weights(D, ours_D, links("D", classes))
            logits = chainer.functions.reshape(D(pictures, given), (BATCH,))
            found |= chain_values(named("D", classes), D, logits, {"x": pictures}, names)
            for player, whole in (("G", Generator(n_classes=2 * classes)), ("D", Discriminator(n_classes=2 * classes))):
                numbers = sum(it.size for it in whole.params())
                found[f"parameters of {named(player, 2 * classes, PUBLISHED[player])}"] = numbers
    return without_undone(found)


def about_one(name: str, weight: Tensor) -> Tensor:
    """Give a label's gains as theirs, which are not added to 1."""
    return weight + 1 if name.endswith("gain.weight") else weight


def links(player: str, classes: int) -> Mapping[str, str]:
    """Give our name of each link of theirs."""
    if player == "D":
        ends = {"block4": "last", "l5": "head", "l_y": "projection.embed"}
        table = {f"block{i + 1}": f"body.{i}" for i in range(3)} | ends
        return table | _inner(table, "block", ("c1", "conv1"), ("c2", "conv2"), ("c_sc", "shortcut"))
    table = {f"block{i + 2}": f"blocks.{i}" for i in range(3)} | {"l1": "base.0", "b5": "norm", "c5": "last"}
    norms = [("b1/gammas", "norm1.gain"), ("b1/betas", "norm1.shift"), ("b2/gammas", "norm2.gain")]
    norms = [*norms, ("b2/betas", "norm2.shift")] if classes else [("b1", "norm1"), ("b2", "norm2")]
    return table | _inner(table, "block", ("c1", "conv1"), ("c2", "conv2"), ("c_sc", "shortcut"), *norms)


def _inner(table: Mapping[str, str], kind: str, *pairs: tuple[str, str]) -> dict[str, str]:
    blocks = [(theirs, ours) for theirs, ours in table.items() if theirs.startswith(kind)]
    return {f"{theirs}/{a}": f"{ours}.{b}" for theirs, ours in blocks for a, b in pairs}


SUBJECT = Subject(
    title="SNGAN's ResNet: generator and discriminator, with and without labels",
    repository="pfnet-research/sngan_projection",
    licence="MIT",
    files=(
        "gen_models/resnet_32.py",
        "gen_models/resblocks.py",
        "dis_models/snresnet_32.py",
        "dis_models/resblocks.py",
        "source/functions/max_sv.py",
        "source/links/categorical_conditional_batch_normalization.py",
        "source/links/conditional_batch_normalization.py",
        "source/links/sn_convolution_2d.py",
        "source/links/sn_embed_id.py",
        "source/links/sn_linear.py",
    ),
    ran=RAN,
    compared="images and logits, and gradients of inputs and parameters, D spectrally normalised, in training mode, "
    "without labels and with class-conditional batch normalisation and projection; numbers of parameters of the "
    "published sizes",
    departs=f"{EPSILON}; {DEPARTS}",
    ours=ours,
    theirs=theirs,
    tolerance=1e-10,  # theirs adds 1e-12 to the length of each singular vector
)
