"""StyleGAN2: both networks in three architectures, with and without labels, and the four steps of its training."""

import importlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import torch
from ganzoo_plugins.generator_regularizers.path_length import PathLength
from ganzoo_plugins.gradient_penalties.r1 import R1
from ganzoo_plugins.losses.cross_entropy import NonSaturating
from ganzoo_plugins.stylegan2.discriminator import StyleGAN2Discriminator
from ganzoo_plugins.stylegan2.generator import StyleGAN2Generator
from torch import Tensor, nn
from torch.nn.functional import one_hot

from ..draws import formula_draws
from ..formula import filled, images, labels, spread
from ..networks import count, differentiated, network_values, parameter_gradients, same_weights
from ..starts import deviations_drawn, start
from ..subject import Subject, Values
from ._nvidia import OPERATORS, in_double
from ._stylegan2_names import discriminator_names, generator_names, to_ours, to_theirs

SIZE, WIDTH, Z_DIM, W_DIM, DEPTH, CLASSES, BATCH, GAMMA = 16, 8, 10, 12, 2, 3, 8, 0.7
CASES = {"orig": 0, "skip": CLASSES, "resnet": CLASSES}  # architecture and number of labels
MEAN = 0.6  # of the path lengths, where the penalty is taken
SIZES = [4, 8, 16]
PUBLISHED = {"image_size": 32, "channels": 3, "num_classes": 10, "width": 512, "depth": 2}


def weight(name: str, like: Tensor) -> Tensor:
    """Give a weight of the spread that the authors' networks start from, and biases and strengths of noise about 0.

    Weights that are demodulated are 1e4 times as large, which the demodulation takes back: so the 1e-8 beneath its root
    does not count, which ours adds to lengths of scaled weights, as their TensorFlow code, and theirs to unscaled ones.
    """
    slow = 100.0 if ".layers." in name else 1.0  # layers with a hundredth of the learning rate
    if like.ndim > 1:
        demodulated = name.endswith("conv.weight") and name != "conv.weight" and not name.startswith("images")
        return spread(name, like.shape, std=1e4 if demodulated else slow)
    return spread(name, like.shape, std=0.2 * slow) + float(name.endswith("affine.bias"))


def our_networks(architecture: str, classes: int) -> tuple[StyleGAN2Generator, StyleGAN2Discriminator]:
    """Give both networks, of three sizes and widths."""
    common: dict[str, Any] = {"image_size": SIZE, "channels": 3, "num_classes": classes, "width": WIDTH}
    common |= {"depth": DEPTH, "architecture": architecture}
    G = StyleGAN2Generator(**common, z_dim=Z_DIM, w_dim=W_DIM, mixing=0.0)
    return G, StyleGAN2Discriminator(**common)


def our_filled(architecture: str, classes: int) -> tuple[StyleGAN2Generator, StyleGAN2Discriminator]:
    """Give both networks with weights by formula."""
    G, D = our_networks(architecture, classes)
    return filled(G, weight), filled(D, weight)


def given(classes: int) -> tuple[Tensor, Tensor, Tensor | None]:
    """Give latents, images and labels."""
    y = labels(BATCH, classes) if classes else None
    return spread("z", (BATCH, Z_DIM)).requires_grad_(), images("x", BATCH, 3, SIZE).requires_grad_(), y


def styled(synthesis: Callable[[Tensor], Tensor], case: str) -> dict[str, Tensor]:
    """Give images of styles that differ from layer to layer, as after mixing, and the gradients in the styles."""
    w = spread("w", (BATCH, 2 * len(SIZES), W_DIM)).requires_grad_()
    with formula_draws():
        made = synthesis(w)
    return differentiated(f"images of styles, {case}", made, {"w": w})


def ours() -> Values:
    """Run ours, in training mode, where each image has noise of its own."""
    found: dict[str, Any] = {}
    for architecture, classes in CASES.items():
        G, D = our_filled(architecture, classes)
        z, x, y = given(classes)
        case = f"{architecture} {'with' if classes else 'without'} labels"
        with formula_draws():
            made = G(z, y)
        found |= network_values(f"G {case}", G, made, {"z": z}) | styled(G.synthesise, case)
        found |= network_values(f"D {case}", D, D(x, y)["logits"], {"x": x})
    G, D = our_filled("skip", CLASSES)[0], our_filled("resnet", CLASSES)[1]
    found |= our_steps(G, D, *given(CLASSES))
    with torch.device("meta"):
        players = published(StyleGAN2Generator, "skip"), published(StyleGAN2Discriminator, "orig")
    with deviations_drawn():
        G, D = our_networks("resnet", CLASSES)
    found |= start("G resnet with labels", G) | start("D resnet with labels", D)
    return found | {f"parameters of {name} for CIFAR-10": count(it) for name, it in zip("GD", players, strict=True)}


def published(network: Callable[..., nn.Module], architecture: str) -> nn.Module:
    """Give a network as the authors set it for CIFAR-10, with labels; the discriminator's maps them by 8 layers."""
    more = {"z_dim": 512, "w_dim": 512} if network is StyleGAN2Generator else {"depth": 8}
    return network(**{**PUBLISHED, **more}, architecture=architecture)


def our_steps(G: StyleGAN2Generator, D: StyleGAN2Discriminator, z: Tensor, x: Tensor, y: Tensor | None) -> Values:
    """Take each loss and penalty, with the gradients of the player whose it is."""
    loss, r1, path = NonSaturating(), R1(weight=GAMMA), PathLength(weight=2.0, decay=1e-300, shrink=2)
    path.double().mean.fill_(MEAN)
    with formula_draws():
        fake = G(z.detach(), y)
    turn: Any = SimpleNamespace(real=x, fake=fake, on_real=D(x, y), on_fake=D(fake, y))
    turn.G, turn.z, turn.y_fake, turn.rng = G, z, y, None
    # the penalty takes the latents of its own images first
    with patch.object(G, "sample_z", lambda n, **_: z[:n].detach()):
        with formula_draws():
            penalty = path.g_penalty(turn)
        moved = PathLength(decay=0.01, shrink=2).double()
        with formula_draws():
            moved.g_penalty(turn)
    found = {"running mean of path lengths": moved.mean}
    steps = {"loss of G": (G, loss.g_loss(turn), 1.0), "path length": (G, penalty, path.weight)}
    steps |= {"loss of D": (D, loss.d_loss(turn), 1.0), "R1": (D, r1.d_penalty(turn), r1.weight)}
    for name, (player, value, factor) in steps.items():
        parameters = dict(player.named_parameters())
        total = factor * value
        taken = torch.autograd.grad(total, list(parameters.values()), retain_graph=True, materialize_grads=True)
        found[f"{name}, weighted"] = total
        found |= parameter_gradients(name, dict(zip(parameters, taken, strict=True)))
    return found


class Synthesis(nn.Module):
    """Their synthesis network, and the tanh that ours ends in."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, ws: Tensor) -> Tensor:
        """Make images of styles, with noise drawn for each."""
        out: Tensor = self.network(ws)
        return out.tanh()


def their_networks(networks: Any, architecture: str, classes: int) -> tuple[Any, Any]:
    """Give their networks."""
    sizes = {"channel_base": WIDTH * SIZE, "channel_max": 512, "architecture": architecture}
    common = {"c_dim": classes, "img_resolution": SIZE, "img_channels": 3, "mapping_kwargs": {"num_layers": DEPTH}}
    G = networks.Generator(z_dim=Z_DIM, w_dim=W_DIM, **common, synthesis_kwargs=sizes)
    return G, networks.Discriminator(**common, **sizes)


def with_our_weights(networks: Any, architecture: str, classes: int) -> tuple[Any, Any]:
    """Give their networks with our weights."""
    G, D = their_networks(networks, architecture, classes)
    mine = our_filled(architecture, classes)
    terms = architecture, SIZES, DEPTH, bool(classes)
    same_weights(G, mine[0], generator_names(*terms), to_theirs)
    same_weights(D, mine[1], discriminator_names(*terms), to_theirs)
    return G, D


def theirs(clone: Path) -> Values:
    """Run the authors'."""
    found: dict[str, Any] = {}
    with in_double(clone):
        networks = importlib.import_module("training.networks")
        for architecture, classes in CASES.items():
            G, D = with_our_weights(networks, architecture, classes)
            z, x, y = given(classes)
            c = torch.zeros(BATCH, 0) if y is None else one_hot(y, classes).double()
            case = f"{architecture} {'with' if classes else 'without'} labels"
            with formula_draws():
                made = Synthesis(G.synthesis)(G.mapping(z, c))
            terms = architecture, SIZES, DEPTH, bool(classes)
            found |= network_values(f"G {case}", G, made, {"z": z}, generator_names(*terms), to_ours)
            found |= styled(Synthesis(G.synthesis), case)
            found |= network_values(f"D {case}", D, D(x, c)[:, 0], {"x": x}, discriminator_names(*terms), to_ours)
        G, D = with_our_weights(networks, "skip", CLASSES)[0], with_our_weights(networks, "resnet", CLASSES)[1]
        found |= their_steps(G, D, *given(CLASSES))
        common = {"c_dim": 10, "img_resolution": 32, "img_channels": 3}
        with deviations_drawn():
            G, D = their_networks(networks, "resnet", CLASSES)
        terms = "resnet", SIZES, DEPTH, True
        found |= start("G resnet with labels", G, generator_names(*terms))
        found |= start("D resnet with labels", D, discriminator_names(*terms))
        players = (
            networks.Generator(**common, z_dim=512, w_dim=512, mapping_kwargs={"num_layers": 2}),
            networks.Discriminator(**common, architecture="orig"),
        )
    return found | {f"parameters of {name} for CIFAR-10": count(it) for name, it in zip("GD", players, strict=True)}


def their_steps(G: Any, D: Any, z: Tensor, x: Tensor, y: Tensor) -> Values:
    """Take each phase of their training."""
    training = importlib.import_module("training.loss")
    c, told = one_hot(y, CLASSES).double(), {}
    names = {
        "G": generator_names("skip", SIZES, DEPTH, True),
        "D": discriminator_names("resnet", SIZES, DEPTH, True),
    }

    def play(phase: str, decay: float = 0.0, mean: float = MEAN) -> Tensor:
        loss = training.StyleGAN2Loss(
            "cpu", G.mapping, Synthesis(G.synthesis), D, style_mixing_prob=0, r1_gamma=GAMMA, pl_decay=decay
        )
        loss.pl_mean = torch.tensor(mean, dtype=torch.float64)
        G.zero_grad(), D.zero_grad()
        with formula_draws():
            loss.accumulate_gradients(phase, x.detach(), c, z.detach(), c, sync=True, gain=1)
        return loss.pl_mean

    found: dict[str, Any] = {}
    with patch.object(training.training_stats, "report", lambda name, value: told.update({name: value.mean()})):
        found["running mean of path lengths"] = play("Greg", decay=0.01, mean=0.0)
        for name, phase, stat, player in (
            ("loss of G", "Gmain", "Loss/G/loss", G),
            ("path length", "Greg", "Loss/G/reg", G),
            ("loss of D", "Dmain", "Loss/D/loss", D),
            ("R1", "Dreg", "Loss/D/reg", D),
        ):
            play(phase)
            found[f"{name}, weighted"] = told[stat]
            ours = names[phase[0]]
            left = {ours[key]: p.grad for key, p in player.named_parameters()}
            found |= parameter_gradients(name, {key: to_ours(key, g.clone()) for key, g in left.items()})
    return found


SUBJECT = Subject(
    title="StyleGAN2: both networks in three architectures, their losses, R1 and path length",
    repository="NVlabs/stylegan2-ada-pytorch",
    licence="NVIDIA Source Code License (non-commercial)",
    files=("training/networks.py", "training/loss.py", *OPERATORS),
    ran="as it is, on a CPU, where custom operators fall back on their references in PyTorch; in float64, by naming "
    "it torch.float32 while it ran",
    compared="both networks at 16x16, of widths 8, 16 and 32, as orig without labels, as skip and as resnet with "
    "labels; synthesis of styles that differ from layer to layer; their phases Gmain, Greg, Dmain and Dreg with the "
    "gradients of all parameters (G skip, D resnet, with labels); standard deviations of all weights at the start; "
    "numbers of parameters for CIFAR-10 with labels",
    departs="ours adds the 1e-8 of demodulation to lengths of scaled weights, as their TensorFlow code, and theirs to "
    "unscaled ones, so that weights were taken for which it does not count; our images pass tanh, which was put behind "
    "theirs; the running mean of path lengths is a constant to our gradient, so that gradients were compared with a "
    "mean that stays; style mixing, whose draws differ, and clamps and fp16, which ours has not, were left out",
    ours=ours,
    theirs=theirs,
)
