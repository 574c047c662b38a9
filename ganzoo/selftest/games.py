"""Games whose outcome is known."""

from typing import Any

import torch
from torch import Tensor, nn

from ..interfaces import Discriminator, Generator, Loss, Turn
from ..recipes.building.build import build_parts, load_class
from ..recipes.recipe import resolve
from ..training import Trainer
from .answer import Found
from .subject import Subject

_SLOPES = (1.0, -2.0, 0.5, 3.0)
_STEPS = 10


class _Linear(Discriminator):
    """D(x) = w . x, whose slope is w everywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.tensor(_SLOPES))

    def forward(self, x: Tensor, y: Tensor | None = None) -> dict[str, Tensor]:
        """``(B, 1, 2, 2)`` -> ``{"logits": (B,)}``."""
        return {"logits": x.flatten(1) @ self.w}


class _Noise(Generator):
    """The image is the noise."""

    z_dim = 4

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """``(B, 4)`` -> ``(B, 1, 2, 2)``."""
        return z.view(-1, 1, 2, 2)


class _Nothing(Loss):
    """There is nothing to descend: the penalties are asked alone."""

    def d_loss(self, turn: Turn) -> Tensor:
        """Nothing."""
        return 0 * turn.on_fake["logits"].sum()

    def g_loss(self, turn: Turn) -> Tensor:
        """Nothing."""
        return 0 * turn.on_fake["logits"].sum()


def penalties(subject: Subject) -> Found:
    """WGAN-GP's and R1's penalty of a linear discriminator, and their gradients: in closed form."""
    device = subject.device
    D, rng = _Linear().to(device), torch.Generator(device).manual_seed(0)
    length = float(torch.tensor(_SLOPES).norm())
    unit = torch.tensor(_SLOPES, device=device) / length
    wanted = {
        "gradient-penalty": ((length - 1) ** 2, 2 * (length - 1) * unit),
        "r1": (length**2 / 2, length * unit),
    }
    figures: dict[str, float] = {}
    words, ok = [], True
    for name, (want, slope) in wanted.items():
        turn = Turn(
            "D",
            _Noise(),
            D,
            deal=lambda: (torch.randn(16, 1, 2, 2, device=device, generator=rng), None),
            draw_z=lambda: torch.randn(16, 4, device=device, generator=rng),
            draw_y=lambda: None,
            view=lambda x: x,
            loss=_Nothing(),
            rng=rng,
            second_order=True,
        )
        value = load_class(subject.registry, "regularizer", name)().d_penalty(turn)
        if value is None:
            words.append(f"{name} gives no penalty")
            ok = False
            continue
        (moved,) = torch.autograd.grad(value, D.w)
        number = value.item()
        figures |= {name: number, f"{name}_expected": want}
        words.append(f"{name} {number:.6f} ({want:.6f})")
        near = abs(number - want) <= 1e-5 * want
        ok = ok and near and bool(torch.allclose(moved, slope, rtol=1e-4, atol=1e-5))
    return Found(f"{', '.join(words)}, and their gradients", figures, ok)


def _played(subject: Subject, device: str | torch.device) -> tuple[dict[str, Tensor], dict[str, float]]:
    """Play a short game of DCGAN on the digits; gives all that it has learnt, and the losses of its first step."""
    images, labels = subject.digits
    recipe = resolve(subject.registry, "dcgan", ("schedule.batch=32",))
    with torch.random.fork_rng(devices=[]):
        parts = build_parts(recipe, subject.registry, image_size=8, channels=1, num_classes=10, seed=0)
        trainer = Trainer(recipe, parts, images, labels, seed=0, device=device)
        first = {name: value.item() for name, value in trainer.step().items()}
        for _ in range(_STEPS - 1):
            trainer.step()
    return trainer.state()[0], first


def seed(subject: Subject) -> Found:
    """One seed played twice on the CPU: the same to the last bit."""
    (one, losses), (other, _) = (_played(subject, "cpu") for _ in range(2))
    apart = sum(not torch.equal(one[name], other[name]) for name in one)
    text = f"{len(one)} tensors after {_STEPS} steps of DCGAN, played twice on the CPU: {apart} differ (0)"
    return Found(text, {"differ": apart, **losses}, apart == 0 and one.keys() == other.keys())


def device(subject: Subject) -> Found:
    """Compare the first step of a game here and on the CPU: the same losses up to rounding."""
    here, there = (_played(subject, place)[1] for place in (subject.device, "cpu"))
    words = [f"{name} {here[name]:.6f} ({there[name]:.6f})" for name in here]
    figures: dict[str, Any] = here | {f"{name}_expected": value for name, value in there.items()}
    ok = all(abs(here[name] - there[name]) <= 1e-2 * max(1, abs(there[name])) for name in there)
    return Found(f"first step of DCGAN on {subject.device}: {', '.join(words)}", figures, ok)
