"""LPIPS through AlexNet and VGG-16."""

import importlib
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from ganzoo.layers import PerceptualDistance

from ..clone import imported_from
from ..formula import images, spread, uniform
from ..subject import Subject, Values

WIDTHS = {"alex": (64, 192, 384, 256, 256), "vgg16": (64, 128, 256, 512, 512)}
CONVOLUTIONS = {  # places among torchvision's layers: kernels, channels, side
    "alex": {0: (64, 3, 11), 3: (192, 64, 5), 6: (384, 192, 3), 8: (256, 384, 3), 10: (256, 256, 3)},
    "vgg16": {
        place: (made, channels, 3)
        for place, channels, made in (
            *((0, 3, 64), (2, 64, 64), (5, 64, 128), (7, 128, 128), (10, 128, 256), (12, 256, 256), (14, 256, 256)),
            *((17, 256, 512), (19, 512, 512), (21, 512, 512), (24, 512, 512), (26, 512, 512), (28, 512, 512)),
        )
    },
}
SIDE = 40


def weights(trunk: str) -> dict[str, Tensor]:
    """Give convolutions by torchvision's places, and heads from 0 to 1."""
    state = {}
    for place, (made, channels, side) in CONVOLUTIONS[trunk].items():
        std = (2 / (channels * side * side)) ** 0.5
        shape = (made, channels, side, side)
        state[f"features.{place}.weight"] = spread(f"{trunk} {place}", shape, std, torch.float32)
        state[f"features.{place}.bias"] = spread(f"{trunk} {place} bias", (made,), 0.1, torch.float32)
    for i, width in enumerate(WIDTHS[trunk]):
        state[f"lin{i}.model.1.weight"] = uniform(f"{trunk} head {i}", (1, width, 1, 1), torch.float32)
    return state


def pair() -> tuple[Tensor, Tensor]:
    """Give two batches of images in [-1, 1]."""
    return images("one", 3, 3, SIDE, torch.float32), images("other", 3, 3, SIDE, torch.float32)


def values(trunk: str, found: Tensor, gradient: Tensor) -> Values:
    """Name the distances, and their gradient with respect to the first images."""
    return {f"LPIPS, {trunk}": found.detach().flatten(), f"gradient, {trunk}": gradient}


def ours() -> Values:
    """Run ours."""
    found: dict[str, Tensor | int] = {}
    for trunk in ("alex", "vgg16"):
        one, other = pair()
        distance = PerceptualDistance(trunk, weights(trunk))(one.requires_grad_(), other)
        found |= values(trunk, distance, torch.autograd.grad(distance.sum(), one)[0])
    return found


def theirs(clone: Path) -> Values:
    """Run the authors', which builds its trunks at random, and is given the weights."""
    found: dict[str, Tensor | int] = {}
    with imported_from(clone):
        library = importlib.import_module("lpips")
        for trunk, net in (("alex", "alex"), ("vgg16", "vgg")):
            network = library.LPIPS(net=net, pretrained=False, pnet_rand=True, verbose=False)
            _fill(network, weights(trunk))
            one, other = pair()
            distance = network(one.requires_grad_(), other)
            found |= values(trunk, distance, torch.autograd.grad(distance.sum(), one)[0])
    return found


def _fill(network: torch.nn.Module, state: Mapping[str, Tensor]) -> None:
    own = network.state_dict()
    for name in own:
        place = name.split(".", 2)
        if place[0] == "net":
            own[name] = state[f"features.{place[2]}"]
        elif place[0] in ("lins",):
            own[name] = state[f"lin{place[1]}.{place[2]}"]
        elif name in state:
            own[name] = state[name]
    network.load_state_dict(own)


SUBJECT = Subject(
    title="LPIPS: distances and their gradients, through AlexNet and VGG-16",
    repository="richzhang/PerceptualSimilarity",
    licence="BSD-2-Clause",
    files=("lpips/lpips.py", "lpips/pretrained_networks.py", "lpips/__init__.py"),
    ran="as it is, on a CPU, version 0.1, with weights by formula",
    compared="distances of three pairs of images of 40x40 pixels, and their gradients with respect to the first images",
    ours=ours,
    theirs=theirs,
    tolerance=1e-5,
)
