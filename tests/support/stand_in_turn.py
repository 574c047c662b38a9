"""Stand-ins for tests of single parts: a turn with everything given, and players that are one formula each."""

from __future__ import annotations

from functools import cached_property

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from ganzoo.interfaces import Discriminator, Generator, Turn


class StandInTurn:
    """A ``Turn`` whose real images are given, with the fields of ``ganzoo.training``'s."""

    def __init__(self, player, G, D, real, y=None, *, fake=None, y_fake=None, rng=None):
        self.player, self.G, self.D = player, G, D
        self.real, self.y, self.y_fake = real, y, y_fake
        self.rng = torch.Generator().manual_seed(0) if rng is None else rng
        if fake is not None:
            self.fake = fake

    @cached_property
    def z(self) -> Tensor:
        return self.G.sample_z(len(self.real), device=self.real.device, rng=self.rng)

    @cached_property
    def fake(self) -> Tensor:
        with torch.set_grad_enabled(self.player == "G"):
            return self.G(self.z, self.y_fake)

    def judge(self, x, y):
        return self.D(x, y)

    def replace(self, **replaced):
        turn = dealt(self.player, self.G, self.D, self.real, self.y, y_fake=self.y_fake, rng=self.rng)
        return turn.replace(**replaced)

    @cached_property
    def on_real(self):
        return self.judge(self.real, self.y)

    @cached_property
    def on_fake(self):
        return self.judge(self.fake, self.y_fake)


def dealt(player, G, D, real, y=None, *, z=None, y_fake=None, fake=None, rng=None, loss=None, view=None, **graph):
    """A real ``Turn`` in which what is dealt is given; what is not is drawn."""
    rng = torch.Generator().manual_seed(0) if rng is None else rng

    def draw_z():
        return G.sample_z(len(real), device="cpu", rng=rng).to(real.dtype) if z is None else z

    turn = Turn(
        player,
        G,
        D,
        deal=lambda: (real, y),
        draw_z=draw_z,
        draw_y=lambda: y_fake,
        view=view or (lambda x: x),
        loss=loss,
        rng=rng,
        **graph,
    )
    return turn if fake is None else turn.replace(fake=fake)


class Verdicts:
    """The part of a turn that a loss reads: both verdicts, given."""

    def __init__(self, real: Tensor, fake: Tensor):
        self.on_real, self.on_fake = {"logits": real}, {"logits": fake}


class Formula(Discriminator):
    """A critic that is one given function of the flattened image, times a parameter that starts at 1."""

    def __init__(self, formula):
        super().__init__()
        self.formula, self.scale = formula, nn.Parameter(torch.ones((), dtype=torch.float64))

    def forward(self, x, y=None):
        return {"logits": self.scale * self.formula(x.flatten(1))}


class Constant(Generator):
    """A generator with nothing to learn."""

    z_dim = 3

    def forward(self, z, y=None):
        return torch.zeros(len(z), 1, 2, 2, dtype=torch.float64)


class NoHostSync(TorchDispatchMode):
    """Refuses to give a tensor's value to the host, which ``.item()`` and a branch on a value ask for."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func in (torch.ops.aten._local_scalar_dense.default, torch.ops.aten.nonzero.default):
            raise AssertionError(f"{func} waits for the device")
        return func(*args, **(kwargs or {}))
