"""SAN: objectives of both players with D's last layer as a direction, with and without labels."""

import importlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from ganzoo_plugins.losses.hinge import Hinge
from ganzoo_plugins.san.san import SAN
from torch import Tensor, nn

from ganzoo.interfaces import Discriminator
from ganzoo.interfaces.turn import Turn
from ganzoo.layers import Projection

from ..clone import imported_from
from ..formula import filled, images, labels
from ..networks import differentiated
from ..subject import Subject, Values

CLASSES, BATCH, SIZE, FEATURES = 4, 6, 3, 5
CASES = {"without labels": 0, "with labels": CLASSES}
STUBS = {
    "matplotlib": {},
    "matplotlib.pyplot": {},
    "matplotlib.gridspec": {},
    "torchvision": {},
    "torchvision.datasets": {},
    "torchvision.transforms": {},
    "tqdm": {},
}


class Judge(Discriminator):
    """A discriminator whose features are one dense layer and an activation, as the rest of theirs is put to be."""

    outputs = frozenset({"logits", "features"})
    channels, image_size = 1, SIZE

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.num_classes, self.conditional = classes, bool(classes)
        self.body = body()
        self.head = nn.Linear(FEATURES, 1, bias=False)
        self.projection = Projection(classes, FEATURES) if classes else None

    def forward(self, x: Tensor, y: Tensor | None = None) -> dict[str, Tensor]:
        """Give logits and features."""
        features = self.body(x)
        logits = self.head(features).squeeze(1)
        if self.projection is not None:
            logits = logits + self.projection(features, y)
        return {"logits": logits, "features": features}


def body() -> nn.Module:
    """Make what gives the features."""
    return nn.Sequential(nn.Flatten(), nn.Linear(SIZE * SIZE, FEATURES), nn.SiLU())


def given(classes: int) -> tuple[Tensor, Tensor, Tensor | None]:
    """Give real images, fakes and their labels."""
    return images("real", BATCH, 1, SIZE), images("fake", BATCH, 1, SIZE), labels(BATCH, classes) if classes else None


def ours() -> Values:
    """Run ours."""
    found: dict[str, Any] = {}
    for case, classes in CASES.items():
        real, fake, y = given(classes)
        D = filled(Judge(classes))
        if D.projection is not None:
            nn.init.zeros_(D.head.weight)  # theirs has the labels' vectors alone
        last = D.head.weight if D.projection is None else D.projection.embed.weight
        term, loss = SAN(), Hinge()
        term.prepare(_nobody(), D)
        turn = Turn(
            "D", _nobody(), D, deal=lambda real=real, y=y: (real, y), draw_z=_nothing, draw_y=lambda y=y: y,
            view=lambda x: x, loss=loss, rng=torch.Generator(),
        )  # fmt: skip
        played = term.recast(turn.replace(fake=fake))
        total = loss.d_loss(played) + term.weight * term.d_penalty(played)
        found |= differentiated(f"loss of D, {case}", total, {"last layer": last, "first layer": D.body[1].weight})
        moved = fake.clone().requires_grad_()
        mover: Any = SimpleNamespace(on_fake=D(moved, y))
        found |= differentiated(f"loss of G, {case}", loss.g_loss(mover), {"fakes": moved})
    return found


def _nobody() -> Any:
    """Give no generator: fakes are given."""
    return None


def _nothing() -> Tensor:
    return torch.empty(0)


def theirs(clone: Path) -> Values:
    """Run the authors'."""
    found: dict[str, Any] = {}
    with imported_from(clone / "simple-san", STUBS):
        networks, train = importlib.import_module("models.discriminator"), importlib.import_module("train")
        for case, classes in CASES.items():
            real, fake, y = given(classes)
            mine = filled(Judge(classes))
            D = networks.SanDiscriminator(classes)
            D.h_function = mine.body
            last = mine.head if mine.projection is None else mine.projection.embed
            D.fc_w = nn.Parameter(last.weight.detach().clone())
            total = train.compute_loss_san(D(real, y, True), "real") + train.compute_loss_san(D(fake, y, True), "fake")
            inputs = {"last layer": D.fc_w, "first layer": mine.body[1].weight}
            found |= differentiated(f"loss of D, {case}", total, inputs)
            moved = fake.clone().requires_grad_()
            found |= differentiated(f"loss of G, {case}", -D(moved, y, False).mean(), {"fakes": moved})
    return found


SUBJECT = Subject(
    title="SAN: the objectives of both players",
    repository="sony/san",
    licence="MIT",
    files=("simple-san/models/discriminator.py", "simple-san/train.py"),
    ran="as it is, in float64 on a CPU, with another network before the last layer",
    compared="the hinge loss with that of the direction, and what the generator descends, with and without labels; "
    "gradients of the last layer, the first one and the fakes",
    departs="their last layer has a vector for each label alone, to which ours adds one for all, which was set to zero",
    ours=ours,
    theirs=theirs,
)
