"""WGAN-GP's language model: both networks, and the divergences of n-grams that judge it."""

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from ganzoo_plugins.text.critic import TextCritic
from ganzoo_plugins.text.divergence import JSD1, JSD2, JSD3, JSD4
from ganzoo_plugins.text.generator import TextGenerator
from torch import Tensor, nn
from torch.nn.functional import conv1d, linear

from ..clone import functions_of_python_2
from ..formula import filled, spread, uniform
from ..networks import network_values
from ..subject import Subject, Values

WIDTH, Z, BATCH, LENGTH, VOCABULARY = 8, 128, 3, 6, 7
LINES = {"generated": 40, "real": 60}
DEFINED = ("softmax", "ResBlock", "Generator", "Discriminator")
METRICS = (JSD1, JSD2, JSD3, JSD4)


def networks() -> tuple[nn.Module, nn.Module]:
    """Make ours, with weights by formula."""
    shape = {"length": LENGTH, "vocabulary": VOCABULARY, "width": WIDTH}
    return filled(TextGenerator(**shape, z_dim=Z)), filled(TextCritic(**shape))


def inputs() -> tuple[Tensor, Tensor]:
    """Give latents, and distributions over characters."""
    x = spread("x", (BATCH, LENGTH, VOCABULARY)).softmax(2)
    return spread("z", (BATCH, Z)).requires_grad_(), x.requires_grad_()


def lines(name: str) -> Tensor:
    """Give numbers of characters, small ones more often in real lines."""
    draws = uniform(name, (LINES[name], LENGTH))
    return ((draws.square() if name == "real" else draws) * VOCABULARY).long()


def compared(G: nn.Module, D: nn.Module, made: Tensor, verdict: Tensor, z: Tensor, x: Tensor) -> dict[str, Any]:
    """Name what two networks with our weights gave."""
    return network_values("G", G, made, {"z": z}) | network_values("D", D, verdict, {"x": x})


def ours() -> Values:
    """Run ours."""
    (G, D), (z, x) = networks(), inputs()
    found = compared(G, D, G(z), D(x)["logits"], z, x)
    for metric in (kind(vocabulary=VOCABULARY) for kind in METRICS):
        sides = [metric.summarise({"characters": lines(name)}) for name in LINES]
        found[f"divergence of {metric.n}-grams"] = torch.tensor(metric.compare(*sides), dtype=torch.float64)
    return found


def theirs(clone: Path) -> Values:
    """Run the authors'."""
    (G, D), (z, x) = networks(), inputs()
    made = functions_of_python_2(
        clone / "gan_language.py",
        DEFINED,
        tf=_operations(),
        lib=_layers({"Generator": G, "Discriminator": D}),
        make_noise=lambda shape: z,
        charmap=range(VOCABULARY),
        DIM=WIDTH,
        SEQ_LEN=LENGTH,
    )
    found = compared(G, D, made.Generator(BATCH), made.Discriminator(x).reshape(BATCH), z, x)
    helpers = functions_of_python_2(clone / "language_helpers.py", xrange=range)
    sides = [[tuple(line) for line in lines(name).tolist()] for name in LINES]
    for n in range(1, len(METRICS) + 1):
        generated, real = (helpers.NgramLanguageModel(n, side) for side in sides)
        found[f"divergence of {n}-grams"] = torch.tensor(generated.js_with(real), dtype=torch.float64)
    return found


def _operations() -> Any:
    """Give the operations that the networks call, by torch."""
    return SimpleNamespace(
        nn=SimpleNamespace(relu=torch.relu, softmax=functools.partial(torch.softmax, dim=-1)),
        reshape=lambda x, shape: x.reshape(tuple(shape)),
        shape=lambda x: x.shape,
        transpose=lambda x, axes: x.permute(axes),
    )


def _layers(players: Mapping[str, nn.Module]) -> Any:
    """Give the layers that the networks call, by torch, with our weights: ``Generator.1.2`` is block 1's second."""

    def of(name: str) -> nn.Module:
        player, *place = name.split(".")
        modules = dict(players[player].named_modules())
        if place == ["Input"]:
            return modules["start.0" if player == "Generator" else "start"]
        return modules["head" if place == ["Output"] else f"body.{int(place[0]) - 1}.conv{place[1]}"]

    def layer(function: Callable[..., Tensor], **more: Any) -> Callable[..., Tensor]:
        def call(name: str, inputs: int, outputs: int, *rest: Any) -> Tensor:
            *size, x = rest
            it: Any = of(name)
            assert it.weight.shape == (outputs, inputs, *size)
            return function(x, it.weight, it.bias, **more)

        return call

    ops = {
        "linear": SimpleNamespace(Linear=layer(linear)),
        "conv1d": SimpleNamespace(Conv1D=layer(conv1d, padding="same")),
    }
    return SimpleNamespace(ops=SimpleNamespace(**ops))


SUBJECT = Subject(
    title="WGAN-GP's language model: both networks, and the divergences of n-grams",
    repository="igul222/improved_wgan_training",
    licence="MIT",
    files=("gan_language.py", "language_helpers.py"),
    ran="the networks' functions alone, in float64, with torch's operations under the names of TensorFlow's, and "
    "xrange as a function",
    compared="distributions over characters and verdicts, with all gradients; divergences of n-grams of 40 generated "
    "and 60 real lines, n from 1 to 4",
    ours=ours,
    theirs=theirs,
)
