"""CTGAN: both networks, the gradient penalty over packs, and the loss of what is asked for."""

import importlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from ganzoo_plugins.tables.condition_loss import ConditionLoss
from ganzoo_plugins.tables.discriminator import PackedTableDiscriminator
from ganzoo_plugins.tables.generator import TableGenerator
from ganzoo_plugins.tables.pack_penalty import PackPenalty
from torch import Tensor
from torch.nn.functional import one_hot

from ..clone import imported_from
from ..draws import formula_draws
from ..formula import filled, labels, spread
from ..networks import network_values, parameter_gradients, same_weights, without_undone
from ..subject import Subject, Values

SPANS = (("value", 1), ("mode", 2), ("choice", 3), ("value", 1), ("mode", 4), ("choice", 2))
SIZE, CLASSES, PAC, BATCH, Z_DIM, WIDTH = 13, 5, 5, 20, 6, 16
G_NAMES = {
    f"seq.{i}.{theirs}.{kind}": f"layers.{i}.{ours}.{kind}"
    for i in (0, 1)
    for theirs, ours in (("fc", 0), ("bn", 1))
    for kind in ("weight", "bias")
} | {f"seq.2.{kind}": f"head.{kind}" for kind in ("weight", "bias")}
D_NAMES = {f"seq.{i}.{kind}": f"net.{i}.{kind}" for i in (0, 3, 6) for kind in ("weight", "bias")}
UNDONE = r"d parameter layers\.\d\.0\.bias, "
STUBS = {
    "pandas": {},
    "rdt": {},
    "rdt.transformers": {"ClusterBasedNormalizer": None, "OneHotEncoder": None},
    "joblib": {"Parallel": None, "delayed": None},
    "tqdm": {"tqdm": None},
}


def cases() -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Give latents, real rows and fakes, and the conditions of both."""
    y = labels(BATCH, CLASSES)
    real, fake = (spread(name, (BATCH, SIZE)) for name in ("real", "fake"))
    return spread("z", (BATCH, Z_DIM)).requires_grad_(), real, fake, y, y.flip(0)


def our_networks() -> tuple[TableGenerator, PackedTableDiscriminator]:
    """Give both networks."""
    given: dict[str, Any] = {"spans": SPANS, "num_classes": CLASSES, "width": WIDTH}
    return filled(TableGenerator(**given, z_dim=Z_DIM)), filled(PackedTableDiscriminator(**given, packing=PAC)).eval()


def ours() -> Values:
    """Run ours."""
    z, real, fake, y, y_fake = cases()
    G, D = our_networks()
    shown = real.clone().requires_grad_()
    found = network_values("scores of G", G, G.scores(z, y_fake), {"z": z})
    found |= network_values("D", D, D(shown, y)["logits"][::PAC], {"rows": shown})
    turn: Any = SimpleNamespace(
        G=G, D=D, z=z, real=real, fake=fake, y=y, y_fake=y_fake, rng=None, judge=lambda x, conditions: D(x, conditions)
    )
    with formula_draws():
        penalty = 10 * PackPenalty().d_penalty(turn)
    asked = ConditionLoss().g_penalty(turn)
    assert asked is not None
    found |= {"penalty": penalty, "condition loss": asked}
    found |= parameter_gradients("penalty", _gradients(penalty, dict(D.named_parameters())))
    found |= parameter_gradients("condition loss", _gradients(asked, dict(G.named_parameters())))
    return without_undone(found, UNDONE)


def theirs(clone: Path) -> Values:
    """Run the authors'."""
    z, real, fake, y, y_fake = cases()
    mine = our_networks()
    with imported_from(clone, STUBS):
        code = importlib.import_module("ctgan.synthesizers.ctgan")
        G = code.Generator(Z_DIM + CLASSES, (WIDTH, WIDTH), SIZE)
        D = code.Discriminator(SIZE + CLASSES, (WIDTH, WIDTH), pac=PAC).eval()
        for network, our, names in ((G, mine[0], G_NAMES), (D, mine[1], D_NAMES)):
            same_weights(network, our, names)
        asked, real_asked = one_hot(y_fake, CLASSES), one_hot(y, CLASSES)
        scores = G(torch.cat([z, asked], dim=1))
        shown = real.clone().requires_grad_()
        verdict = D(torch.cat([shown, real_asked], dim=1)).squeeze(1)
        found = network_values("scores of G", G, scores, {"z": z}, G_NAMES)
        found |= network_values("D", D, verdict, {"rows": shown}, D_NAMES)
        # their line runs from the fake to the real pack
        ends = (torch.cat(pair, dim=1).double().requires_grad_() for pair in ((fake, asked), (real, real_asked)))
        with formula_draws():
            penalty = D.calc_gradient_penalty(*ends, pac=PAC)
        loss = code.CTGAN._cond_loss(_transformer(), scores, asked, one_hot((y_fake >= 3).long(), 2))
    found |= {"penalty": penalty, "condition loss": loss}
    of_D = {D_NAMES[name]: parameter for name, parameter in D.named_parameters()}
    of_G = {G_NAMES[name]: parameter for name, parameter in G.named_parameters()}
    found |= parameter_gradients("penalty", _gradients(penalty, of_D))
    found |= parameter_gradients("condition loss", _gradients(loss, of_G))
    return without_undone(found, UNDONE)


def _transformer() -> Any:
    """Give what their loss reads of itself: the columns, and the pieces of each."""

    def piece(sort: str, size: int) -> Any:
        return SimpleNamespace(dim=size, activation_fn="tanh" if sort == "value" else "softmax")

    pieces = [piece(*span) for span in SPANS]
    columns = [pieces[0:2], pieces[2:3], pieces[3:5], pieces[5:6]]
    return SimpleNamespace(_transformer=SimpleNamespace(output_info_list=columns))


def _gradients(value: Tensor, parameters: dict[str, Any]) -> dict[str, Tensor]:
    """Give the gradients of those parameters that the value depends on."""
    found = torch.autograd.grad(value, list(parameters.values()), retain_graph=True, allow_unused=True)
    return {name: gradient for name, gradient in zip(parameters, found, strict=True) if gradient is not None}


SUBJECT = Subject(
    title="CTGAN: both networks, the penalty over packs, the loss of what is asked for",
    repository="sdv-dev/CTGAN",
    licence="Business Source License 1.1",
    files=("ctgan/synthesizers/ctgan.py",),
    ran="as it is, in float64 on a CPU, the discriminator without dropout",
    compared="scores of the generator and verdicts on packs of five rows with conditions, with all gradients; the "
    "gradient penalty over packs and the cross-entropy of what is asked for, with their gradients",
    departs="our line runs from the real pack to the fake, theirs the other way; gradients of biases before batch "
    "normalisation, which undoes them, are left out",
    ours=ours,
    theirs=theirs,
)
