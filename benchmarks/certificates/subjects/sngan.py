"""SNGAN's convolutional networks for 32x32."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from ganzoo_plugins.sngan.discriminator import SNGANDiscriminator
from ganzoo_plugins.sngan.generator import SNGANGenerator
from torch import Tensor, nn

from ..clone import imported_from
from ..formula import filled, images, spread
from ..networks import count, network_values
from ..subject import Subject, Values
from ._chainer import EPSILON, chain_values, chainer_in_double, with_our_weights
from ._spectral import DEPARTS, normalised

WIDTH, Z, BATCH, SLOPE = 2, 12, 6, 0.1
CASES = {player: f"{player}, 32x32, ch={8 * WIDTH}" for player in "GD"}
WHOLE = {player: f"parameters of {player}, 32x32, ch=512" for player in "GD"}
SHAPE: dict[str, Any] = {"image_size": 32, "channels": 3, "num_classes": 0}
UNDONE = ("l0", "dc1", "dc2", "dc3")  # their biases stand before batch normalisation
IN_G = {"l0": "net.0", "bn0": "net.1", "dc1": "net.4", "bn1": "net.5", "dc2": "net.7", "bn2": "net.8"}
IN_G |= {"dc3": "net.10", "bn3": "net.11", "dc4": "net.13"}
IN_D = {f"c{i // 2}_{i % 2}": f"body.{2 * i}" for i in range(6)} | {"c3_0": "last.0", "l4": "head"}


def networks(width: int | None = WIDTH, z_dim: int = Z) -> tuple[nn.Module, nn.Module]:
    """Make ours."""
    G = SNGANGenerator(**SHAPE, z_dim=z_dim, width=width)
    return G, SNGANDiscriminator(**SHAPE, width=width, growth="within")


def weighted() -> tuple[nn.Module, nn.Module]:
    """Make ours, with weights by formula, D spectrally normalised."""
    G, D = map(filled, networks())
    normalised(G, D, generator=False)
    return G, D


def inputs() -> tuple[Tensor, Tensor]:
    """Give latents and images."""
    return spread("z", (BATCH, Z)).requires_grad_(), images("x", BATCH, 3, 32).requires_grad_()


def ours() -> Values:
    """Run ours."""
    (G, D), (z, x) = weighted(), inputs()
    found = network_values(CASES["G"], G, G(z), {"z": z})
    found |= network_values(CASES["D"], D, D(x)["logits"], {"x": x})
    with torch.device("meta"):
        return found | dict(zip(WHOLE.values(), map(count, networks(None, 128)), strict=True))


def theirs(clone: Path) -> Values:
    """Run the authors'."""
    (ours_G, ours_D), (z, x) = weighted(), inputs()
    with chainer_in_double() as chainer, _net(clone, chainer) as net:
        latents, pictures = (chainer.Variable(it.detach().numpy()) for it in (z, x))
        G, D = net.DCGANGenerator(n_hidden=Z, ch=8 * WIDTH), net.SNDCGANDiscriminator(ch=8 * WIDTH)
        whole = net.DCGANGenerator(), net.SNDCGANDiscriminator()
        for made in (G, whole[0]):
            _without_biases(made)
        names = with_our_weights(G, ours_G, IN_G, _last_turned)
        found = chain_values(CASES["G"], G, G(latents), {"z": latents}, names, _last_turned)
        names = with_our_weights(D, ours_D, IN_D)
        logits = chainer.functions.reshape(D(pictures), (BATCH,))
        found |= chain_values(CASES["D"], D, logits, {"x": pictures}, names)
        numbers = (sum(it.size for it in chain.params()) for chain in whole)
        return found | dict(zip(WHOLE.values(), numbers, strict=True))


@contextmanager
def _net(clone: Path, chainer: Any) -> Iterator[Any]:
    """Give their module, with the paper's slope of a leaky ReLU."""
    leaky = partial(chainer.functions.leaky_relu, slope=SLOPE)
    with imported_from(clone), imported_from(clone / "common"):
        net = importlib.import_module("net")
        with patch.object(net.F, "leaky_relu", leaky):
            yield net


def _without_biases(G: Any) -> None:
    for name in UNDONE:
        link = G[name]
        del link.b
        link.b = None


def _last_turned(name: str, it: Tensor) -> Tensor:
    """Turn the kernel of the last layer, a transposed convolution of stride 1 in theirs."""
    return it.transpose(0, 1).flip(2, 3) if name == "net.13.weight" else it


SUBJECT = Subject(
    title="SNGAN's CNN: generator and discriminator",
    repository="pfnet-research/chainer-gan-lib",
    licence="MIT",
    files=("common/net.py", *(f"common/sn/{name}.py" for name in ("max_sv", "sn_convolution_2d", "sn_linear"))),
    ran="with Chainer 7.8.1 on a CPU, parameters and statistics in float64",
    compared="images and logits, and gradients of inputs and parameters, D spectrally normalised, in training mode; "
    "numbers of parameters of the published sizes",
    departs="their discriminator has the channels of growth: within and slopes of 0.2, where table 3b of the paper has "
    "others and 0.1, which was set; theirs has biases before batch normalisation, which it undoes; "
    f"{EPSILON}; {DEPARTS}",
    ours=ours,
    theirs=theirs,
    tolerance=1e-10,  # theirs adds 1e-12 to the length of each singular vector
)
