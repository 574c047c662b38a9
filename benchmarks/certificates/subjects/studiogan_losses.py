"""Adversarial losses and gradient penalties as StudioGAN has them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from ganzoo_plugins.biggan.discriminator import BigGANDiscriminator
from ganzoo_plugins.gradient_penalties.max_gradient import MaxGradient
from ganzoo_plugins.gradient_penalties.one_centred import GradientPenalty
from ganzoo_plugins.gradient_penalties.r1 import R1
from ganzoo_plugins.losses.cross_entropy import NonSaturating
from ganzoo_plugins.losses.hinge import Hinge
from ganzoo_plugins.losses.least_squares import LeastSquares
from ganzoo_plugins.losses.multi_hinge import crammer_singer
from ganzoo_plugins.losses.wasserstein import Wasserstein
from torch import Tensor

from ..draws import formula_draws
from ..formula import filled, images, labels, spread
from ..subject import Subject, Values
from ._studiogan import REPOSITORY, graded, studiogan
from ._turns import turn, verdicts

LOSSES = {
    "vanilla": NonSaturating,
    "logistic": NonSaturating,
    "ls": LeastSquares,
    "hinge": Hinge,
    "wasserstein": Wasserstein,
}
PENALTIES = {"gradient penalty": GradientPenalty, "max gradient": MaxGradient, "R1": R1}
BATCH, CLASSES = 9, 4


def logits() -> tuple[Tensor, Tensor]:
    """Give verdicts on real and on fake images, on both sides of every margin."""
    return tuple(spread(name, (BATCH,), std=2.0).requires_grad_() for name in ("real", "fake"))


def network() -> tuple[BigGANDiscriminator, Tensor, Tensor, Tensor]:
    """Give a discriminator, real images, fakes and labels."""
    shape = {"image_size": 8, "channels": 3, "num_classes": CLASSES, "width": 2}
    pictures = [images(name, BATCH, 3, 8).requires_grad_() for name in ("real", "fake")]
    return filled(BigGANDiscriminator(**shape)), *pictures, labels(BATCH, CLASSES)


def scores() -> tuple[Tensor, Tensor]:
    """Give the scores of four classes and of fakes, and which is to win."""
    return spread("scores", (BATCH, CLASSES + 1)).requires_grad_(), labels(BATCH, CLASSES + 1)


def ours() -> Values:
    """Run ours."""
    found: dict[str, Tensor | int] = {}
    for name, kind in LOSSES.items():
        real, fake = logits()
        given = verdicts("D", {"logits": real}, {"logits": fake})
        found |= graded(f"D's loss, {name}", kind().d_loss(given), {"real": real, "fake": fake})
        found |= graded(f"G's loss, {name}", kind().g_loss(given), {"fake": fake})
    x, y = scores()
    found |= graded("multi-hinge", crammer_singer(x, y), {"scores": x})
    D, real, fake, y = network()
    for name, kind in PENALTIES.items():
        with formula_draws():
            value = kind().d_penalty(turn("D", D, real, fake, (y, y), second_order=True))
        found |= graded(name, value, _parameters(D))
    return found


def _parameters(D: torch.nn.Module) -> dict[str, Tensor]:
    """Give the parameters of the convolutions and of the label's vectors."""
    return {name: it for name, it in D.named_parameters() if it.ndim > 1}


def theirs(clone: Path) -> Values:
    """Run the authors'."""
    found: dict[str, Tensor | int] = {}
    with studiogan(clone) as (losses, _):
        for name in LOSSES:
            real, fake = logits()
            of_D, of_G = getattr(losses, f"d_{name}"), getattr(losses, f"g_{name}")
            found |= graded(f"D's loss, {name}", of_D(real, fake, False), {"real": real, "fake": fake})
            found |= graded(f"G's loss, {name}", of_G(fake, False), {"fake": fake})
        x, y = scores()
        found |= graded("multi-hinge", losses.crammer_singer_loss(x, y, False), {"scores": x})
        D, real, fake, y = network()
        judge = lambda x, y, eval: {"adv_output": D(x, y)["logits"]}  # noqa: E731
        penalties: dict[str, Callable[[], Tensor]] = {
            "gradient penalty": lambda: losses.cal_grad_penalty(real, y, fake, judge, "cpu"),
            "max gradient": lambda: losses.cal_maxgrad_penalty(real, y, fake, judge, "cpu"),
            "R1": lambda: losses.cal_r1_reg(D(real, y)["logits"], real, "cpu"),
        }
        for name, penalty in penalties.items():
            with formula_draws(), _from_the_other_end():
                found |= graded(name, penalty(), _parameters(D))
    return found


def _from_the_other_end() -> Any:
    """Let ``torch.rand``, as it is now, count from 1 down, in float64."""
    rand = torch.rand
    return patch.object(torch, "rand", lambda *shape: 1 - rand(*shape, dtype=torch.float64))


SUBJECT = Subject(
    title="Losses and gradient penalties: vanilla, least squares, hinge, Wasserstein, multi-hinge; gradient penalty, "
    "largest gradient, R1",
    repository=REPOSITORY,
    licence="MIT",
    files=("src/utils/losses.py",),
    ran="as it is, on a CPU in float64, without its compiled operations for StyleGAN",
    compared="values of both players' losses and their gradients; penalties of a discriminator with labels, and their "
    "gradients of its weights",
    departs="a real image's share in what lies between real and fake is 1 - u in ours, as in the code of "
    "arXiv:1704.00028, and u in theirs",
    ours=ours,
    theirs=theirs,
)
