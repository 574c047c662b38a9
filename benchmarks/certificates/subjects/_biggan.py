"""The comparison of two networks with ajbrock/BigGAN-PyTorch, for the subjects of BigGAN and of BigGAN-deep."""

import contextlib
import importlib
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ganzoo.interfaces import Discriminator

from ..clone import imported_from
from ..formula import filled, images, labels, spread
from ..networks import count, network_values, same_weights, without_undone
from ..subject import Subject, Values
from ._spectral import DEPARTS, leading, normalised

PLAYERS = ("G", "D")
RENAMED = {
    r"^linear\.(?=.*G$)": "base.0.",
    r"^linear\.(?=.*D$)": "head.",
    r"^shared\.": "embed.",
    r"^embed\.(?=.*D$)": "projection.embed.",
    r"^input_conv\.": "body.0.",
    r"^output_layer\.0\.gain": "norm.weight",
    r"^output_layer\.0\.bias": "norm.bias",
    r"^output_layer\.2\.": "last.",
    r"\.conv_sc\.": ".shortcut.",
    r"\.bn(\d)\.bias\.": r".norm\1.shift.",
    r"\.bn(\d)\.gain\.": r".norm\1.gain.",
    r"\.theta\.": ".query.",
    r"\.phi\.": ".key.",
    r"\.g\.": ".value.",
    r"\.o\.": ".out.",
}


@dataclass(frozen=True)
class Case:
    """A size of both networks.

    Attributes:
        size: of the images.
        width: the paper's ch.
        z_dim: length of a latent.
        attention: the map that attends to itself, or 0.
        hierarchical: blocks read parts of the latent and of a shared embedding.
        published: compare the numbers of parameters alone.
    """

    size: int
    width: int
    z_dim: int
    attention: int
    embed_dim: int = 8
    classes: int = 5
    hierarchical: bool = True
    published: bool = False

    def named(self, player: str) -> str:
        """Name a player's quantities."""
        attention = f"attention at {self.attention}" if self.attention else "no attention"
        flat = "" if self.hierarchical else ", not hierarchical"
        return f"{player}, {self.size}x{self.size}, ch={self.width}, {attention}, {self.classes} classes{flat}"

    @property
    def common(self) -> dict[str, Any]:
        """Arguments of both of our networks."""
        return {
            "image_size": self.size,
            "channels": 3,
            "num_classes": self.classes,
            "width": self.width,
            "attention": self.attention,
        }


@dataclass(frozen=True)
class Pair:
    """Our two networks, and the module in which the authors have theirs.

    Attributes:
        shortcut: our name of the convolution of a shortcut.
        joined: what reads the whole latent and the label's vector, which ours has behind it and theirs before it.
    """

    G: type[nn.Module]
    D: type[nn.Module]
    module: str
    shortcut: str
    joined: str = "$^"


def subject_of(pair: Pair, cases: Sequence[Case], title: str, at_32: str, departs: tuple[str, ...] = ()) -> Subject:
    """Make the subject of a pair of networks.

    Args:
        pair: ours, and the module of theirs.
        cases: sizes of both networks.
        title: the names of ours.
        at_32: a clause on the cases of 32x32, with its comma; or nothing.
        departs: differences on purpose beside that of the power method.
    """
    return Subject(
        title=f"{title}: generator and discriminator",
        repository="ajbrock/BigGAN-PyTorch",
        licence="MIT",
        files=(f"{pair.module}.py", "layers.py"),
        ran="as it is, on a CPU in float64",
        compared=f"images and logits, and gradients of inputs and parameters, spectrally normalised, at 32x32{at_32} "
        "and at 64x64 with attention, in training mode; images in evaluation mode; "
        "numbers of parameters of the published sizes at 32x32, 128x128 and 256x256",
        departs="; ".join((*departs, DEPARTS)),
        ours=partial(ours, pair, cases),
        theirs=partial(theirs, pair, cases),
    )


def ours(pair: Pair, cases: Sequence[Case]) -> Values:
    """Run ours."""
    return _values(pair, cases, lambda case: _ours(pair, case), lambda *_: None)


def theirs(pair: Pair, cases: Sequence[Case], clone: Path) -> Values:
    """Run the authors'."""
    with imported_from(clone), contextlib.redirect_stdout(io.StringIO()):
        module = importlib.import_module(pair.module)

        def made(case: Case) -> tuple[nn.Module, nn.Module]:
            both = {"resolution": case.size, "n_classes": case.classes, "skip_init": True}
            attention = str(case.attention)
            shared = {"G_shared": case.hierarchical, "shared_dim": case.embed_dim, "hier": case.hierarchical}
            shared["no_optim"] = True
            G = module.Generator(G_ch=case.width, dim_z=case.z_dim, G_attn=attention, **shared, **both)
            return G, module.Discriminator(D_ch=case.width, D_attn=attention, **both)

        return _values(pair, cases, made, lambda case, theirs: _with_our_weights(pair, case, theirs))


def _ours(pair: Pair, case: Case) -> tuple[nn.Module, nn.Module]:
    cut = {} if case.hierarchical else {"hierarchical": False}
    G = pair.G(**case.common, z_dim=case.z_dim, embed_dim=case.embed_dim, **cut)
    D = pair.D(**case.common)
    if not case.published:
        filled(G), filled(D)
        normalised(G, D, generator=True)
    return G, D


Named = list[Mapping[str, str]] | None


def _values(
    pair: Pair,
    cases: Sequence[Case],
    made: Callable[[Case], tuple[nn.Module, nn.Module]],
    weighted: Callable[[Case, tuple[nn.Module, nn.Module]], Named],
) -> Values:
    found: dict[str, Tensor | int] = {}
    for case in cases:
        if case.published:
            with torch.device("meta"):
                found |= {
                    f"parameters of {case.named(p)}": count(it) for p, it in zip(PLAYERS, made(case), strict=True)
                }
            continue
        both = made(case)
        names = weighted(case, both)
        z, y = spread("z", (4, case.z_dim)).requires_grad_(), labels(4, case.classes)
        x = images("x", 4, 3, case.size).requires_grad_()
        G, D = both
        given = y if names is None or not case.hierarchical else G.shared(y)
        judged = D(x, y)
        logits = judged["logits"] if isinstance(judged, dict) else judged.squeeze(1)
        back = None if names is None else _swapped(pair.joined, case.embed_dim)
        of_G = network_values(case.named("G"), G, G(z, given), {"z": z}, names and names[0], back)
        found |= without_undone(of_G)
        found |= network_values(case.named("D"), D, logits, {"x": x}, names and names[1])
        found[f"{case.named('G')}, in evaluation mode"] = G.eval()(z, given)
    return found


def _swapped(joined: str, first: int) -> Callable[[str, Tensor], Tensor]:
    """Give what moves the ``first`` columns behind the others, in the weights that read both."""

    def swapped(name: str, weight: Tensor) -> Tensor:
        return torch.cat([weight[:, first:], weight[:, :first]], dim=1) if re.search(joined, name) else weight

    return swapped


def _with_our_weights(pair: Pair, case: Case, both: tuple[nn.Module, nn.Module]) -> Named:
    """Give theirs our weights, with converged singular vectors, and our name of each parameter by theirs."""
    found: list[Mapping[str, str]] = []
    for player, it, mine in zip(PLAYERS, both, _ours(pair, case), strict=True):
        blocks = dict(zip(_blocks(it), _our_blocks(mine), strict=True))
        known = dict(mine.named_parameters())
        names = {name: _renamed(name, player, blocks, known, pair.shortcut) for name, _ in it.named_parameters()}
        same_weights(it, mine, names, _swapped(pair.joined, case.z_dim))
        for module in it.modules():
            if "u0" in dict(module.named_buffers(recurse=False)):
                module.u0.copy_(leading(module.weight)[0][None])
        found.append(names)
    return found


def _blocks(network: nn.Module) -> list[str]:
    """Name the authors' blocks in their order."""
    return [f"blocks.{i}.{j}" for i, row in enumerate(network.blocks) for j in range(len(row))]


def _our_blocks(network: Any) -> list[str]:
    """Name ours in the same order."""
    if isinstance(network, Discriminator):
        stem = isinstance(network.body[0], nn.Conv2d)
        return [f"body.{i}" for i in range(stem, len(network.body))] + ["last"]
    found = [f"blocks.{i}" for i in range(len(network.blocks))]
    return found if network.attended is None else [*found[: network.attended], "attention", *found[network.attended :]]


def _renamed(name: str, player: str, blocks: Mapping[str, str], known: Mapping[str, Any], shortcut: str) -> str:
    head = ".".join(name.split(".")[:3])
    name = name.replace(head, blocks[head], 1) if head in blocks else name
    found = f"{name} {player}"
    for old, new in RENAMED.items():
        found = re.sub(old, new, found)
    found = found.removesuffix(f" {player}").replace(".shortcut.", f".{shortcut}.")
    return found if found in known else re.sub(r"weight$", "parametrizations.weight.original", found)
