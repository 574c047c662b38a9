"""R3GAN: both networks, with and without labels, and a turn of each player with its losses and penalties."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from ganzoo_plugins.gradient_penalties.r1 import R1
from ganzoo_plugins.gradient_penalties.r2 import R2
from ganzoo_plugins.losses.relativistic_pairing import RelativisticPairing
from ganzoo_plugins.r3gan.discriminator import R3GANDiscriminator
from ganzoo_plugins.r3gan.generator import R3GANGenerator
from torch import Tensor, nn
from torch.nn.functional import one_hot

from ..clone import imported_from
from ..formula import filled, images, labels, spread
from ..networks import count, network_values, parameter_gradients, same_weights
from ..starts import deviations_drawn, start
from ..subject import Subject, Values
from ._nvidia import STUBS

SIZE, WIDTHS, BLOCKS, GROUPS, Z_DIM, CLASSES, BATCH, GAMMA = 16, (32, 16, 8), 2, 4, 6, 3, 5, 0.5
PUBLISHED = {"image_size": 32, "channels": 3, "width": 768, "blocks": 2, "expansion": 2, "cardinality": 96}
Names = dict[str, str]
CASES = {"without labels": 0, "with labels": CLASSES}


def of_blocks(theirs: str, ours: str) -> Iterator[tuple[str, str]]:
    """Give ``(theirs, ours)`` of a residual block."""
    for their_layer, our_layer in (("LinearLayer1", "widen"), ("LinearLayer2", "grouped"), ("LinearLayer3", "narrow")):
        yield f"{theirs}.{their_layer}.Layer.weight", f"{ours}.{our_layer}.weight"
    for their_layer, our_layer in (("NonLinearity1", "widen"), ("NonLinearity2", "grouped")):
        yield f"{theirs}.{their_layer}.Bias", f"{ours}.{our_layer}.bias"


def generator_names(conditional: bool) -> dict[str, str]:
    """Give our names of a generator's parameters by theirs."""
    start = "MainLayers.0.Layers.0"
    names = {f"{start}.Basis": "net.0.pictures", f"{start}.LinearLayer.weight": "net.0.dense.weight"}
    at = 1
    for stage in range(len(WIDTHS)):
        if stage:  # a 1x1 convolution, and then the filter, which learns nothing
            names[f"MainLayers.{stage}.Layers.0.LinearLayer.Layer.weight"] = f"net.{at}.weight"
            at += 2
        for block in range(BLOCKS):
            names |= dict(of_blocks(f"MainLayers.{stage}.Layers.{block + 1}", f"net.{at}"))
            at += 1
    names["AggregationLayer.Layer.weight"] = f"net.{at}.weight"
    return names | ({"EmbeddingLayer.weight": "label.embed.weight"} if conditional else {})


def discriminator_names(conditional: bool) -> dict[str, str]:
    """Give our names of a discriminator's parameters by theirs."""
    names, at = {"ExtractionLayer.Layer.weight": "from_image.weight"}, 0
    for stage in range(len(WIDTHS)):
        for block in range(BLOCKS):
            names |= dict(of_blocks(f"MainLayers.{stage}.Layers.{block}", f"body.{at}"))
            at += 1
        if stage < len(WIDTHS) - 1:
            names[f"MainLayers.{stage}.Layers.{BLOCKS}.LinearLayer.Layer.weight"] = f"body.{at + 1}.weight"
            at += 2
    last = f"MainLayers.{len(WIDTHS) - 1}.Layers.{BLOCKS}"
    names |= {f"{last}.Basis.weight": "base.weight", f"{last}.LinearLayer.weight": "head.weight"}
    return names | ({"EmbeddingLayer.weight": "label.embed.weight"} if conditional else {})


def to_theirs(name: str, value: Tensor) -> Tensor:
    """Give a parameter of ours in their layout: a label's vector is a column of a dense layer."""
    return value.squeeze(0) if name == "net.0.pictures" else value.T if name == "label.embed.weight" else value


def to_ours(name: str, value: Tensor) -> Tensor:
    """Give a gradient of theirs in our layout."""
    return value.unsqueeze(0) if name == "net.0.pictures" else value.T if name == "label.embed.weight" else value


class Player(nn.Module):
    """A network of theirs, called as ours are: labels are numbers, and images pass tanh."""

    def __init__(self, network: nn.Module, tanh: bool) -> None:
        super().__init__()
        self.network, self.tanh = network, tanh

    def forward(self, x: Tensor, y: Tensor | None) -> Tensor:
        """Make the label's one-hot vector, and call the network."""
        out: Tensor = self.network(x, None if y is None else one_hot(y, CLASSES).double())
        return out.tanh() if self.tanh else out


def our_networks(classes: int) -> tuple[R3GANGenerator, R3GANDiscriminator]:
    """Give both networks, of three sizes and widths."""
    common: dict[str, Any] = {"image_size": SIZE, "channels": 3, "num_classes": classes, "width": WIDTHS[-1]}
    common |= {"blocks": BLOCKS, "cardinality": GROUPS}
    return R3GANGenerator(**common, z_dim=Z_DIM), R3GANDiscriminator(**common)


def ours() -> Values:
    """Run ours."""
    found: dict[str, Any] = {}
    for case, classes in CASES.items():
        G, D = map(filled, our_networks(classes))
        y = labels(BATCH, classes) if classes else None
        z, x = spread("z", (BATCH, Z_DIM)).requires_grad_(), images("x", BATCH, 3, SIZE).requires_grad_()
        found |= network_values(f"G {case}", G, G(z, y), {"z": z})
        found |= network_values(f"D {case}", D, D(x, y)["logits"], {"x": x})
        fake = G(z, y)
        shown = fake.detach().requires_grad_()
        turn: Any = SimpleNamespace(real=x, fake=shown, on_real=D(x, y), on_fake=D(shown, y))
        loss, r1, r2 = RelativisticPairing(), R1(weight=GAMMA), R2(weight=GAMMA)
        terms = {"loss of D": loss.d_loss(turn), "R1": r1.d_penalty(turn), "R2": r2.d_penalty(turn)}
        total = terms["loss of D"] + r1.weight * terms["R1"] + r2.weight * terms["R2"]
        mover: Any = SimpleNamespace(on_real=D(x.detach(), y), on_fake=D(fake, y))
        terms["loss of G"] = loss.g_loss(mover)
        found |= {f"{name}, {case}": value for name, value in terms.items()}
        for name, player, value in (("D", D, total), ("G", G, terms["loss of G"])):
            gradients = dict(zip(*_gradients(player, value), strict=True))
            found |= parameter_gradients(f"turn of {name} {case}", gradients)
    with torch.device("meta"):
        players = R3GANGenerator(**PUBLISHED, num_classes=0), R3GANDiscriminator(**PUBLISHED, num_classes=0)
    with deviations_drawn():
        G, D = our_networks(CLASSES)
    found |= start("G with labels", G) | start("D with labels", D)
    return found | {f"parameters of {name} for CIFAR-10": count(it) for name, it in zip("GD", players, strict=True)}


def _gradients(player: nn.Module, total: Tensor) -> tuple[list[str], tuple[Tensor, ...]]:
    names, parameters = zip(*player.named_parameters(), strict=True)
    return list(names), torch.autograd.grad(total, parameters, retain_graph=True)


def their_networks(networks: Any, classes: int) -> tuple[nn.Module, nn.Module]:
    """Give their networks."""
    sizes = {"CardinalityPerStage": [GROUPS] * 3, "BlocksPerStage": [BLOCKS] * 3, "ExpansionFactor": 2}
    label = {"ConditionDimension": classes} if classes else {}
    of_G = {"ConditionEmbeddingDimension": Z_DIM if classes else 0, **label}
    of_D = {"ConditionEmbeddingDimension": WIDTHS[0] if classes else 0, **label}
    G = networks.Generator(Z_DIM, list(WIDTHS), **sizes, **of_G)
    return G, networks.Discriminator(list(reversed(WIDTHS)), **sizes, **of_D)


def with_our_weights(networks: Any, classes: int) -> tuple[nn.Module, nn.Module]:
    """Give their networks in double precision, with our weights."""
    G, D = their_networks(networks, classes)
    filled_ours = map(filled, our_networks(classes))
    for theirs, mine, naming in zip((G, D), filled_ours, (generator_names, discriminator_names), strict=True):
        same_weights(theirs, mine, naming(bool(classes)), to_theirs, double_buffers=False)
        for stage in theirs.MainLayers:
            stage.DataType = torch.float64
    return G, D


def of_turns(case: str, trainer: Any, G: nn.Module, D: nn.Module, y: Tensor | None) -> Values:
    """Play a turn of each of their players, and give its terms and gradients."""
    z, real = spread("z", (BATCH, Z_DIM)), images("x", BATCH, 3, SIZE)
    play = trainer(Player(G, tanh=True), Player(D, tanh=False))
    loss, _, r1, r2 = play.AccumulateDiscriminatorGradients(z, real, y, GAMMA)
    named = discriminator_names(y is not None)
    found = {f"loss of D, {case}": loss.mean(), f"R1, {case}": r1.mean() / 2, f"R2, {case}": r2.mean() / 2}
    found |= of_turn(f"turn of D {case}", D, named)
    loss, _ = play.AccumulateGeneratorGradients(z, real, y)
    found[f"loss of G, {case}"] = loss.mean()
    return found | of_turn(f"turn of G {case}", G, generator_names(y is not None))


def of_turn(case: str, player: nn.Module, names: Names) -> dict[str, Tensor]:
    """Give the gradients that a turn of theirs left, by our names, before another adds to them."""
    named = {names[name]: parameter.grad for name, parameter in player.named_parameters()}
    return parameter_gradients(case, {name: to_ours(name, g.clone()) for name, g in named.items() if g is not None})


def theirs(clone: Path) -> Values:
    """Run the authors'."""
    with imported_from(clone, STUBS):
        networks = importlib.import_module("R3GAN.Networks")
        trainer = importlib.import_module("R3GAN.Trainer").AdversarialTraining
        found: dict[str, Any] = {}
        for case, classes in CASES.items():
            G, D = with_our_weights(networks, classes)
            y = labels(BATCH, classes) if classes else None
            z, x = spread("z", (BATCH, Z_DIM)).requires_grad_(), images("x", BATCH, 3, SIZE).requires_grad_()
            made, verdict = Player(G, tanh=True)(z, y), Player(D, tanh=False)(x, y)
            of_G, of_D = generator_names(bool(classes)), discriminator_names(bool(classes))
            found |= network_values(f"G {case}", G, made, {"z": z}, of_G, to_ours)
            found |= network_values(f"D {case}", D, verdict, {"x": x}, of_D, to_ours)
            found |= of_turns(case, trainer, G, D, y)
        with torch.device("meta"):
            sizes = [768] * 4, [96] * 4, [2] * 4, 2
            players = networks.Generator(64, *sizes), networks.Discriminator(*sizes)
        with deviations_drawn():
            G, D = their_networks(networks, CLASSES)
    found |= start("G with labels", G, generator_names(True)) | start("D with labels", D, discriminator_names(True))
    return found | {f"parameters of {name} for CIFAR-10": count(it) for name, it in zip("GD", players, strict=True)}


SUBJECT = Subject(
    title="R3GAN: both networks, relativistic pairing, R1 and R2",
    repository="brownvc/R3GAN",
    licence="none given",
    files=(
        *(f"R3GAN/{name}.py" for name in ("Networks", "Resamplers", "FusedOperators", "Trainer")),
        *(f"torch_utils/ops/{name}.py" for name in ("bias_act", "upfirdn2d")),
    ),
    ran="as it is, in float64 on a CPU, where its custom operators fall back on their references in PyTorch",
    compared="both networks at 16x16, of widths 32, 16, 8 with two blocks at each size, with and without labels; "
    "a turn of each player, which is the relativistic loss, R1 and R2, with the gradients of all parameters; "
    "standard deviations of all weights at the start; numbers of parameters of the networks for CIFAR-10",
    departs="our generator's images pass tanh, which was put behind theirs",
    ours=ours,
    theirs=theirs,
)
