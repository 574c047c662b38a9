"""LeCam's penalty and its running means over several turns, in the authors' code for BigGAN and for StyleGAN2."""

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import torch
from ganzoo_plugins.losses.hinge import Hinge
from ganzoo_plugins.output_penalties.lecam import LeCam
from torch import Tensor

from ..clone import executed, imported_from
from ..draws import double_by_default
from ..formula import uniform
from ..subject import Subject, Values

TURNS, BATCH = 5, 12
BIGGAN, STYLEGAN2 = "in code for BigGAN", "in code for StyleGAN2"
START = {"real": 1.5, "fake": -1.25}  # of the means, in the code for BigGAN, which has no corrected start


def verdicts(turn: int) -> tuple[Tensor, Tensor]:
    """Give verdicts on real and on fake images, ``(B,)`` each: real ones are above 1, and fakes below -1."""
    real, fake = (uniform(f"{name} {turn}", (BATCH,)) for name in ("real", "fake"))
    return (1 + 2 * real + 0.3 * turn).requires_grad_(), (-1 - 2 * fake - 0.2 * turn).requires_grad_()


def of_turn(case: str, penalty: Tensor, real: Tensor, fake: Tensor, means: Sequence[Any]) -> dict[str, Tensor]:
    """Name the penalty, its gradients, and the means after the turn."""
    slopes = dict(zip(("real", "fake"), torch.autograd.grad(penalty, [real, fake]), strict=True))
    return named(case, penalty, slopes, means)


def named(case: str, penalty: Any, slopes: Mapping[str, Any], means: Sequence[Any]) -> dict[str, Tensor]:
    """Name what a turn gave."""
    after = torch.stack([torch.as_tensor(mean, dtype=torch.float64) for mean in means])
    found = {f"d {name}, {case}": torch.as_tensor(slope) for name, slope in slopes.items()}
    return {case: torch.as_tensor(penalty), f"means, {case}": after, **found}


def ours() -> Values:
    """Run ours."""
    found: dict[str, Any] = {}
    late, early = LeCam(decay=0.9).double(), LeCam(decay=0.99).double()
    late.real.fill_(START["real"]), late.fake.fill_(START["fake"]), late.turns.fill_(10**6)
    with double_by_default():
        for turn in range(TURNS):
            real, fake = verdicts(turn)
            given: Any = SimpleNamespace(on_real={"logits": real}, on_fake={"logits": fake})
            found[f"hinge loss, turn {turn}"] = Hinge().d_loss(given)
            for name, term in ((BIGGAN, late), (STYLEGAN2, early)):
                penalty = term.d_penalty(given)
                found |= of_turn(f"penalty {name}, turn {turn}", penalty, real, fake, (term.real, term.fake))
    return found


def theirs(clone: Path) -> Values:
    """Run the authors'."""
    found: dict[str, Any] = {}
    with imported_from(clone / "biggan_cifar"):
        losses = importlib.import_module("losses")
    data_sets = {"__getattr__": lambda name: None}  # which the module of the means lists, and which are not needed here
    with imported_from(clone, {"third_party.datasets": data_sets}):
        means: Any = importlib.import_module("third_party.utils").ema_losses(decay=0.9)
    means.D_real, means.D_fake = START["real"], START["fake"]
    for turn in range(TURNS):
        real, fake = verdicts(turn)
        found[f"hinge loss, turn {turn}"] = sum(losses.loss_hinge_dis(fake, real, means, turn))
        penalty = losses.lecam_reg(real, fake, means)
        found |= of_turn(f"penalty {BIGGAN}, turn {turn}", penalty, real, fake, (means.D_real, means.D_fake))
    return found | in_tensorflow(clone)


def in_tensorflow(clone: Path) -> dict[str, Tensor]:
    """Run their code for StyleGAN2 as a graph of TensorFlow."""
    tf: Any = importlib.import_module("tensorflow")
    found: dict[str, Tensor] = {}
    with tf.Graph().as_default(), patch.object(tf, "float32", tf.float64):
        lecam: Any = executed(clone / "stylegan2" / "lecam_loss.py")
        fed = [tf.compat.v1.placeholder(tf.float64, (BATCH,)) for _ in range(2)]
        penalty = lecam.lecamreg(*(SimpleNamespace(scores=scores) for scores in fed))
        variables = {variable.name: variable for variable in tf.compat.v1.global_variables()}
        means = [variables["ema_real_scores:0"], variables["ema_fake_scores:0"]]
        slopes = tf.gradients(penalty, fed)
        with tf.compat.v1.Session() as session:
            session.run(tf.compat.v1.global_variables_initializer())
            for turn in range(TURNS):
                at = [verdict.detach().numpy() for verdict in verdicts(turn)]
                value, *taken = session.run([penalty, *slopes], dict(zip(fed, at, strict=True)))
                by = dict(zip(("real", "fake"), taken, strict=True))
                found |= named(f"penalty {STYLEGAN2}, turn {turn}", value, by, session.run(means))
    return found


SUBJECT = Subject(
    title="LeCam: the penalty and its running means",
    repository="google/lecam-gan",
    licence="Apache-2.0",
    files=("biggan_cifar/losses.py", "third_party/utils.py", "stylegan2/lecam_loss.py"),
    ran="both versions, on a CPU in float64: for BigGAN as it is, for StyleGAN2 as a graph of TensorFlow, after taking "
    "out byte order marks that Python does not read and naming float64 tf.float32 meanwhile",
    compared="five turns: the hinge loss, the penalty, its gradients and the running means; in the code for BigGAN "
    "from means that are given, with its decay of 0.9, and in the code for StyleGAN2 from its own start, with 0.99",
    departs="ours punishes a verdict on either side of the other kind's mean, as the paper's equation, theirs on the "
    "far side alone, so that verdicts were taken which are there; theirs for BigGAN begins at its turn 1000",
    ours=ours,
    theirs=theirs,
    tolerance=1e-9,  # of TensorFlow, which takes a decay in single precision
)
